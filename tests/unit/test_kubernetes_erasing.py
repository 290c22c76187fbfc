"""What a removed job has on a shared volume goes, whoever is killed on the way."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kubernetes_server import PODS, until
from kubernetes_stage import Fuse, Killed, Stage, stage, world
from kubernetes_world import BATCH_JOBS, FORBIDDEN, World, living

from longboat.backends.kubernetes.courier import erasing
from longboat.backends.kubernetes.erasures import ErasureNotes
from longboat.backends.kubernetes.missing import MissingCluster

__all__ = ["stage", "world"]

JOB = "jabcdefghi"
OTHER = "jzzzzzzzzz"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "LOOK_SECONDS", 0.0)


@pytest.fixture
def settled(stage: Callable[..., Stage], world: World) -> Stage:
    """A job that has ended, with what it left on the volume, beside another's."""
    job = stage(volume="shared")
    _live_and_end(job, world)
    return job


def _live_and_end(job: Stage, world: World) -> None:
    job.started().running()
    for pod in world.all():
        pod.end(0, state="succeeded")
    job.end()
    job.backend().clean(job.ref)
    until(lambda: not world.left(), "all is cleaned")
    assert world.volume is not None
    for name in (JOB, OTHER):
        checkpoints = world.volume / "jobs" / name / "checkpoints"
        checkpoints.mkdir(parents=True, exist_ok=True)
        (checkpoints / "weights").write_bytes(b"w" * 1000)


def remove(job: Stage) -> None:
    """As whoever removes a job does it: noted, then the record."""
    job.backend().erase(job.ref.job)
    shutil.rmtree(job.home.run(job.ref.job).path, ignore_errors=True)


def is_noted(job: Stage) -> bool:
    return job.ref.job in ErasureNotes(job.home, job.config.name).jobs()


def jobs_on(world: World) -> list[str]:
    assert world.volume is not None
    return sorted(each.name for each in (world.volume / "jobs").iterdir())


def steps_until_forgotten(job: Stage) -> None:
    job.steps(job.courier(), lambda: not is_noted(job), "there is no note any more")
    until(lambda: not job.world.left(), f"nothing is left, now {job.world.left()}")


def test_the_folder_of_a_removed_job_goes_and_no_other(settled: Stage, world: World) -> None:
    remove(settled)
    steps_until_forgotten(settled)
    assert jobs_on(world) == [OTHER]
    assert world.errands == [f"longboat-erase-{JOB}-0"]


def test_nothing_goes_while_there_is_a_record(settled: Stage, world: World) -> None:
    settled.backend().erase(JOB)
    courier = settled.courier()
    for _ in range(3):
        courier.step()
    assert jobs_on(world) == [JOB, OTHER]
    assert not world.errands
    assert is_noted(settled), "whoever completes the removal needs it"


def test_a_pod_that_is_left_is_waited_for(settled: Stage, world: World) -> None:
    labels = {"longboat.dev/job": JOB}
    world.store.add({"metadata": {"name": "late", "labels": labels}, "spec": {}})
    remove(settled)
    courier = settled.courier()
    for _ in range(3):
        courier.step()
    assert jobs_on(world) == [JOB, OTHER], "it would write there again"
    world.store.delete("late")
    steps_until_forgotten(settled)
    assert jobs_on(world) == [OTHER]


def test_a_job_without_a_volume_leaves_no_note(stage: Callable[..., Stage], world: World) -> None:
    job = stage()
    job.started().running()
    job.backend().erase(job.ref.job)
    assert not is_noted(job)


def test_a_cluster_that_is_not_named_any_more_is_noted_too(settled: Stage) -> None:
    MissingCluster(settled.home, settled.config.name).erase(JOB)
    assert is_noted(settled)


def test_what_comes_to_nothing_is_tried_again_then_left(
    settled: Stage, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[str] = []

    def fails(name: str) -> None:
        tried.append(name)
        world.errand_ends(name, 1, "Read-only file system")

    world.errand = fails
    remove(settled)
    steps_until_forgotten(settled)
    assert tried == [f"longboat-erase-{JOB}-{number}" for number in range(erasing.TRIES)]
    assert "jobs/jabcdefghi on the volume shared could not be removed" in caplog.text
    assert "Read-only file system" in caplog.text


def test_without_the_right_it_is_left_and_said(
    settled: Stage, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.replies["POST", BATCH_JOBS] = FORBIDDEN
    remove(settled)
    steps_until_forgotten(settled)
    assert jobs_on(world) == [JOB, OTHER]
    assert "could not be removed" in caplog.text


def test_an_api_server_away_holds_up_nothing_and_is_waited_for(
    settled: Stage, world: World
) -> None:
    gone = (503, b"{}")
    world.replies["GET", PODS] = gone
    remove(settled)
    courier = settled.courier()
    for _ in range(3):
        courier.step()
    assert is_noted(settled)
    assert not courier._erasing.busy, "a courier must not stay for that"
    del world.replies["GET", PODS]
    steps_until_forgotten(settled)
    assert jobs_on(world) == [OTHER]


@pytest.fixture(params=["before", "after"])
def side(request: pytest.FixtureRequest) -> Iterator[str]:
    yield request.param


def test_whoever_is_killed_is_followed_by_one_who_removes_it(tmp_path: Path, side: str) -> None:
    at, effects = 1, 1
    while at <= effects:
        effects = _removed_by_two(tmp_path / str(at), side, at)
        at += 1
    assert at > 6, "there is less to survive than there was"


def _removed_by_two(folder: Path, side: str, at: int) -> int:
    with living() as world, pytest.MonkeyPatch.context() as patch:
        job = Stage(folder, world, volume="shared")
        try:
            _live_and_end(job, world)
            remove(job)
            fuse = Fuse(at, side)
            fuse.put_in(patch)
            try:
                steps_until_forgotten(job)
            except Killed:
                fuse.replaced()
                steps_until_forgotten(job)
            effects, fuse.at = fuse.count, 0
            assert jobs_on(world) == [OTHER], f"killed {side} effect {at}"
        finally:
            job.close()
        return effects


# --- what the pod does


def erase(volume: Path, job: str) -> subprocess.CompletedProcess[str]:
    command = "from longboat.guest.main import main; main()"
    words = [sys.executable, "-c", command, "erase", str(volume), job]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("job", ["..", "../other", "", ".", "jabcdefghi/..", "JABCDEFGHI", "*"])
def test_only_an_id_becomes_a_path(tmp_path: Path, job: str) -> None:
    (tmp_path / "jobs" / JOB).mkdir(parents=True)
    done = erase(tmp_path, job)
    assert done.returncode == 1
    assert "is no job's id" in done.stderr
    assert (tmp_path / "jobs" / JOB).is_dir()


def test_a_link_goes_and_not_what_it_leads_to(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    (tmp_path / "jobs" / JOB).mkdir(parents=True)
    (tmp_path / "jobs" / JOB / "link").symlink_to(elsewhere)
    assert erase(tmp_path, JOB).returncode == 0
    (tmp_path / "jobs" / JOB).symlink_to(elsewhere)
    assert erase(tmp_path, JOB).returncode == 0
    assert not (tmp_path / "jobs" / JOB).is_symlink()
    assert (elsewhere / "kept").exists()


def test_what_is_not_there_is_removed_already(tmp_path: Path) -> None:
    assert erase(tmp_path, JOB).returncode == 0
