"""Live attempts between a small cluster and the run directory, through all that can befall them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from kubernetes_pod import PlayedPod
from kubernetes_server import status, until
from kubernetes_stage import (
    Stage,
    looks,
    reason,
    stage,
    states,
    wait_for_threads_to_end,
    world,
)
from kubernetes_world import SECRETS, TRAIN_JOBS, World

from longboat.backends.kubernetes.courier import steering
from longboat.backends.kubernetes.receiving import following
from longboat.explain.cause import Cause

__all__ = ["stage", "world"]

Make = Callable[..., Stage]
Look = Callable[[], None]
"""Has the courier see how it is, if there is one."""
Happening = Callable[[PlayedPod, Look], None]


def test_an_attempt_is_carried_from_its_start_to_its_end(stage: Make, world: World) -> None:
    job = stage(workers=2).started()
    courier = job.running()
    world.pod().say("hello").leave("model/saved_model.pb", b"model").end(0, state="succeeded")
    world.pod("worker", 1).say("there").end(0, state="succeeded")
    ended = job.end(courier)
    assert (ended.phase, ended.cause) == ("succeeded", None)
    assert states(ended) == {"worker-0": "succeeded", "worker-1": "succeeded"}
    assert (job.log(), job.log("worker", 1)) == ("hello\n", "there\n")
    assert (job.replica().model / "saved_model.pb").read_bytes() == b"model"
    job.nothing_is_left()
    courier.close()
    wait_for_threads_to_end("log of")
    wait_for_threads_to_end("watch")


# --- what ends it


def exits(pod: PlayedPod, _: Look) -> None:
    pod.end(3, state="failed", error={"reason": "exit-code", "code": 3})


def is_killed(pod: PlayedPod, _: Look) -> None:
    pod.die(137)


def is_deleted_at_once(pod: PlayedPod, _: Look) -> None:
    pod.vanish()


def is_deleted(pod: PlayedPod, look: Look) -> None:
    pod.mark(deletionTimestamp=datetime.now(UTC).isoformat())
    look()
    pod.end(143, state="stopped", error=None)
    pod.vanish()


def is_disrupted(how: str) -> Happening:
    def happen(pod: PlayedPod, look: Look) -> None:
        pod.condition("DisruptionTarget", how)
        is_deleted(pod, look)

    return happen


def is_evicted(pod: PlayedPod, _: Look) -> None:
    pod.die(137, reason="Evicted", message="The node was low on resource: memory.")


def loses_its_node(pod: PlayedPod, _: Look) -> None:
    pod.unreachable = True
    pod.mark(deletionTimestamp="2026-01-01T00:00:00Z")


def ends_well_without_a_word(pod: PlayedPod, _: Look) -> None:
    pod.die(0)


def is_replaced(pod: PlayedPod, _: Look) -> None:
    """Under the same name, as a TFJob's is: and in the new one all runs again."""
    old = pod.world.store.objects[pod.name]
    pod.vanish()
    again = PlayedPod(pod.world, pod.replica, pod.name, pod.carrier.nonce)
    pod.world.pods[pod.name] = again
    metadata = {**old["metadata"], "uid": again.uid}
    pod.world.store.add({**old, "metadata": metadata, "status": {"phase": "Pending"}})
    again.start().say("hello once more")


# What happens; the reason when a courier sees it, and when it is found later.
ENDS = [
    (exits, "exit-code", "exit-code"),
    (is_killed, "killed", "killed"),
    (is_deleted_at_once, "vanished", "vanished"),
    (is_deleted, "pod-deleted", "vanished"),
    (is_disrupted("PreemptionByScheduler"), "preempted", "vanished"),
    (is_disrupted("EvictionByEvictionAPI"), "node-drained", "vanished"),
    (is_disrupted("DeletionByTaintManager"), "node-lost", "vanished"),
    (is_evicted, "evicted", "evicted"),
    (loses_its_node, "node-lost", "node-lost"),
    (ends_well_without_a_word, "results-lost", "results-lost"),
    (is_replaced, "vanished", "vanished"),
]


