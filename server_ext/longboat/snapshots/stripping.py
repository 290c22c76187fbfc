"""A notebook without what running it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from longboat.spec.document import parse_document, refuse, text_of

# What editors and runs write into metadata, and no run reads.
_VOLATILE_CELL = frozenset({"execution", "ExecuteTime", "collapsed", "scrolled", "trusted"})
_VOLATILE_NOTEBOOK = frozenset({"widgets", "signature", "toc", "varInspector"})
_KEPT: tuple[str, ...] = ("cell_type", "id", "attachments")
_HIDDEN = frozenset({"outputs_hidden", "source_hidden"})


def stripped(path: Path, data: bytes) -> bytes:
    """Write a notebook's JSON canonically: no outputs, counts or volatile metadata.

    The same cells give the same bytes. Raises BadInput when it is no notebook.
    """
    document = parse_document(path, data)
    metadata = _without(document.get("metadata", {}), _VOLATILE_NOTEBOOK)
    info = metadata.get("language_info")
    if isinstance(info, dict):
        metadata["language_info"] = {"name": info["name"]} if "name" in info else {}
    kept = {
        "cells": [_cell(cell) for cell in document["cells"]],
        "metadata": metadata,
        "nbformat": document["nbformat"],
        "nbformat_minor": document.get("nbformat_minor", 0),
    }
    try:
        return (json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError as error:
        raise refuse(path, "has characters that are not Unicode (half of a pair)") from error


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    kept = {key: cell[key] for key in _KEPT if key in cell}
    kept["metadata"] = _metadata(cell.get("metadata", {}))
    kept["source"] = text_of(cell).splitlines(keepends=True)
    if cell["cell_type"] == "code":
        kept |= {"outputs": [], "execution_count": None}
    return kept


def _metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    kept = _without(metadata, _VOLATILE_CELL)
    if isinstance(kept.get("jupyter"), dict):
        kept["jupyter"] = _without(kept["jupyter"], _HIDDEN)
        if not kept["jupyter"]:
            del kept["jupyter"]
    return kept


def _without(metadata: dict[str, Any], volatile: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if key not in volatile}
