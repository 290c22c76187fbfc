"""Which files of a folder do not travel: .longboatignore, .gitignore, and a list of our own.

Patterns are gitignore(5)'s, read by pathspec. The deepest file with an opinion decides; any
.longboatignore goes before every .gitignore, and both before our list. Files with secrets are
another matter (private.py): no pattern brings them back.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from longboat.errors import BadInput
from longboat.spec.problems import shown

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

OWN, GIT = ".longboatignore", ".gitignore"
_LARGEST = 1_000_000
_HIGHEST = 40
"""Folders looked at above the notebook's, to find the repository's."""

_SKIPPED_FOLDERS = frozenset(
    {
        ".git", ".hg", ".svn", ".ipynb_checkpoints", "__pycache__", "node_modules", ".longboat",
        ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox", ".cache",
        ".Trash", "lost+found",
    }
)  # fmt: skip
_SKIPPED_SUFFIXES = (".pyc", ".pyo")
_SKIPPED_FILES = frozenset({".DS_Store", OWN})


class _Layer(NamedTuple):
    """One ignore file: its patterns see ``above`` + the path without its first ``below``."""

    spec: GitIgnoreSpec
    above: str
    below: int

    def opinion(self, path: str) -> bool | None:
        return self.spec.check_file(self.above + path[self.below :]).include


class Rules(NamedTuple):
    """The ignore files that speak about one folder, the deepest first."""

    own: tuple[_Layer, ...] = ()
    git: tuple[_Layer, ...] = ()

    def below(self, folder: str, prefix: str, names: frozenset[str]) -> Rules:
        """Add the ignore files of a folder, among its ``names``; ``prefix`` is its path + "/"."""
        own, git = self
        if OWN in names:
            own = (_Layer(_read(Path(folder, OWN)), "", len(prefix)), *own)
        if GIT in names:
            git = (_Layer(_read(Path(folder, GIT)), "", len(prefix)), *git)
        return Rules(own, git)

    def ignores(self, path: str, *, folder: bool) -> bool:
        """Tell whether a path, relative to the notebook's folder, stays behind."""
        name = path.rpartition("/")[2]
        for layer in (*self.own, *self.git):
            opinion = layer.opinion(f"{path}/" if folder else path)
            if opinion is not None:
                return opinion
        if folder:
            return name in _SKIPPED_FOLDERS
        return name in _SKIPPED_FILES or name.endswith(_SKIPPED_SUFFIXES)


def rules_above(root: Path) -> Rules:
    """Collect the .gitignore files between the repository's top and ``root``, without root's.

    One that ignores ``root`` as a whole says nothing about what a notebook in there needs.
    """
    layers: list[_Layer] = []
    above = ""
    folder = root
    for _ in range(_HIGHEST):
        if (folder / ".git").exists():
            exclude = folder / ".git" / "info" / "exclude"
            layers += [_Layer(_read(exclude), above, 0)] if exclude.is_file() else []
            return Rules(git=tuple(layer for layer in layers if not layer.opinion("")))
        if folder.parent == folder:
            break
        above = f"{folder.name}/{above}"
        folder = folder.parent
        if (folder / GIT).is_file():
            layers.append(_Layer(_read(folder / GIT), above, 0))
    return Rules()  # Not in a repository: those files speak about something else.


def _read(path: Path) -> GitIgnoreSpec:
    if not path.is_file():  # A pipe of that name would hang us.
        return _compile("")
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            text = file.read(_LARGEST).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise BadInput.of("notebook", f"{path} cannot be read: {error.strerror}.") from error
    if size > _LARGEST:
        raise BadInput.of(
            "notebook", f"{path} is over 1 MB, too large for ignore patterns; shorten it."
        )
    try:
        return _compile(text)
    except ValueError as error:
        raise BadInput.of(
            "notebook", f"{path} has a bad pattern ({shown(error)}); mend it."
        ) from error


@functools.lru_cache(maxsize=64)
def _compile(text: str) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec  # 40 ms, only where there is an ignore file

    return GitIgnoreSpec.from_lines(text.splitlines())
