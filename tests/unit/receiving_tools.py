"""Streams as pods write them, and lines as the API gives them."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from longboat.backends.kubernetes.receiving.receiver import Receiver
from longboat.guest import carrying_files, inband
from longboat.guest.inband import Record
from longboat.records.layout import ReplicaDirectory

NONCE = "0123456789abcdef"
SECOND = 10**9
START = 1_800_000_000 * SECOND
Line = tuple[int, bytes]
NOTE = re.compile(rb"\n?\[longboat: [^\n]*\]\n")


class Pod:
    """Writes a stream as a carrier does, and knows what should become of it."""

    def __init__(self, nonce: str = NONCE) -> None:
        self.nonce = nonce
        self.raw = b""
        self.text = b""
        self.events = b""
        self.files: dict[str, bytes] = {}
        self._sequence = 0

    def say(self, text: bytes) -> Pod:
        self.raw += text
        self.text += text
        return self

    def record(self, kind: str, **fields: Any) -> Pod:
        record = Record(kind, self._sequence, len(self.text), fields)
        self.raw += inband.encode(self.nonce, record)
        self._sequence += 1
        return self

    def event(self, **fields: Any) -> Pod:
        line = json.dumps({"t": 1.0, "kind": "metrics", **fields}).encode() + b"\n"
        self.events += line
        return self._parts(inband.EVENT, line)

    def file(self, path: str, content: bytes) -> Pod:
        self.files[path] = content
        carrying_files.send_file(self, 0, lambda _: None, path, content)
        return self

    def end(self, code: int = 0, **more: Any) -> Pod:
        fields = {**more, "at": 1.5, "memory_peak": 10, "oom": False, "files": len(self.files)}
        return self.record(inband.END, exit_code=code, **fields)

    def _parts(self, first: str, data: bytes) -> Pod:
        pieces = list(inband.cut(data))
        for number, piece in enumerate(pieces):
            last = number == len(pieces) - 1
            self.record(inband.PART if number else first, data=inband.pack(piece), last=last)
        return self

    def lines(self, step: int = SECOND // 3, together: int = 1) -> list[Line]:
        return timed(self.raw, step, together)


def timed(raw: bytes, step: int = SECOND // 3, together: int = 1) -> list[Line]:
    """Give lines their times, in nanoseconds; ``together`` of them share each."""
    return [
        (START + number // together * step, line) for number, line in enumerate(io.BytesIO(raw))
    ]


def since(lines: Iterable[Line], receiver: Receiver) -> Iterator[Line]:
    """Ask for lines as the API lets one ask: from a whole second on."""
    first = (receiver.resume_at or 0) // SECOND * SECOND
    return ((at, data) for at, data in lines if at >= first)


def received(folder: Path) -> dict[str, bytes]:
    """All that is in a replica's folder, but for what a receiver keeps for itself."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.relative_to(folder).name.startswith(".")
    }


def receive(folder: Path, lines: Iterable[Line]) -> Receiver:
    """Receive in one go."""
    receiver = Receiver(ReplicaDirectory(folder), NONCE)
    receiver.take_many(since(lines, receiver))
    receiver.save()
    return receiver


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "worker-0"


def a_pod() -> Pod:
    """A stream with everything in it, and with records in the middle of lines."""
    pod = Pod().record(inband.BEGAN).say(b"one\ntwo").event(step=1).say(b" and a half\n")
    pod.say(b"\x1e no record\n\x1e").record(inband.MARK).say(b"\xff\x00\r\n\n")
    pod.event(text="long " * 1500).say(b"three\n").event(step=2).say(b"unfinished")
    pod.file("status.json", b'{"state": "succeeded", "exit_code": 0, "error": null}')
    pod.file("work/empty", b"").file("model/variables/data", random.Random(1).randbytes(9000))
    return pod.record(inband.LEFT, path="work/large", size=1 << 40).end()


def expected(pod: Pod) -> dict[str, bytes]:
    return {"log": pod.text, "events.jsonl": pod.events, **pod.files}


def without_times(found: dict[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in found.items() if path != "log.times"}


def go_on(folder: Path, lines: list[Line], saved: int, more: int) -> None:
    """Take ``saved`` lines and save, then ``more``, and be gone."""
    receiver = Receiver(ReplicaDirectory(folder), NONCE)
    rest = list(since(lines, receiver))
    receiver.take_many(rest[:saved])
    receiver.save()
    receiver.take_many(rest[saved : saved + more])
