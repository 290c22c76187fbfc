"""What code knows of roles, by the words it uses: read, not run.

Host and guest read alike: the host to refuse what cannot work before there is a job, the guest to
decide what a replica does.
"""

from __future__ import annotations

import io
import os
import re
import tokenize
from typing import FrozenSet, Iterator, List, NamedTuple, Set, Tuple

from longboat.errors import BadInput
from longboat.guest import notebook

_IMPORTED = re.compile(
    r"^[ \t]*(?:import|from)[ \t]+([\w.]+(?:[ \t]*,[ \t]*[\w.]+)*)", re.MULTILINE
)
_WORD = re.compile(r"\w+")
_LARGEST = 5_000_000
"""Bytes of a module that is read."""
_MOST = 1_000
"""Modules that are read."""
_TENSORFLOW = frozenset({"tensorflow", "keras", "tf_keras"})
_STRATEGIES = frozenset(
    {"ParameterServerStrategy", "ParameterServerStrategyV2", "parameter_server"},
)


class Words(NamedTuple):
    """The words of some code, without its comments."""

    names: FrozenSet[str]
    texts: FrozenSet[str]
    """Those in its strings."""

    @property
    def asks_its_role(self) -> bool:
        """Whether it can tell an evaluator from the replicas that train.

        Who reads only the cluster of TF_CONFIG chooses a strategy by it, and trains in each role.
        """
        by_longboat = {"longboat", "cluster", "role"} <= self.names
        by_tensorflow = "task_type" in self.names or {"TF_CONFIG", "task"} <= self.texts
        by_name = "evaluator" in self.texts or "LONGBOAT_ROLE" in self.names | self.texts
        return by_longboat or by_tensorflow or by_name

    @property
    def uses_tensorflow(self) -> bool:
        """Whether it is TensorFlow that trains."""
        return bool(_TENSORFLOW & self.names)

    @property
    def starts_servers(self) -> bool:
        """Whether it makes the parameter servers' and workers' ``tf.distribute.Server`` itself."""
        return self.uses_tensorflow and "Server" in self.names

    @property
    def uses_servers(self) -> bool:
        """Whether parameter servers would have anything to do.

        A library may choose the strategy by a name that it is given as text.
        """
        named = bool(_STRATEGIES & (self.names | self.texts))
        return not self.uses_tensorflow or self.starts_servers or named


def words_of(entry: str) -> Words:
    """Collect the words of a notebook or script, and of the modules beside it that it imports.

    What cannot be read is passed over.
    """
    names: Set[str] = set()
    texts: Set[str] = set()
    folder = os.path.dirname(os.path.abspath(entry))
    for source in _with_modules(folder, _sources(entry)):
        for word, is_text in _words(source):
            (texts if is_text else names).add(word)
    return Words(frozenset(names), frozenset(texts))


def _sources(entry: str) -> List[str]:
    if not entry.endswith(".ipynb"):
        return [_read(entry)]
    try:
        cells = notebook.code_cells(notebook.load(entry))
        return [cell.source for cell in cells if cell.runs]
    except BadInput:
        return []


def _with_modules(folder: str, queue: List[str]) -> Iterator[str]:
    """Give the sources, then those of every module in ``folder`` that some of them imports."""
    seen: Set[str] = set()
    while queue:
        source = queue.pop()
        yield source
        for name in _imported(source):
            for path in _files(os.path.join(folder, name)):
                if path not in seen and len(seen) < _MOST:
                    seen.add(path)
                    queue.append(_read(path))


def _imported(source: str) -> Set[str]:
    """Name the top-level modules; relative imports are within a package, which is read whole."""
    found = (name.strip() for names in _IMPORTED.findall(source) for name in names.split(","))
    return {name.partition(".")[0] for name in found} - {""}


def _files(module: str) -> Iterator[str]:
    if os.path.isfile(module + ".py"):
        yield module + ".py"
    for place, _, files in os.walk(module):
        yield from (os.path.join(place, name) for name in files if name.endswith(".py"))


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_LARGEST)
    except OSError:
        return ""


def _words(source: str) -> Iterator[Tuple[str, bool]]:
    """Give each word, and whether it is in a string."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    try:
        for token in tokens:
            if token.type == tokenize.NAME:
                yield token.string, False
            elif token.type != tokenize.COMMENT:
                yield from ((word, True) for word in _WORD.findall(token.string))
    except (tokenize.TokenError, SyntaxError):
        # A magic, or shell commands, of which Python makes nothing: each word may be either.
        for word in _WORD.findall(source):
            yield word, False
            yield word, True