@pytest.mark.parametrize(("happen", "seen", "found"), ENDS)
@pytest.mark.parametrize("watched", [True, False], ids=["seen", "found"])
def test_whatever_becomes_of_the_leaders_pod_the_end_says_so(
    stage: Make,
    world: World,
    happen: Happening,
    seen: str,
    found: str,
    watched: bool,
) -> None:
    job = stage(workers=2).started()
    courier = job.running()
    world.pod().say("hello")
    job.steps(courier, lambda: job.log() == "hello\n", "its log")
    if not watched:
        courier.close()
    happen(world.pod(), (lambda: looks(job, courier)) if watched else lambda: None)
    ended = job.end(courier if watched else None)
    assert (ended.phase, reason(ended)) == ("failed", seen if watched else found)
    assert states(ended) == {"worker-0": "failed", "worker-1": "stopped"}
    assert job.log().split("[longboat")[0] == "hello\n"
    assert not [pod for pod in world.all() if pod.live and not pod.unreachable]


def test_a_log_that_its_node_does_not_give_holds_up_no_end(
    stage: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node has thrown it away, or is gone: the pod's end is known all the same."""
    monkeypatch.setattr(following, "PATIENCE_SECONDS", 0.2)
    job = stage().started()
    courier = job.running()
    world.lost_logs = True
    world.pod().die(1)
    ended = job.end(courier)
    assert (ended.phase, reason(ended)) == ("failed", "exit-code")
    assert "the rest of this log is lost" in job.log()


def test_a_lost_connection_at_the_very_end_costs_neither_the_log_nor_the_processor(
    stage: Make, world: World
) -> None:
    job = stage().started()
    courier = job.running()
    world.pod().say("hello")
    job.steps(courier, lambda: job.log() == "hello\n", "its log")
    world.stop()
    world.pod().say("the end").end(0, state="succeeded")
    before = time.process_time()
    looks(job, courier)
    assert time.process_time() - before < 0.15
    world.start()
    assert job.end(courier).phase == "succeeded"
    assert job.log() == "hello\nthe end\n"


def test_the_watch_may_lag_behind_but_nothing_is_concluded_from_what_is_stale(
    stage: Make, world: World
) -> None:
    job = stage().started()
    courier = job.running()
    world.pod().say("hello")
    job.steps(courier, lambda: job.log() == "hello\n", "its log")
    world.stop()
    until(lambda: courier._outlooks["default"]._pods.stale_since, "the courier has noticed")
    for _ in range(5):
        courier.step()
    assert job.look().phase == "running"
    world.start()
    world.pod().end(0, state="succeeded")
    assert job.end(courier).phase == "succeeded"


# --- what somebody wants


def test_a_stop_is_a_stop_whoever_sees_its_end(stage: Make, world: World) -> None:
    """The courier that told the cluster dies; the next finds pods that SIGTERM has ended."""
    job = stage(workers=2).started()
    courier = job.running()
    world.on_term = lambda pod: None  # they take their time
    job.backend().stop(job.ref)
    job.steps(courier, lambda: job.facts().told_to_end, "the cluster is told")
    courier.close()
    for pod in world.all():
        pod.end(143, state="stopped", error=None)
    ended = job.end()
    assert (ended.phase, reason(ended)) == ("stopped", "stopped-by-user")
    assert states(ended) == {"worker-0": "stopped", "worker-1": "stopped"}
    job.nothing_is_left()


def test_a_failure_is_a_failure_whoever_sees_the_others_end(stage: Make, world: World) -> None:
    """Also one that looks like what we do ourselves: killed by SIGKILL, before we asked anybody."""
    job = stage(workers=2).started()
    courier = job.running()
    world.on_term = lambda pod: None
    world.pod("worker", 1).end(137, state="failed", error=None)
    job.steps(courier, lambda: job.facts().told_to_end, "the cluster is told")
    courier.close()
    world.pod("worker", 1).vanish()
    world.pod().end(143, state="stopped", error=None)
    ended = job.end()
    assert ended.phase == "failed"
    assert states(ended) == {"worker-0": "stopped", "worker-1": "failed"}


def test_what_a_replica_said_is_known_when_its_pod_is_gone(stage: Make, world: World) -> None:
    job = stage(workers=2).started()
    courier = job.running()
    world.obeys = False
    exits(world.pod("worker", 1), lambda: None)
    job.steps(courier, lambda: job.facts().ends, "its end is known")
    courier.close()
    world.pod("worker", 1).vanish()
    world.pod().end(143, state="stopped", error=None)
    ended = job.end()
    assert (ended.phase, reason(ended)) == ("failed", "exit-code")


def test_one_that_was_received_to_its_end_needs_no_pod(stage: Make, world: World) -> None:
    """The courier died between the last word and writing down what follows from it."""
    job = stage().started()
    courier = job.running()
    world.pod().end(0, state="succeeded")
    received = job.replica().path / ".received"
    until(lambda: json.loads(received.read_bytes())["end"], "the last word is received")
    courier.close()
    world.pod().vanish()
    assert job.end().phase == "succeeded"


def test_controllers_that_do_not_obey_are_gone_around(
    stage: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody ends the pods of a suspended job: then the job is deleted, and its pods with it."""
    monkeypatch.setattr(steering, "INSIST_SECONDS", 0.2)
    job = stage(workers=2).started()
    courier = job.running()
    world.obeys = False
    job.backend().stop(job.ref)
    ended = job.end(courier)
    assert (ended.phase, reason(ended)) == ("stopped", "stopped-by-user")
    job.nothing_is_left()


def test_a_webhook_that_does_not_answer_keeps_no_job_from_ending(
    stage: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing about a TrainJob can be changed while Trainer is away; it can be deleted."""
    monkeypatch.setattr(steering, "INSIST_SECONDS", 0.2)
    job = stage(workers=2).started()
    courier = job.running()
    said = json.dumps(status(500, "InternalError", "failed calling webhook")).encode()
    world.replies["PATCH", f"{TRAIN_JOBS}/{job.facts().name}"] = (500, said)
    job.backend().stop(job.ref)
    ended = job.end(courier)
    assert (ended.phase, reason(ended)) == ("stopped", "stopped-by-user")


GONE = status(404, "NotFound", 'namespaces "default" not found')
ENDING = status(
    403,
    "Forbidden",
    "unable to create new content in namespace default because it is being terminated",
    causes=[{"reason": "NamespaceTerminating"}],
)


@pytest.mark.parametrize("said", [GONE, ENDING], ids=["gone", "ending"])
def test_the_end_of_a_whole_namespace_is_told(stage: Make, world: World, said: Any) -> None:
    job = stage().started()
    courier = job.running()
    world.replies["POST", SECRETS] = (said["code"], json.dumps(said).encode())
    world.delete(TRAIN_JOBS, job.facts().name)
    ended = job.end(courier)
    assert (ended.phase, reason(ended)) == ("stopped", "namespace-deleted")


def test_a_job_that_counts_as_ended_is_deleted_sooner(
    stage: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The training operator ends none of the pods that outlive a chief: it counts as all."""
    monkeypatch.setattr(steering, "OVER_SECONDS", 0.2)
    job = stage(chief=True, workers=1, ps=1).started()
    courier = job.running()
    world.obeys = False
    condition = {"type": "Succeeded", "status": "True"}
    world.change(TRAIN_JOBS, job.facts().name, {"status": {"conditions": [condition]}})
    job.backend().stop(job.ref)
    assert job.end(courier).phase == "stopped"
    job.nothing_is_left()


def test_a_job_that_is_deleted_by_somebody_was_stopped(stage: Make, world: World) -> None:
    job = stage().started()
    courier = job.running()
    world.delete(TRAIN_JOBS, job.facts().name)
    ended = job.end(courier)
    assert (ended.phase, reason(ended)) == ("stopped", "stopped-from-outside")


def test_a_job_that_is_suspended_by_somebody_has_failed(stage: Make, world: World) -> None:
    """Were it let go again, what has run would run a second time."""
    job = stage().started()
    courier = job.running()
    world.change(TRAIN_JOBS, job.facts().name, {"spec": {"suspend": True}})
    ended = job.end(courier)
    assert (ended.phase, reason(ended)) == ("failed", "suspended-from-outside")
    assert len(world.began) == 1


def test_a_job_that_its_controller_gives_up_without_pods_has_failed(
    stage: Make, world: World
) -> None:
    world.obeys = False
    job = stage().started()
    courier = job.courier()
    job.steps(courier, lambda: job.look().phase == "starting", "it waits")
    condition = {"type": "Failed", "status": "True", "message": "no patience"}
    world.change(TRAIN_JOBS, job.facts().name, {"status": {"conditions": [condition]}})
    ended = job.end(courier)
    assert ended.cause == Cause("given-up", {"why": "no patience"})


def test_the_others_keep_their_grace_while_servers_could_go(
    stage: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cluster ends all pods of a job at once, so it is not told before the last may go."""
    job = stage(chief=True, workers=1, ps=1).started()
    courier = job.running()
    world.pod("chief").end(0, state="succeeded")
    looks(job, courier)
    assert job.facts().told_to_end is None
    world.pod("worker").say("my last checkpoint").end(0, state="succeeded")
    ended = job.end(courier)
    assert ended.phase == "succeeded"
    assert states(ended) == {"chief-0": "succeeded", "worker-0": "succeeded", "ps-0": "stopped"}
