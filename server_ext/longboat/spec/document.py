"""A notebook's file: whether it can be read, and whether its JSON has a notebook's shape."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from longboat.errors import BadInput
from longboat.spec.problems import shown

FIELD = "notebook"
LARGEST = 100_000_000
"""Bytes of a notebook or script."""
_MEND = "restore an earlier version of it"


def read_bytes(path: Path) -> bytes:
    """Read a notebook or script whole; BadInput when it is missing, no file, empty or huge."""
    found = check_file(path)
    if found.st_size > LARGEST:
        raise refuse(
            path,
            f"has {found.st_size / 1e6:.0f} MB, more than the {LARGEST // 10**6} MB a notebook "
            "may have; clear its outputs and save it",
        )
    if not found.st_size:
        raise refuse(path, "is empty; save it once more")
    try:
        return path.read_bytes()
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror}") from error


def parse_document(path: Path, data: bytes) -> dict[str, Any]:
    """Decode a notebook's JSON and check its shape as far as Longboat uses it."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise refuse(path, f"is not UTF-8 text (byte {error.start}); save it again") from error
    except json.JSONDecodeError as error:
        raise refuse(
            path,
            f"is not valid JSON ({error.msg} at line {error.lineno}, column {error.colno}); "
            f"{_MEND}",
        ) from error
    except RecursionError as error:
        raise refuse(path, f"is nested too deeply to be a notebook; {_MEND}") from error
    _check_document(path, document)
    return document  # type: ignore[no-any-return]  # checked just above


def text_of(cell: dict[str, Any]) -> str:
    """Join a cell's source, which is a string or a list of lines."""
    lines = cell.get("source", "")
    return lines if isinstance(lines, str) else "".join(lines)


def refuse(path: Path, what: str) -> BadInput:
    """Make the error that says what is wrong with the file: ``what`` follows its name."""
    return BadInput.of(FIELD, f"{shown(str(path), 200)} {what}.")


def check_file(path: Path) -> os.stat_result:
    """Stat a regular file; BadInput when it is anything else."""
    try:
        path.name.encode()
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise refuse(path, "does not exist; check the path") from error
    except UnicodeEncodeError as error:
        raise refuse(path, "has a name that is not UTF-8; rename it") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refuse(path, f"cannot be read: {reason}") from error
    if stat.S_ISDIR(found.st_mode):
        raise refuse(path, "is a folder; name the notebook in it")
    if not stat.S_ISREG(found.st_mode):
        raise refuse(path, "is not a regular file; name a notebook or a script")
    return found


def _check_document(path: Path, document: Any) -> None:
    if not isinstance(document, dict) or not isinstance(document.get("nbformat"), int):
        raise refuse(path, "is JSON but not a notebook: it has no nbformat; name a notebook")
    major = document["nbformat"]
    if major < 4:
        raise refuse(
            path,
            f"is a notebook of format {major}, Longboat reads format 4; convert it with "
            '"jupyter nbconvert --to notebook --nbformat 4" or open it in JupyterLab and save it',
        )
    if major > 4:
        raise refuse(path, f"is a notebook of format {major}; save it in format 4")
    if not isinstance(document.get("metadata", {}), dict):
        raise refuse(path, f"is damaged: its metadata is not an object; {_MEND}")
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise refuse(path, f"is damaged: it has no list of cells; {_MEND}")
    for number, cell in enumerate(cells, 1):
        if not _is_cell(cell):
            raise refuse(path, f"is damaged: item {number} of its cells is not a cell; {_MEND}")


def _is_cell(cell: Any) -> bool:
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        return False
    text, metadata = cell.get("source", ""), cell.get("metadata", {})
    is_lines = isinstance(text, list) and all(isinstance(line, str) for line in text)
    return isinstance(metadata, dict) and (isinstance(text, str) or is_lines)
