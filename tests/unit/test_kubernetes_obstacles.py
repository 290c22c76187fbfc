"""What keeps a live attempt from being seen, or from beginning: told, and no end of it."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from kubernetes_pod import PlayedPod
from kubernetes_stage import (
    Stage,
    looks,
    reason,
    stage,
    states,
    world,
)
from kubernetes_world import FORBIDDEN, TRAIN_JOBS, World
from msgspec.structs import replace

from longboat.backends.kubernetes.courier import gang, outlook
from longboat.backends.kubernetes.receiving import files as receiving_files

__all__ = ["stage", "world"]

Make = Callable[..., Stage]
Look = Callable[[], None]
"""Has the courier see how it is, if there is one."""
Happening = Callable[[PlayedPod, Look], None]


# --- what keeps us from looking


def test_rights_that_are_missing_are_told_and_end_nothing(
    stage: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = stage().started()
    courier = job.running()
    name = job.facts().name
    world.replies["PATCH", f"{TRAIN_JOBS}/{name}"] = FORBIDDEN
    job.backend().stop(job.ref)
    job.steps(courier, lambda: reason(job.look()), "it says what is wrong")
    assert (job.look().phase, reason(job.look())) == ("running", "cluster-refused")
    del world.replies["PATCH", f"{TRAIN_JOBS}/{name}"]
    assert job.end(courier).phase == "stopped"


def test_a_silence_is_told_when_it_lasts(
    stage: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlook, "PATIENCE_SECONDS", 0.1)
    job = stage().started()
    courier = job.running()
    world.stop()
    job.steps(courier, lambda: reason(job.look()) == "cluster-silent", "it says so")
    assert job.look().phase == "running"
    world.start()
    job.steps(courier, lambda: not job.look().cause, "it is heard again")


def test_a_received_state_that_is_damaged_ends_the_attempt_with_a_sentence(
    stage: Make, world: World
) -> None:
    job = stage(workers=2).started()
    job.running().close()
    (job.replica().path / ".received").write_bytes(b"{")
    ended = job.end()
    assert (ended.phase, reason(ended)) == ("failed", "record-damaged")
    job.nothing_is_left()


def test_a_disk_that_is_full_for_a_while_costs_nothing(
    stage: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever thread comes upon it, nothing counts as received that is not on the disk."""
    job = stage().started()
    courier = job.running()
    real, full = os.write, True

    def write(descriptor: int, data: bytes) -> int:
        if full:
            raise OSError(28, "No space left on device")
        return real(descriptor, data)

    monkeypatch.setattr(receiving_files.os, "write", write)
    for number in range(50):
        world.pod().say(f"line {number}")
        courier.step()
    full = False
    world.pod().end(0, state="succeeded")
    assert job.end(courier).phase == "succeeded"
    assert job.log() == "".join(f"line {number}\n" for number in range(50))


# --- all or none


def test_half_a_job_gives_back_what_it_holds_and_comes_again(
    stage: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gang, "HOLD_SECONDS", 0.1)
    monkeypatch.setattr(gang, "PAUSE_SECONDS", (0.3, 0.3))
    world.room = 1
    job = stage(workers=2).started()
    courier = job.courier()
    job.steps(courier, lambda: job.facts().suspended, "it gives back its place")
    world.room = None
    job.running(courier)
    assert (job.look().phase, job.facts().suspended) == ("running", False)
    for pod in world.all():
        pod.say("once").end(0, state="succeeded")
    assert job.end(courier).phase == "succeeded"
    assert (job.log(), job.log("worker", 1)) == ("once\n", "once\n")


def test_a_stop_reaches_one_that_has_given_back_its_places(
    stage: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gang, "HOLD_SECONDS", 0.1)
    world.room = 1
    job = stage(workers=2).started()
    courier = job.courier()
    job.steps(courier, lambda: job.facts().suspended, "it gives back its place")
    job.backend().stop(job.ref)
    ended = job.end(courier)
    assert (ended.phase, reason(ended)) == ("stopped", "stopped-by-user")
    assert set(states(ended).values()) == {"stopped"}


def test_a_queue_decides_when_a_job_is_let_go(
    stage: Make, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = stage(workers=2)
    job.config = replace(job.config, queue="ours")
    courier = job.started().courier()
    job.steps(courier, lambda: reason(job.look()) == "waiting-queue", "it says so")
    looks(job, courier)
    assert world.all() == []
    world.change(TRAIN_JOBS, job.facts().name, {"spec": {"suspend": False}})
    job.running(courier)
