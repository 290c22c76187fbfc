"""The outputs of the cells, as nbformat 4.5 stores them, and the notebook as executed so far."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import threading
import time
from typing import Any, Dict, List, Optional, Union

from longboat.guest.files import write_atomic
from longboat.guest.notebook import Raw
from longboat.guest.terminal import Screen, strip_escapes

_EVERY = 0.5  # seconds between two savings while a cell runs
_SHARE = 20  # and at most one part in so many of the time goes into saving


class _Stream:
    """A stream output that still grows."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.screen = Screen()

    def output(self) -> Raw:
        return {"output_type": "stream", "name": self.name, "text": self.screen.text()}


_Output = Union[Raw, _Stream]


class Outputs:
    """Collects what the running cell puts out, from any thread of this process.

    ``notebook`` is kept up to date, and written to ``path`` (None: nowhere) after each cell and
    now and then while one runs.
    """

    def __init__(self, notebook: Raw, path: Optional[str]) -> None:
        self._notebook = notebook
        self._path = path and os.path.abspath(path)
        self._lock = threading.RLock()
        self._owner = os.getpid()
        self._cell: Optional[Raw] = None
        self._live: List[_Output] = []
        self._clear_at_next = False
        self._shown: Dict[str, List[Raw]] = {}
        self._saved = time.monotonic()
        self._saving_took = 0.0

    def begin(self, cell: Raw, count: Optional[int]) -> None:
        """Outputs belong to ``cell`` from now on; ``count`` is its execution count."""
        with self._lock:
            self._settle()
            self._cell, self._live, self._clear_at_next = cell, [], False
            cell["execution_count"] = count

    def end(self) -> None:
        """The cell is done; what background threads still say joins its outputs."""
        self._save_after(0.0)

    def stream(self, name: str, text: str) -> None:
        """Take text of "stdout" or "stderr"."""
        # A forked child shares the log, but the notebook is its parent's.
        if os.getpid() != self._owner:
            return
        with self._lock:
            self._make_room()
            last = self._live[-1] if self._live else None
            if not isinstance(last, _Stream) or last.name != name:
                last = _Stream(name)
                self._live.append(last)
            last.screen.write(text)
        self._save_after(_EVERY)

    def display(self, data: Raw, metadata: Raw, display_id: Optional[str], update: bool) -> None:
        """Show a bundle of representations, or change those shown under ``display_id``."""
        output = {"output_type": "display_data", "data": _bundle(data), "metadata": metadata}
        if update:
            for shown in self._shown.get(display_id or "", ()):
                shown.update(data=output["data"], metadata=metadata)
            self._save_after(_EVERY)
            return
        if display_id:
            self._shown.setdefault(display_id, []).append(output)
        self._add(output)

    def result(self, data: Raw, metadata: Raw, count: int) -> None:
        """Show the value of the cell's last expression."""
        output = {"output_type": "execute_result", "execution_count": count}
        self._add({**output, "data": _bundle(data), "metadata": metadata})

    def error(self, ename: str, evalue: str, traceback: List[str]) -> None:
        """Show an exception; the lines of ``traceback`` may hold ANSI colours."""
        output = {"output_type": "error", "ename": ename, "evalue": evalue}
        self._add({**output, "traceback": traceback})

    def clear(self, wait: bool) -> None:
        """Empty the cell's outputs, at the next one if ``wait``."""
        with self._lock:
            self._clear_at_next = wait
            if not wait:
                self._live.clear()

    def save(self) -> None:
        """Write the notebook as it is now, readable by people too."""
        self._write(indent=1)

    def _add(self, output: Raw) -> None:
        if os.getpid() != self._owner:
            return
        with self._lock:
            self._make_room()
            self._live.append(output)
        self._save_after(_EVERY)

    def _make_room(self) -> None:
        if self._clear_at_next:
            self._clear_at_next = False
            self._live.clear()

    def _settle(self) -> None:
        if self._cell is not None:
            self._cell["outputs"] = [o if isinstance(o, dict) else o.output() for o in self._live]

    def _save_after(self, seconds: float) -> None:
        pause = max(seconds, _SHARE * self._saving_took)
        if time.monotonic() - self._saved >= pause:
            self._write(indent=None)

    def _write(self, indent: Optional[int]) -> None:
        if self._path is None or os.getpid() != self._owner:
            return
        started = time.monotonic()
        # A full disk must not end a run that would go on without its notebook.
        with self._lock, contextlib.suppress(OSError):
            self._settle()
            text = json.dumps(self._notebook, indent=indent, ensure_ascii=False, default=str)
            write_atomic(self._path, text.encode("utf-8", "replace") + b"\n", durable=False)
        self._saved = time.monotonic()
        self._saving_took = self._saved - started


def _bundle(data: Raw) -> Raw:
    return {mime: _jsonable(value) for mime, value in data.items()}


def _jsonable(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def plain_text(data: Raw) -> str:
    """What of a bundle goes to the log."""
    return strip_escapes(str(data.get("text/plain", "")))
