"""What a job leaves comes back through its output, whole, also when a node rotates the log."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cluster.homes import succeeded
from longboat.api import Client

SIZE = 40 << 20
"""Bytes, which no packing makes less: the kubelet rotates a log at 10 MiB."""
SCRIPT = f"""\
import hashlib, os, pathlib
import longboat
data = os.urandom({SIZE})
pathlib.Path("large.bin").write_bytes(data)
print(hashlib.sha256(data).hexdigest())
"""
TOO_MUCH = """\
import os, pathlib
import longboat
folder = pathlib.Path(longboat.model_dir())
folder.mkdir(parents=True, exist_ok=True)
(folder / "saved_model.pb").write_bytes(b"x" * (80 << 20))
"""


def script(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sources" / "script.py"
    path.parent.mkdir()
    path.write_text(text)
    return path


def test_a_large_file_comes_back_whole(client: Client, tmp_path: Path) -> None:
    asked = {"cpu": 0.8, "memory": "512M", "backend": "trainjob"}
    job = succeeded(client.submit(script(tmp_path, SCRIPT), **asked))
    folder = job.directory / "attempts/1/worker-0"
    digest = (folder / "log").read_text().strip()
    with (folder / "work/large.bin").open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == digest


def test_a_model_that_is_too_large_is_told(client: Client, tmp_path: Path) -> None:
    asked = {"cpu": 0.8, "memory": "512M", "backend": "tfjob"}
    status = client.submit(script(tmp_path, TOO_MUCH), **asked).wait(timeout=120)
    assert (status.state, status.reason) == ("failed", "model-not-carried")
    assert "80 MiB" in status.message
