"""What a taker notices on its way, told as one sentence a kind."""

from __future__ import annotations

from typing import Literal

from longboat.spec.problems import shown

Kind = Literal[
    "private",
    "key",
    "outside",
    "loop",
    "dangling",
    "special",
    "closed",
    "name",
    "changed",
    "gone",
]

_SENTENCES: dict[Kind, str] = {
    "private": "Left out, because their names say that they hold secrets: {}. Use --secret.",
    "key": "Left out, because a private key is in them: {}. Use --secret.",
    "outside": "Left out, because these links lead out of the notebook's folder: {}.",
    "loop": "Left out, because these links lead in a circle: {}.",
    "dangling": "Left out, because these links lead nowhere: {}.",
    "special": "Left out, because they are no regular files: {}.",
    "closed": "Left out, because they may not be read: {}.",
    "name": "Left out, because their names are not UTF-8: {}.",
    "gone": "Left out, because they were removed meanwhile: {}.",
    "changed": "These files were changing while they were read: {}. The job has them as read.",
}
_SHOWN = 5


class Notes:
    """Paths by what was noticed about them."""

    def __init__(self) -> None:
        self._paths: dict[Kind, set[str]] = {}

    def add(self, kind: Kind, path: str) -> None:
        """Notice it of one path, relative to the notebook's folder."""
        self._paths.setdefault(kind, set()).add(path)

    def take_over(self, other: Notes) -> None:
        """Add all that another noticed."""
        for kind, paths in other._paths.items():
            self._paths.setdefault(kind, set()).update(paths)

    def sentences(self) -> list[str]:
        """Tell all of it."""
        return [
            _SENTENCES[kind].format(listed(sorted(paths)))
            for kind, paths in sorted(self._paths.items())
        ]


def listed(paths: list[str], most: int = _SHOWN) -> str:
    """Write the first few into a sentence and count the rest."""
    text = ", ".join(shown(path, 200) for path in paths[:most])
    return text if len(paths) <= most else f"{text} and {len(paths) - most} more"
