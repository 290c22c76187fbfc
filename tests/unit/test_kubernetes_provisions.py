"""What a job on a cluster requires is on its volume before the job is sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from kubernetes_server import until
from kubernetes_stage import Stage, stage, world
from kubernetes_world import SECRETS, World

from longboat.backends.kubernetes import provisions
from longboat.backends.kubernetes.courier import erasing
from longboat.explain.table import explain
from tiny_wheel import write_wheel

__all__ = ["stage", "world"]

Make = Callable[..., Stage]


@pytest.fixture
def wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What is asked: a package that a folder has, by variables of the job."""
    monkeypatch.setattr(erasing, "LOOK_SECONDS", 0.0)
    index = tmp_path / "index"
    index.mkdir()
    write_wheel(index, "1.0")
    pips = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    return {"volume": "shared", "requirements": ("tiny",), "env": {**pips, "LR": "0.1"}}


def start(job: Stage) -> list[str]:
    """Ask for its start until it is accepted; give what was said meanwhile."""
    said: list[str] = []
    backend = job.backend()

    def started() -> bool:
        cause = backend.start(job.launch)
        said.extend([] if cause is None else [explain(cause).sentence])
        return cause is None

    until(started, "the job is accepted", 240)  # pip fails three times
    return said


def environments(world: World) -> list[str]:
    assert world.volume is not None
    return sorted(each.name for each in (world.volume / "environments").iterdir())


def order_of(world: World, name: str) -> dict[str, object]:
    data = world.stores[SECRETS].objects[name]["data"]
    found: dict[str, object] = json.loads(base64.b64decode(data["order.json"]))
    return found


def test_it_is_installed_first_and_the_order_names_it(
    stage: Make, world: World, wanted: dict[str, object]
) -> None:
    job = stage(**wanted)
    said = start(job)
    # A busy machine may say something else first: that the cluster takes long to answer.
    installing = "What the job requires is being installed on the volume shared."
    assert any(line.startswith(installing) for line in said)
    assert world.errands == [f"longboat-install-{job.ref.job}-1-0"]
    [secret] = world.stores[SECRETS].objects
    key = order_of(world, secret)["environment_key"]
    assert environments(world) == [str(key), f"{key}.{job.ref.job}", f"{key}.jobs"]


def test_only_pips_variables_travel_with_what_is_installed() -> None:
    given = {"PIP_INDEX_URL": "a", "HTTPS_PROXY": "b", "https_proxy": "c", "TOKEN": "d"}
    assert provisions.pips(given) == {"PIP_INDEX_URL": "a", "HTTPS_PROXY": "b", "https_proxy": "c"}


def test_what_cannot_be_installed_fails_the_job_in_a_sentence(
    stage: Make, world: World, wanted: dict[str, object]
) -> None:
    job = stage(**{**wanted, "requirements": ("tiny>=7",)})
    start(job)
    seen = job.look()
    assert seen.cause is not None
    assert explain(seen.cause).sentence == (
        "What the job requires could not be installed: there is no tiny>=7 for this Python. "
        "Mend the list, or choose an image that has it with --image."
    )
    assert len(world.errands) == provisions.TRIES


def test_it_goes_with_the_last_job_that_needs_it(
    stage: Make, world: World, wanted: dict[str, object]
) -> None:
    job = stage(**wanted)
    start(job)
    for pod in world.all():
        pod.start().end(0, state="succeeded")
    job.end()
    job.backend().clean(job.ref)
    job.backend().erase(job.ref.job)
    job.home.run(job.ref.job).path.rename(job.home.path / "removed")
    job.steps(job.courier(), lambda: environments(world) == [], "its environment is gone")
