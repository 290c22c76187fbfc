"""A pod of the small cluster: its object in the store, and its carrier's output."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kubernetes_server import Object
from receiving_tools import SECOND, Pod

from longboat.guest import copies, inband
from longboat.spec.job import Replica

if TYPE_CHECKING:
    from kubernetes_world import World


class PlayedPod:
    """A pod: its object in the store, and its carrier's output."""

    def __init__(self, world: World, replica: Replica, name: str, nonce: str) -> None:
        self.world = world
        self.replica = replica
        self.name = name
        self.uid = str(uuid.uuid4())
        self.carrier = Pod(nonce)
        self.copy = Pod(nonce)
        """Numbered by itself, and of more files."""
        self.lines: list[bytes] = []
        self.closed = False
        self.code: int | None = None
        self.unreachable = False
        """Its node is gone: nobody ends it, and nobody says that it has ended."""

    def start(self) -> PlayedPod:
        """Execute its container, and in it the user's code."""
        self.world.began.append(self.replica)
        self._become("Running", {"running": {}})
        self.copy.record(inband.BEGAN)
        return self._printed(self.carrier.record(inband.BEGAN))

    def say(self, text: str) -> PlayedPod:
        """Print a line."""
        self.copy.say(text.encode() + b"\n")
        return self._printed(self.carrier.say(text.encode() + b"\n"))

    def leave(self, path: str, content: bytes) -> PlayedPod:
        """Send a file."""
        self.copy.file(path, content)
        return self._printed(self.carrier.file(path, content))

    def leave_in_copy(self, path: str, content: bytes) -> PlayedPod:
        """Have a file that is too much to send."""
        self.copy.file(path, content)
        return self._printed(self.carrier.record(inband.LEFT, path=path, size=len(content)))

    def uncopied(self, why: str) -> PlayedPod:
        """Keep nothing more on the volume."""
        return self._printed(self.carrier.record(inband.UNCOPIED, why=why))

    def end(self, code: int = 0, **word: Any) -> PlayedPod:
        """End, with a last word."""
        if word:
            self.leave("status.json", json.dumps(word).encode())
        fields = {"exit_code": code, "at": time.time(), "memory_peak": 10, "oom": False}
        copied = None if self.world.volume is None else len(self.copy.files)
        self.copy.record(inband.END, files=len(self.copy.files), copied=None, **fields)
        sent = len(self.carrier.files)
        self._printed(self.carrier.record(inband.END, files=sent, copied=copied, **fields))
        return self.die(code)

    def lose(self) -> PlayedPod:
        """Have the node forget what it has of its log."""
        with self.world.store.changed:
            self.lines.clear()
        return self

    def die(self, code: int, phase: str = "", **more: Any) -> PlayedPod:
        """End without a word more."""
        self.code = code
        self.closed = True
        terminated = {"exitCode": code, "reason": "Error" if code else "Completed"}
        self._become(
            phase or ("Failed" if code else "Succeeded"), {"terminated": terminated}, **more
        )
        return self

    def vanish(self) -> PlayedPod:
        """Be gone, log and all."""
        self.closed = True
        self.world.pods.pop(self.name, None)
        self.world.store.delete(self.name)
        return self

    def mark(self, **metadata: Any) -> PlayedPod:
        """Change its metadata."""
        self.world.store.change(self.name, {"metadata": metadata})
        return self

    def condition(self, kind: str, reason: str, value: str = "True") -> PlayedPod:
        """Have a condition."""
        made = {"type": kind, "status": value, "reason": reason, "message": reason}
        self.world.store.change(self.name, {"status": {"conditions": [made]}})
        return self

    @property
    def live(self) -> bool:
        """Whether its container may still run."""
        return self.code is None

    def log(self, since: int) -> Iterator[bytes]:
        """What the API gives of its log from a moment on, until it ends."""
        sent = 0
        while True:
            with self.world.store.changed:
                news, closed = self.lines[sent:], self.closed
                if not news and not closed:
                    self.world.store.changed.wait(0.05)
            sent += len(news)
            for line in news:
                if _second_of(line) >= since:
                    yield line
            if (closed and not news) or self.world.cut_logs:
                return

    def _printed(self, carrier: Pod) -> PlayedPod:
        raw, carrier.raw = carrier.raw, b""
        self._copy()
        with self.world.store.changed:
            for line in raw.splitlines(keepends=True):
                self.lines.append(stamp_of(self.world.tick()).encode() + b" " + line)
            self.world.store.changed.notify_all()
        return self

    def _copy(self) -> None:
        raw, self.copy.raw = self.copy.raw, b""
        if self.world.volume is not None:
            path = self.world.volume / copies.path("copies", str(self.replica), self.uid)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                file.writelines(
                    copies.stamp(self.world.tick()) + line for line in raw.splitlines(keepends=True)
                )

    def _become(self, phase: str, state: Object, **more: Any) -> None:
        container = {"name": "node", "state": state}
        if self.name in self.world.pods:
            changes = {"phase": phase, "containerStatuses": [container], **more}
            self.world.store.change(self.name, {"status": changes})


def stamp_of(ns: int) -> str:
    """A time as the API writes it."""
    moment = datetime.fromtimestamp(ns // SECOND, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ns % SECOND:09d}Z"


def _second_of(line: bytes) -> float:
    return datetime.fromisoformat(line[:19].decode() + "Z").timestamp()
