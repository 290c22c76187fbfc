"""Carries replicas as a pod would, from a job's folder to a stream of text and records."""

from __future__ import annotations

import contextlib
import io
import os
import select
import signal
import subprocess
import sys
import tarfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from longboat.guest import inband, order
from longboat.guest.bundle import build
from longboat.guest.inband import Reader, Record
from longboat.guest.order import Order

NONCE = "0123456789abcdef"
HANG = "import time\nprint('ready')\ntime.sleep(600)\n"
DEADLINE = 60


def an_order(**changed: Any) -> Order:
    first = Order(
        job="k3f7x2m9qd",
        name="a-job",
        attempt=1,
        entry="main.py",
        nonce=NONCE,
        cluster={"worker": ["127.0.0.1:2222"]},
        parameters={},
        environment={},
        cpu=1.0,
        memory=1 << 30,
    )
    return first._replace(**changed)


def pack(path: Path, files: dict[str, str | bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


class Stream(NamedTuple):
    """All that a carrier has written."""

    code: int
    raw: bytes
    complaints: bytes

    @property
    def text(self) -> bytes:
        return b"".join(piece for piece in self._pieces() if isinstance(piece, bytes))

    @property
    def records(self) -> list[Record]:
        return [piece for piece in self._pieces() if isinstance(piece, Record)]

    def of(self, kind: str) -> list[Record]:
        return [record for record in self.records if record.kind == kind]

    @property
    def end(self) -> dict[str, Any]:
        assert self.records[-1].kind == inband.END
        return self.records[-1].fields

    @property
    def sent(self) -> list[str]:
        return [record.fields["path"] for record in self.of(inband.FILE)]

    def _pieces(self) -> list[bytes | Record]:
        reader = Reader(NONCE)
        return [*reader.feed(self.raw), reader.rest()]


class Carrying:
    """A pod's folders, in ``path``, and the carrier in them."""

    def __init__(self, path: Path, source: str = "", **changed: Any) -> None:
        self.path = path
        self.job = path / "job"
        self.run = path / "run"
        self.job.mkdir()
        self.zipapp = build(path / "guests").rename(self.job / order.ZIPAPP)
        self.pack({"main.py": source})
        self.give(an_order(**changed))

    @property
    def work(self) -> Path:
        return self.run / "work"

    @property
    def snapshot(self) -> Path:
        """Where all of it lies: it is small, and in one part."""
        return self.job / order.part_name(0)

    def pack(self, files: dict[str, str | bytes]) -> None:
        pack(self.snapshot, files)

    def give(self, given: Order) -> None:
        (self.job / order.ORDER).write_bytes(order.encode(given))

    def start(self, *options: str, **env: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(self.zipapp), "carry"]
        places = ["--job", str(self.job), "--run", str(self.run)]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LONGBOAT_", "PYTHON"))}
        return subprocess.Popen(
            [*command, *places, *options],
            env={**kept, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def whole(self, *options: str, **env: str) -> Stream:
        """Carry from beginning to end."""
        return finish(self.start(*options, **env))


def finish(process: subprocess.Popen[bytes]) -> Stream:
    with process:
        try:
            raw, complaints = process.communicate(timeout=DEADLINE)
        finally:
            process.kill()
    return Stream(process.returncode, raw, complaints)


@pytest.fixture
def carrying(tmp_path: Path) -> Callable[..., Carrying]:
    return lambda source="", **changed: Carrying(tmp_path, source, **changed)


def contents(stream: Stream) -> dict[str, bytes]:
    """Put the files of a stream together."""
    found: dict[str, bytes] = {}
    path = ""
    for record in stream.records:
        if record.kind == inband.FILE:
            path = record.fields["path"]
            found[path] = b""
        elif record.kind == inband.PART:
            found[path] += inband.unpack(record.fields["data"])
    return {path: zlib.decompress(packed) for path, packed in found.items()}


def wait_for(process: subprocess.Popen[bytes], found: Callable[[bytes], Any]) -> bytes:
    """Read a carrier's output until it has something; give all that was read."""
    assert process.stdout is not None
    raw, deadline = b"", time.monotonic() + 20
    while not found(raw):
        left = deadline - time.monotonic()
        assert left > 0 and select.select([process.stdout], [], [], left)[0], raw
        data = os.read(process.stdout.fileno(), 65536)
        assert data, raw
        raw += data
    return raw


def stopped_while_it_runs(carrier: subprocess.Popen[bytes]) -> Stream:
    """Send SIGTERM once it is ready; give all that came."""
    raw = wait_for(carrier, lambda raw: b"ready\n" in raw)
    carrier.send_signal(signal.SIGTERM)
    rest = finish(carrier)
    return rest._replace(raw=raw + rest.raw)


def is_alive(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False
