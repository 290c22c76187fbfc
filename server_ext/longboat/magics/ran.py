"""Which cells were run in a session, and whether the saved notebook has them so."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from longboat.errors import BadInput
from longboat.spec.problems import shown

_LONGEST = 60
"""Characters of a cell's first line that are quoted."""


class Ran:
    """The source that each cell had when it was run last, by the cell's id.

    ``request`` gives the message that has run the present cell (jupyter-client's "Messaging in
    Jupyter"); in its metadata JupyterLab names the cells that were deleted. Cells that were run
    before ``%load_ext longboat`` are not known.
    """

    def __init__(self, request: Callable[[], Mapping[str, Any]]) -> None:
        self._request = request
        self._sources: dict[str, str] = {}
        self.cell: str | None = None
        """The id of the cell that runs; None in a console."""

    def note(self, info: Any) -> None:
        """Take IPython's ExecutionInfo of a cell that begins; one of no notebook has no id."""
        for deleted in self._request().get("metadata", {}).get("deletedCells", ()):
            self._sources.pop(deleted, None)
        self.cell = info.cell_id
        if info.cell_id is not None and not _only_asks(info.raw_cell):
            self._sources[info.cell_id] = info.raw_cell

    def check(self, path: Path) -> None:
        """Compare with what is saved. Raises BadInput, naming every cell that differs.

        A job runs what is saved, and whoever has just run something else expects that.
        """
        saved = _saved_sources(path)
        changed = [
            _quote(source)
            for cell, source in self._sources.items()
            if _same_form(saved.get(cell)) != _same_form(source)
        ]
        if changed:
            raise BadInput.of(
                "notebook",
                f"{path.name} is not saved as it was run: {'; '.join(changed)}. Save it (Ctrl+S) "
                "and run this cell again.",
            )


def _saved_sources(path: Path) -> dict[str, str]:
    """Cell id → source. Raises BadInput."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return {cell["id"]: "".join(cell["source"]) for cell in cells if "id" in cell}
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise BadInput.of(
            "notebook", f"{path.name} cannot be read ({error}); save it once more."
        ) from None


def _only_asks(source: str) -> bool:
    """Whether it is nothing but magics: what they start is none of what a job runs."""
    lines = (line.strip() for line in source.splitlines())
    return all(line.startswith(("%", "#")) for line in lines if line)


def _same_form(source: str | None) -> str | None:
    return None if source is None else source.strip()


def _quote(source: str) -> str:
    first = next((line for line in source.splitlines() if line.strip()), "")
    return f'the cell that begins with "{shown(first.strip(), _LONGEST)}"'
