"""The last word: from what happened to a state, an exit code and a reason."""

from __future__ import annotations

import errno
import json
import os
from typing import Any, Dict, NamedTuple, Optional

from longboat.guest import streams, wire
from longboat.guest.failure import CodeFailed, Place, Rehearsed, Stopped, Unsupported, exits_well
from longboat.guest.files import write_atomic
from longboat.guest.terminal import strip_escapes

_GRAPH_ERROR = "Graph execution error:"
_ABOUT_THE_NODE = ("Detected at node", "Stack trace for op definition")
_STOPPED = 128 + 15  # as a shell says that SIGTERM ended it


class Verdict(NamedTuple):
    """How this replica ended."""

    state: str
    """"succeeded", "failed" or "stopped"."""
    exit_code: int
    error: Optional[Dict[str, Any]]
    """None, or ``reason`` (a word of explain's table) and its details."""


def judge(error: Optional[BaseException]) -> Verdict:
    """Find the verdict on a run that ended with ``error``, or with None."""
    if error is None:
        return Verdict("succeeded", 0, None)
    if isinstance(error, CodeFailed):
        return _judge_code(error.error, error.place)
    if isinstance(error, Stopped):
        return Verdict("stopped", _STOPPED, None)
    if isinstance(error, Rehearsed):
        return Verdict("failed", 1, {"reason": "rehearsal-found", "count": error.count})
    return Verdict("failed", 1, _ours(error))


def _judge_code(error: BaseException, place: Place) -> Verdict:
    if isinstance(error, Stopped):
        return Verdict("stopped", _STOPPED, None)
    if isinstance(error, SystemExit):
        return _exit(error, place)
    return Verdict("failed", 130 if isinstance(error, KeyboardInterrupt) else 1, _of(error, place))


def _exit(error: SystemExit, place: Place) -> Verdict:
    """``sys.exit``: None is success, a number itself, all else is printed and means 1."""
    if exits_well(error):
        return Verdict("succeeded", 0, None)
    if isinstance(error.code, int):
        # The system keeps eight bits, and 256 must not become success.
        number = error.code & 0xFF or 1
    else:
        streams.complain(str(error.code))
        number = 1
    details = {"reason": "exit-code", "code": number, "evalue": str(error.code)}
    return Verdict("failed", number, {**details, **_where(place)})


def _of(error: BaseException, place: Place) -> Dict[str, Any]:
    details: Dict[str, Any] = {
        "ename": type(error).__name__,
        "evalue": gist(strip_escapes(str(error))),
        "traceback": place.traceback,
        **_where(place),
    }
    if isinstance(error, ModuleNotFoundError) and error.name:
        return {"reason": "import-missing", "module": error.name, **details}
    if _is_full(error):
        return {"reason": "disk-full", "path": _full_path(error), **details}
    reason = "script-failed" if place.cell is None else "cell-failed"
    return {"reason": reason, **details}


def _is_full(error: BaseException) -> bool:
    """TensorFlow writes by itself, and passes on only the system's words."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return isinstance(error, Exception) and os.strerror(errno.ENOSPC) in str(error)


def _full_path(error: BaseException) -> str:
    """Where no space is left: the file it happened to, else the fullest of the job's folders."""
    named = getattr(error, "filename", None)
    if named is not None:
        return (
            os.path.abspath(os.fsdecode(named)) if isinstance(named, (str, bytes)) else str(named)
        )
    told = (os.environ.get(name) for name in (wire.CHECKPOINT_DIR, wire.MODEL_DIR))
    folders = [os.getcwd(), *(folder for folder in told if folder and os.path.isdir(folder))]
    return min(folders, key=_free)


def _free(folder: str) -> int:
    """Bytes that may still be written there."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def gist(message: str) -> str:
    """Take out of TensorFlow's message where a graph was built, which hides what was wrong.

    It reads ``Graph execution error:``, the stack in indented lines, what was wrong, the node.
    """
    if not message.startswith(_GRAPH_ERROR):
        return message
    lines = message[len(_GRAPH_ERROR) :].split("\n")
    told = [line for line in lines if line[:1].strip() and not line.startswith(_ABOUT_THE_NODE)]
    return "\n".join(told) or message


def _where(place: Place) -> Dict[str, Any]:
    known = {"cell": place.cell, "line": place.line}
    return {name: value for name, value in known.items() if value is not None}


def _ours(error: BaseException) -> Dict[str, Any]:
    """What went wrong before the user's code ran, or around it."""
    if isinstance(error, Unsupported):
        details = {"cell": error.cell, "line": error.line, "what": error.what}
        return {"reason": "unsupported-cell", **details}
    missing = getattr(error, "missing", None)
    if missing is not None:
        # distributed.PeersMissing, not imported: it comes with sockets and threads.
        details = {"missing": ", ".join(missing), "seconds": error.seconds, "why": error.why}  # type: ignore[attr-defined]  # has all three
        return {"reason": "peers-missing", **details}
    return {"reason": "start-failed", "error": str(error) or type(error).__name__}


def write(replica_dir: str, verdict: Verdict) -> None:
    """Leave status.json; what cannot be written is said in the log (the exit code tells too)."""
    text = json.dumps(verdict._asdict(), indent=1, default=str, ensure_ascii=False)
    data = text.encode("utf-8", "replace") + b"\n"
    try:
        write_atomic(os.path.join(replica_dir, "status.json"), data, durable=True)
    except OSError as error:
        streams.complain(f"longboat: status.json could not be written: {error}")
