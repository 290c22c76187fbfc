"""What a job on a cluster requires is installed on its volume, once, and seen by every replica."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster.client import Cluster, wait_until
from cluster.homes import ENGINES, TIMEOUT, home_of, succeeded, write_clusters
from longboat.api import Client, Job
from longboat.backends.kubernetes.erasures import ErasureNotes
from longboat.backends.kubernetes.objects.render_errand import ERRAND
from longboat.errors import BadInput
from tiny_wheel import write_wheel

INDEX = "/longboat/volume/index"
PIPS = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": INDEX}
BRINGS = """\
import base64, os, pathlib
os.makedirs("{index}", exist_ok=True)
pathlib.Path("{index}/{name}").write_bytes(base64.b64decode("{wheel}"))
"""
IMPORTS = """\
import os, tiny
print("tiny", tiny.VERSION)
print("there", *sorted(os.listdir("/longboat/volume/environments")))
"""
SMALL = {"cpu": 0.2, "memory": "128M"}


@pytest.fixture
def client(
    tmp_path: Path, cluster: Cluster, own_kubeconfig: Path, trainer_image: str, volume: str
) -> Iterator[Client]:
    """A person with the role that is shipped; the image has Python's venv."""
    home = tmp_path / "home"
    write_clusters(home, cluster, own_kubeconfig, trainer_image, volume=volume)
    with home_of(home) as client:
        yield client


@pytest.fixture
def run(client: Client, tmp_path: Path) -> Callable[..., Job]:
    def submit(text: str, **asked: Any) -> Job:
        script = tmp_path / "sources" / "script.py"
        script.parent.mkdir(exist_ok=True)
        script.write_text(text)
        return client.submit(script, **{"backend": ENGINES[0], **SMALL, **asked})

    return submit


@pytest.fixture
def index(run: Callable[..., Job], tmp_path: Path) -> None:
    """A package on the volume, for pip to find: pods here may reach no other."""
    write_wheel(tmp_path, "1.0")
    (wheel,) = tmp_path.glob("*.whl")
    packed = base64.b64encode(wheel.read_bytes()).decode()
    succeeded(run(BRINGS.format(index=INDEX, name=wheel.name, wheel=packed)))


def said(job: Job, word: str) -> list[str]:
    logs = sorted(job.directory.glob("attempts/1/*/log"))
    lines = [line for log in logs for line in log.read_text().splitlines()]
    return [line.partition(" ")[2] for line in lines if line.startswith(word)]


@pytest.mark.usefixtures("index")
def test_it_is_installed_once_and_goes_with_the_last_job(
    client: Client, run: Callable[..., Job], cluster: Cluster
) -> None:
    asked = {"requirements": ["tiny"], "env": PIPS}
    first = run(IMPORTS, workers=2, **asked)
    wait_until(lambda: first.status.reason == "building-environment", "it is said")
    assert said(succeeded(first), "tiny") == ["1.0", "1.0"]
    second = run(IMPORTS, **asked, backend=ENGINES[1])
    assert said(succeeded(second), "tiny") == ["1.0"]
    assert said(second, "there") == said(first, "there")[:1], "it was there"
    for job in (first, second):
        job.remove()
    notes = [ErasureNotes(client.engine.home, engine) for engine in ENGINES]
    wait_until(lambda: not any(list(each.jobs()) for each in notes), "both are erased")
    third = succeeded(run(IMPORTS.replace("tiny", "sys").replace("sys.VERSION", "0")))
    assert said(third, "there") == [""]
    assert not cluster.pods(f"{ERRAND}=install")


@pytest.mark.usefixtures("index")
def test_what_cannot_be_installed_is_said_before_anything_runs(run: Callable[..., Job]) -> None:
    job = run(IMPORTS, requirements=["tiny>=7"], env=PIPS)
    status = job.wait(timeout=TIMEOUT)
    assert (status.state, status.reason) == ("failed", "environment-not-built")
    assert "there is no tiny>=7 for this Python" in status.message


def test_without_a_volume_it_is_refused_at_submit(
    cluster: Cluster, kubeconfig: Path, tmp_path: Path
) -> None:
    write_clusters(tmp_path / "home", cluster, kubeconfig, "an-image")
    script = tmp_path / "script.py"
    script.write_text(IMPORTS)
    with home_of(tmp_path / "home") as client, pytest.raises(BadInput, match="on a volume that"):
        client.submit(script, backend=ENGINES[0], requirements=["tiny"])
