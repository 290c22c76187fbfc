"""What did not come from a pod is fetched from its copy on the volume, or what came is kept."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from kubernetes_pod import PlayedPod
from kubernetes_server import PODS, until
from kubernetes_stage import Stage, stage, wait_for_threads_to_end, world
from kubernetes_world import FORBIDDEN, TRAIN_JOBS, World

from longboat.backends.base import Observation
from longboat.backends.kubernetes.receiving import fetching, following, readers
from longboat.explain.table import explain

__all__ = ["stage", "world"]

Make = Callable[..., Stage]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(following, "_AGAIN_SECONDS", 0.02)
    monkeypatch.setattr(fetching, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(fetching, "PATIENCE_SECONDS", 0.2)


def reason(seen: Observation) -> str:
    return seen.cause.reason if seen.cause else ""


def rotated(world: World, job: Stage) -> PlayedPod:
    """Its pod has said what the courier, who was away, cannot read any more."""
    job.running().close()
    pod = world.pod()
    pod.say("lost").lose()
    return pod.say("the end")


def test_what_a_node_has_rotated_away_is_fetched(stage: Make, world: World) -> None:
    job = stage(volume="shared").started()
    rotated(world, job).leave("model/saved_model.pb", b"model").end(0, state="succeeded")
    ended = job.end()
    assert (ended.phase, ended.cause) == ("succeeded", None)
    assert job.log() == "lost\nthe end\n"
    assert (job.replica().model / "saved_model.pb").read_bytes() == b"model"
    assert [path.name for path in job.replica().path.parent.glob(".*")] == []
    job.nothing_is_left()
    wait_for_threads_to_end("copy of")


def test_without_a_volume_the_gap_is_shown(stage: Make, world: World) -> None:
    job = stage().started()
    rotated(world, job).end(0, state="succeeded")
    assert job.end().phase == "succeeded"
    assert job.log() == "the end\n[longboat: 5 bytes of this log were lost on the way]\n"


def test_what_came_whole_is_not_fetched(stage: Make, world: World) -> None:
    job = stage(volume="shared").started()
    courier = job.running()
    world.pod().say("hello").end(0, state="succeeded")
    assert job.end(courier).phase == "succeeded"
    assert world.readers == {}


def test_a_model_too_large_for_the_log_is_fetched(stage: Make, world: World) -> None:
    job = stage(volume="shared").started()
    courier = job.running()
    world.pod().say("hello").leave_in_copy("model/saved_model.pb", b"large").end(
        0, state="succeeded"
    )
    ended = job.end(courier)
    assert (ended.phase, ended.cause) == ("succeeded", None)
    assert (job.replica().model / "saved_model.pb").read_bytes() == b"large"
    assert job.log() == "hello\n"


def test_a_pod_that_is_gone_comes_back_up_to_what_it_wrote(stage: Make, world: World) -> None:
    job = stage(volume="shared").started()
    job.running().close()
    world.pod().say("one").say("two").vanish()
    ended = job.end()
    assert (ended.phase, reason(ended)) == ("failed", "vanished")
    assert job.log().startswith("one\ntwo\n[longboat: the rest of this log is lost")


def test_a_pod_that_ended_well_and_is_gone_has_succeeded(stage: Make, world: World) -> None:
    job = stage(volume="shared").started()
    job.running().close()
    world.pod().say("one").end(0, state="succeeded").vanish()
    assert job.end().phase == "succeeded"
    assert job.log() == "one\n"


def test_while_it_fetches_it_says_so(stage: Make, world: World) -> None:
    job = stage(volume="shared").started()
    world.read = lambda name: None
    rotated(world, job).end(0, state="succeeded")
    courier = job.courier()
    job.steps(courier, lambda: reason(job.look()) == "copy-fetched", "it says so")
    assert job.look().phase == "running"
    (name,) = until(lambda: [n for n in world.store.objects if "-copy-" in n], "its pod")
    world.end_reader(name)
    assert job.end(courier).phase == "succeeded"
    assert job.log() == "lost\nthe end\n"


def test_a_stop_ends_the_fetching(stage: Make, world: World) -> None:
    job = stage(volume="shared").started()
    world.read = lambda name: None
    rotated(world, job).end(0, state="succeeded")
    courier = job.courier()
    job.steps(courier, lambda: reason(job.look()) == "copy-fetched", "it fetches")
    job.backend().stop(job.ref)
    assert job.end(courier).phase == "succeeded"
    assert "were lost on the way" in job.log()
    job.nothing_is_left()


# --- what keeps it from being fetched


def has_no_rights(world: World, _: Stage, __: pytest.MonkeyPatch) -> None:
    world.replies["POST", PODS] = FORBIDDEN


def has_no_copy(world: World, job: Stage, __: pytest.MonkeyPatch) -> None:
    assert world.volume is not None
    for path in world.volume.rglob("stream-*"):
        path.unlink()


def has_a_short_copy(world: World, job: Stage, __: pytest.MonkeyPatch) -> None:
    assert world.volume is not None
    for path in world.volume.rglob("stream-*"):
        path.write_bytes(path.read_bytes()[:150])


def has_an_empty_copy(world: World, job: Stage, __: pytest.MonkeyPatch) -> None:
    assert world.volume is not None
    for path in world.volume.rglob("stream-*"):
        path.write_bytes(b"")


def finds_no_node(world: World, _: Stage, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(readers, "PATIENCE_SECONDS", 0.1)
    world.read = lambda name: None


def is_evicted_each_time(world: World, _: Stage, __: pytest.MonkeyPatch) -> None:
    world.read = lambda name: world.store.change(name, {"status": {"phase": "Failed"}})


def is_deleted_each_time(world: World, _: Stage, __: pytest.MonkeyPatch) -> None:
    world.read = world.store.delete


HINDRANCES = [
    *(has_no_rights, has_no_copy, has_a_short_copy, has_an_empty_copy),
    *(finds_no_node, is_evicted_each_time, is_deleted_each_time),
]


@pytest.mark.parametrize("hindrance", HINDRANCES)
def test_what_cannot_be_fetched_leaves_what_came(
    stage: Make,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    hindrance: Callable[[World, Stage, pytest.MonkeyPatch], None],
) -> None:
    job = stage(volume="shared").started()
    rotated(world, job).end(0, state="succeeded")
    hindrance(world, job, monkeypatch)
    assert job.end().phase == "succeeded"
    assert job.log() == "the end\n[longboat: 5 bytes of this log were lost on the way]\n"
    assert [path.name for path in job.replica().path.parent.glob(".*")] == []
    world.replies.clear()
    job.nothing_is_left()


def test_a_pod_that_fails_once_is_followed_by_another(stage: Make, world: World) -> None:
    job = stage(volume="shared").started()
    tried: list[str] = []

    def fails_first(name: str) -> None:
        tried.append(name)
        if len(tried) == 1:
            world.store.change(name, {"status": {"phase": "Failed"}})
        else:
            world.end_reader(name)

    world.read = fails_first
    rotated(world, job).end(0, state="succeeded")
    assert job.end().phase == "succeeded"
    assert job.log() == "lost\nthe end\n"


def test_an_api_server_that_is_away_is_waited_for(
    stage: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "PATIENCE_SECONDS", 0.5)
    job = stage(volume="shared").started()
    world.read = lambda name: None
    rotated(world, job).end(0, state="succeeded")
    courier = job.courier()
    job.steps(courier, lambda: reason(job.look()) == "copy-fetched", "it fetches")
    (name,) = until(lambda: [n for n in world.store.objects if "-copy-" in n], "its pod")
    world.stop()
    end = time.monotonic() + 1
    job.steps(courier, lambda: time.monotonic() > end, "time passes")
    world.end_reader(name)
    world.start()
    assert job.end(courier).phase == "succeeded"
    assert job.log() == "lost\nthe end\n"


@pytest.mark.parametrize("path", [PODS, TRAIN_JOBS])
def test_an_api_server_that_has_just_begun_refuses_what_it_does_later(
    stage: Make, world: World, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(fetching, "PATIENCE_SECONDS", 60)
    job = stage(volume="shared").started()
    rotated(world, job).end(0, state="succeeded")
    said = FORBIDDEN if path == PODS else (404, b"404 page not found")
    asked = ("POST", PODS) if path == PODS else ("GET", f"{TRAIN_JOBS}/{job.facts().name}")
    world.replies[asked] = said
    courier = job.courier()
    job.steps(courier, lambda: asked[:2] in [each[:2] for each in world.requests], "it is refused")
    del world.replies[asked]
    assert job.end(courier).phase == "succeeded"
    assert job.log() == "lost\nthe end\n"


def test_a_job_that_is_gone_from_the_cluster_cannot_fetch(stage: Make, world: World) -> None:
    job = stage(volume="shared").started()
    rotated(world, job).end(0, state="succeeded")
    world.stores[TRAIN_JOBS].delete(job.facts().name)
    job.end()
    assert "were lost on the way" in job.log()


# --- what is said of a model that cannot come


def told(stage: Make, world: World, **asked: str) -> str:
    job = stage(**asked).started()
    courier = job.running()
    world.pod().leave_in_copy("model/saved_model.pb", b"large" * 1000)
    if world.volume is not None:
        has_no_copy(world, job, pytest.MonkeyPatch())
    world.pod().end(0, state="succeeded")
    ended = job.end(courier)
    assert ended.cause is not None
    explanation = explain(ended.cause)
    return f"{explanation.sentence} {explanation.fix}"


def test_of_a_model_that_is_too_large_it_says_what_a_volume_would_do(
    stage: Make, world: World
) -> None:
    said = told(stage, world)
    assert "did not arrive whole from the cluster." in said
    assert "Without a shared volume 64 MiB" in said and "4 GiB" in said


def test_of_a_model_that_cannot_be_fetched_it_says_why(stage: Make, world: World) -> None:
    world.read = world.store.delete
    said = told(stage, world, volume="shared")
    assert "nor by way of its volume: the pod that reads it was deleted" in said
    assert "Without a shared volume" not in said


def test_a_copy_that_ended_early_is_told_and_not_fetched(stage: Make, world: World) -> None:
    job = stage(volume="shared").started()
    courier = job.running()
    pod = world.pod()
    pod.uncopied("No space left on device")
    pod.leave_in_copy("model/saved_model.pb", b"large").end(0, state="succeeded")
    ended = job.end(courier)
    assert ended.cause is not None and ended.cause.reason == "model-not-carried"
    assert ended.cause.details["why"] == "No space left on device"
    assert world.readers == {}
    assert "(No space left on device)" in job.replica().events.read_text()
