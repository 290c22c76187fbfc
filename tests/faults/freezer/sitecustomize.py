"""Makes a process stop itself at a chosen moment, so that a test can kill it exactly there.

Python imports this in whatever a test starts with this folder on PYTHONPATH. FREEZE_AT is a JSON
list of points (faults/points.py); the first process that comes to one writes down what it was about
to do and sends itself SIGSTOP. The moments are CPython's audit events: nothing in Longboat knows.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path

_POINTS = json.loads(os.environ.get("FREEZE_AT", "[]"))
_busy = False


def _who() -> str:
    name = Path("/proc/self/comm").read_text().strip()
    if name in ("longboat-superv", "longboat-keeper"):
        return name
    words = Path("/proc/self/cmdline").read_text().split("\0")
    return words[2] if words[1] == "-m" else words[1]


def _is_it(point: dict[str, str], event: str, args: tuple[object, ...]) -> bool:
    if event != point["event"] or Path(point["told"]).exists():
        return False
    known = (str, bytes, os.PathLike)
    texts = [os.fsdecode(each) for each in args[:2] if isinstance(each, known)]
    if not re.search(point["path"], texts[-1] if texts else ""):
        return False
    if not _who().endswith(point["who"]):
        return False
    return not point["holds"] or point["holds"] in Path(texts[0]).read_text()


def _freeze(point: dict[str, str], args: tuple[object, ...]) -> None:
    word = json.dumps({"pid": os.getpid(), "args": [str(each) for each in args]})
    told = Path(point["told"])
    told.with_suffix(".new").write_text(word)
    told.with_suffix(".new").rename(told)
    os.kill(os.getpid(), signal.SIGSTOP)


def _hook(event: str, args: tuple[object, ...]) -> None:
    global _busy
    if _busy or not any(event == point["event"] for point in _POINTS):
        return
    _busy = True
    try:
        for point in _POINTS:
            if _is_it(point, event, args):
                _freeze(point, args)
    finally:
        _busy = False


if _POINTS:
    sys.addaudithook(_hook)
