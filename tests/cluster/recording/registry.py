"""A registry of images that has none, or shows none without a password."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cluster import machine
from cluster.client import wait_until
from cluster.errors import ClusterError

PORT = 5123


@contextlib.contextmanager
def registry(*, locked: bool) -> Iterator[str]:
    """Run Debian's docker-registry in the cluster's machine; give its address there."""
    if shutil.which("docker-registry") is None:
        raise ClusterError("Recording this needs a registry: apt-get install docker-registry")
    inside = machine.find()
    if inside is None:
        raise ClusterError("The cluster's machine does not run. Bring it up with: make cluster")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.json")
        config.write_text(json.dumps(_config(folder, locked)))
        command = ["nsenter", f"--target={inside}", "--net", "--", "docker-registry", "serve"]
        process = subprocess.Popen(
            [*command, str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            wait_until(lambda: _answers(inside), "the registry")
            yield f"localhost:{PORT}"
        finally:
            process.kill()
            process.wait()


def _config(folder: str, locked: bool) -> dict[str, object]:
    config: dict[str, object] = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": f"{folder}/images"}},
        "http": {"addr": f"127.0.0.1:{PORT}"},
    }
    if locked:
        users = Path(folder, "users")
        users.write_text("nobody:$2y$05$" + "a" * 53 + "\n")
        config["auth"] = {"htpasswd": {"realm": "test", "path": str(users)}}
    return config


def _answers(inside: int) -> bool:
    probe = f"import socket; socket.create_connection(('127.0.0.1', {PORT}), 1)"
    command = ["nsenter", f"--target={inside}", "--net", "--", "python3", "-c", probe]
    return subprocess.run(command, capture_output=True).returncode == 0
