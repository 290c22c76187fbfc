"""The pure part of services, against a model of a backend that fails and forgets at random."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from longboat.backends.serving import NOTHING, ServiceObservation
from longboat.services.reconcile import (
    BACKOFF,
    MAX_STARTS,
    Apply,
    Record,
    Remove,
    Stop,
    reconcile,
)
from longboat.services.record import ServiceIntent, ServiceStatus
from longboat.spec.service import ServiceSpec

URL = "http://127.0.0.1:1"


def wanted(version: int = 1, generation: int = 1, target: Any = "run") -> ServiceIntent:
    spec = ServiceSpec(name="s", model="m", version=version)
    return ServiceIntent(spec=spec, target=target, generation=generation, created=0.0)


def seen(phase: Any, serving: int | None, generation: int = 1, **more: Any) -> ServiceObservation:
    return ServiceObservation(phase, generation=generation, serving=serving, url=URL, **more)


def test_starts_what_is_not_there_and_records_what_it_becomes() -> None:
    (apply,) = reconcile(wanted(), ServiceStatus(), NOTHING, 100.0)
    assert isinstance(apply, Apply)
    (record,) = reconcile(wanted(), apply.status, seen("running", 1), 101.0)
    assert isinstance(record, Record)
    assert (record.status.state, record.status.settled) == ("running", True)
    assert reconcile(wanted(), record.status, seen("running", 1), 102.0) == []


def test_a_switch_keeps_the_old_version_in_the_picture() -> None:
    running = ServiceStatus(generation=1, state="running", settled=True, serving=1, url=URL)
    (apply,) = reconcile(wanted(2, 2), running, seen("running", 1), 0.0)
    assert isinstance(apply, Apply)
    assert (apply.status.state, apply.status.settled) == ("running", False)
    assert "version 1 answers until then" in apply.status.message
    (record,) = reconcile(
        wanted(2, 2), apply.status, seen("failed", 1, 2, message="No variables."), 0.0
    )
    assert isinstance(record, Record)
    assert (record.status.state, record.status.reason) == ("running", "switch-failed")
    assert "Version 2 cannot be served, version 1 goes on: No variables." in record.status.message


def test_a_predictor_that_keeps_ending_is_tried_ever_more_seldom() -> None:
    status, now, pauses = ServiceStatus(), 1000.0, []
    for _ in range(12):
        actions = reconcile(wanted(), status, NOTHING, now)
        began = now
        while not actions:
            now += 0.5
            actions = reconcile(wanted(), status, NOTHING, now)
        pauses.append(now - began)
        (apply,) = actions
        assert isinstance(apply, Apply)
        status = apply.status
    assert pauses == sorted(pauses)
    assert pauses[-1] == BACKOFF[-1]
    assert (status.state, status.starts) == ("failed", 12)
    assert "predictor.log" in status.message
    assert reconcile(wanted(), status, NOTHING, now - 10_000)  # the clock was set back


def test_a_predictor_that_keeps_ending_is_failed_while_it_is_tried_again() -> None:
    status = ServiceStatus(generation=1, starts=MAX_STARTS, retry_at=100.0)
    (apply,) = reconcile(wanted(), status, NOTHING, 100.0)
    assert isinstance(apply, Apply)
    silent = ServiceObservation("starting")
    assert reconcile(wanted(), apply.status, silent, 101.0) == []
    (record,) = reconcile(wanted(), apply.status, seen("starting", None), 102.0)
    assert isinstance(record, Record)
    assert (record.status.state, record.status.reason) == ("starting", "")


def test_undeploy_stops_then_forgets() -> None:
    intent = wanted(generation=2, target="stopped")
    assert reconcile(intent, ServiceStatus(), seen("running", 1), 0.0) == [Stop()]
    assert reconcile(intent, ServiceStatus(), NOTHING, 0.0) == [Remove()]


STEPS = st.lists(
    st.sampled_from(["step", "load", "break", "die", "deploy", "undeploy", "later"]), max_size=60
)


@given(steps=STEPS)
def test_any_history_ends_as_wanted(steps: list[str]) -> None:
    """Whatever happened, once things go well the wanted version answers, or nothing is left."""
    intent: ServiceIntent | None = wanted()
    status, now, world = ServiceStatus(), 1000.0, NOTHING

    def step() -> None:
        nonlocal intent, status, world
        if intent is None:
            return
        for action in reconcile(intent, status, world, now):
            match action:
                case Apply(new):
                    status = new
                    world = replace(
                        world, phase="starting", generation=intent.generation, url=URL, message=""
                    )
                case Record(new):
                    status = new
                case Stop():
                    world = NOTHING
                case Remove():
                    assert world == NOTHING
                    intent = None

    def load() -> None:
        nonlocal world
        if world.phase == "starting" and intent is not None:
            world = replace(world, phase="running", serving=intent.spec.version)

    for name in steps:
        if name == "step":
            step()
        elif name == "load":
            load()
        elif name == "break" and world.phase == "starting":
            world = replace(world, phase="failed", message="broken")
        elif name == "die":
            world = NOTHING
        elif name == "later":
            now += 7
        elif name in ("deploy", "undeploy") and intent is not None:
            intent = replace(
                intent,
                target="run" if name == "deploy" else "stopped",
                generation=intent.generation + 1,
                spec=replace(intent.spec, version=intent.spec.version + (name == "deploy")),
            )
    if intent is not None and intent.target == "run" and world.phase == "failed":
        intent = replace(intent, generation=intent.generation + 1)
    for _ in range(2 + MAX_STARTS):
        now += BACKOFF[-1]
        step()
        load()
    if intent is None:
        assert world == NOTHING
    else:
        assert (status.state, status.settled) == ("running", True)
        assert status.serving == intent.spec.version == world.serving
        assert status.generation == intent.generation
