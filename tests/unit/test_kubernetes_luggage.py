"""Code that is too much for Secrets comes to the volume first, load by load, and then the job."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from kubernetes_server import until
from kubernetes_stage import Fuse, Killed, Stage, stage, world
from kubernetes_world import BATCH_JOBS, FORBIDDEN, SECRETS, World, living

from longboat.backends.base import AttemptRef
from longboat.backends.kubernetes.courier import erasing
from longboat.backends.kubernetes.erasures import ErasureNotes
from longboat.backends.kubernetes.objects import payload
from longboat.backends.kubernetes.recalling import facts_of
from longboat.explain.table import explain
from longboat.guest import luggage

__all__ = ["stage", "world"]

LIMIT = 500_000
"""Bytes of a load here, the zipapp among them."""
NOISE = {"noise.bin": random.Random(1).randbytes(800_000)}
"""Nothing packs it: it is some loads."""
ONE_LOAD = {"noise.bin": NOISE["noise.bin"][:340_000]}


@pytest.fixture(autouse=True)
def small_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload, "LIMIT", LIMIT)
    monkeypatch.setattr(erasing, "LOOK_SECONDS", 0.0)


Make = Callable[..., Stage]


def accepted(job: Stage) -> bool:
    facts = facts_of(job.post, job.ref)
    return facts is not None and facts.accepted


def start(job: Stage) -> list[str]:
    """Ask for its start until it is accepted; give what was said meanwhile."""
    said: list[str] = []
    backend = job.backend()

    def started() -> bool:
        cause = backend.start(job.launch)
        if cause is not None and explain(cause).sentence not in said:
            said.append(explain(cause).sentence)
        return cause is None

    until(started, "the job is accepted")
    return said


def code_on(world: World) -> list[str]:
    assert world.volume is not None
    folder = world.volume / "code"
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


def the_code_is_whole(world: World) -> bool:
    assert world.volume is not None
    digests = {name.partition(".")[0] for name in code_on(world)}
    return bool(digests) and all(luggage.check(str(world.volume), each) for each in digests)


def test_it_comes_in_loads_and_then_the_job_begins(stage: Make, world: World) -> None:
    job = stage(volume="shared", files=NOISE)
    said = start(job)
    assert the_code_is_whole(world)
    assert len(said) >= 3
    begins = "The job's files are being brought to the volume shared: 0 bytes of "
    assert any(line.startswith(begins) for line in said)
    loads = [f"longboat-code-{job.ref.job}-1-{number}" for number in range(len(world.errands))]
    assert world.errands == loads
    assert not world.stores[BATCH_JOBS].objects, "what has been done is deleted"
    job.running()
    [secret] = world.stores[SECRETS].objects.values()
    assert set(secret["data"]) == {"longboat.pyz", "order.json"}


def test_what_another_job_has_brought_is_not_sent_again(stage: Make, world: World) -> None:
    first = stage(volume="shared", files=NOISE, job="jaaaaaaaaa")
    start(first)
    volume, asked = world.volume, len(world.errands)
    second = stage(volume="shared", files=NOISE, job="jbbbbbbbbb")
    world.volume = volume
    start(second)
    assert world.errands[asked:] == ["longboat-code-jbbbbbbbbb-1-0"]


def test_what_fits_into_secrets_stays_there(stage: Make, world: World) -> None:
    start(stage(volume="shared"))
    assert not world.errands
    assert code_on(world) == []


def test_without_a_volume_it_is_refused_with_both_ways_out(stage: Make, world: World) -> None:
    job = stage(files=NOISE)
    start(job)
    seen = job.look()
    assert seen.cause is not None
    assert seen.cause.reason == "too-large-to-send"
    assert "Name one (--volume" in explain(seen.cause).sentence
    assert "leave files out" in explain(seen.cause).sentence
    assert not world.left()


def test_a_volume_without_room_is_told(stage: Make, world: World) -> None:
    world.errand = lambda name: world.errand_ends(name, 1, "/longboat/volume/code: No space left")
    job = stage(volume="shared", files=NOISE)
    start(job)
    seen = job.look()
    assert seen.cause is not None
    assert seen.cause.reason == "code-not-brought"
    assert "volume shared: /longboat/volume/code: No space left" in explain(seen.cause).sentence
    assert not world.left()


def test_without_the_right_it_is_told_which(stage: Make, world: World) -> None:
    world.replies["POST", BATCH_JOBS] = FORBIDDEN
    job = stage(volume="shared", files=NOISE)
    start(job)
    assert job.look().phase == "failed"


def test_a_volume_that_was_cleaned_meanwhile_is_filled_anew(stage: Make, world: World) -> None:
    def cleaned(name: str) -> None:
        if name.endswith("-2"):
            assert world.volume is not None
            for path in (world.volume / "code").glob("*.part"):
                path.unlink()
        world.end_errand(name)

    world.errand = cleaned
    start(stage(volume="shared", files=NOISE))
    assert the_code_is_whole(world)


def test_a_job_that_is_given_up_on_the_way_leaves_nothing(stage: Make, world: World) -> None:
    job = stage(volume="shared", files=NOISE)
    backend = job.backend()
    until(lambda: backend.start(job.launch) and len(world.errands) == 2, "a load is there")
    backend.clean(job.ref)
    assert not job.post.attempt(job.ref).cluster.exists()
    assert job.ref.job in ErasureNotes(job.home, job.config.name).jobs()
    job.home.run(job.ref.job).path.rename(job.home.path / "removed")
    job.steps(job.courier(), lambda: not code_on(world), "its code is gone")


def test_code_goes_with_the_last_job_that_needs_it(stage: Make, world: World) -> None:
    job = stage(volume="shared", files=NOISE)
    start(job)
    for pod in world.all():
        pod.start().end(0, state="succeeded")
    job.end()
    job.backend().clean(job.ref)
    job.backend().erase(job.ref.job)
    job.home.run(job.ref.job).path.rename(job.home.path / "removed")
    assert code_on(world)
    job.steps(job.courier(), lambda: not code_on(world), "its code is gone")


def test_whoever_is_killed_is_followed_by_one_who_brings_it(tmp_path: Path) -> None:
    at, effects = 1, 1
    while at <= effects:
        effects = _brought_by_two(tmp_path / str(at), at)
        at += 1
    assert at > 20, "there is less to survive than there was"


def _brought_by_two(folder: Path, at: int) -> int:
    with living() as world, pytest.MonkeyPatch.context() as patch:
        job = Stage(folder, world, volume="shared", files=ONE_LOAD)
        fuse = Fuse(at, "after")
        fuse.put_in(patch)
        try:
            try:
                start(job)
            except Killed:
                fuse.replaced()
                start(job)
            effects, fuse.at = fuse.count, 0
            assert accepted(job), f"killed after effect {at}"
            assert the_code_is_whole(world), f"killed after effect {at}"
            assert job.backend().start(job.launch) is None
            job.backend().clean(AttemptRef(job.ref.job, 1))
        finally:
            job.close()
        return effects
