"""Reconcilers and executors that are broken on purpose; the histories must catch each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from longboat.backends.base import AttemptRef, Backend, Observation
from longboat.explain.cause import Cause
from longboat.jobs.actions import Action, Conclude, Record, Remove, Settle, Start, Stop, Succeed
from longboat.jobs.executor import Executor
from longboat.jobs.reconcile import reconcile as real
from longboat.records.status import FINAL, Intent, JobRecord, JobStatus

Reconcile = Callable[..., list[Action]]
RECONCILERS: dict[str, Reconcile] = {}
EXECUTORS: dict[str, type[Executor]] = {}


def _reconciler(broken: Reconcile) -> Reconcile:
    RECONCILERS[broken.__name__] = broken
    return broken


def _executor(broken: type[Executor]) -> type[Executor]:
    EXECUTORS[broken.__name__] = broken
    return broken


def _with_retries(record: JobRecord, retries: int) -> JobRecord:
    return replace(record, spec=replace(record.spec, retries=retries))


def _exchange(
    actions: list[Action], kind: type, new: Callable[[Any], list[Action]]
) -> list[Action]:
    return [b for a in actions for b in (new(a) if isinstance(a, kind) else [a])]


# --- retries and attempts


@_reconciler
def retries_once_too_often(record: JobRecord, *rest: Any) -> list[Action]:
    return real(_with_retries(record, record.spec.retries + 1), *rest)


@_reconciler
def never_retries(record: JobRecord, *rest: Any) -> list[Action]:
    return real(_with_retries(record, 0), *rest)


@_reconciler
def retries_the_hopeless(
    record: JobRecord, intent: Intent, status: JobStatus, seen: Observation, *rest: Any
) -> list[Action]:
    other = replace(seen, cause=Cause("cell-failed")) if seen.phase == "failed" else seen
    return real(record, intent, status, other, *rest)


@_reconciler
def retries_what_was_stopped(
    record: JobRecord, intent: Intent, status: JobStatus, seen: Observation, *rest: Any
) -> list[Action]:
    failed = replace(seen, phase="failed") if seen.phase == "stopped" else seen
    return real(record, intent, status, failed, *rest)


@_reconciler
def retries_what_is_slow(
    record: JobRecord, intent: Intent, status: JobStatus, seen: Observation, *rest: Any
) -> list[Action]:
    slow = seen.phase == status.state == "starting"
    return real(record, intent, status, replace(seen, phase="failed") if slow else seen, *rest)


@_reconciler
def retries_under_the_same_number(
    record: JobRecord, intent: Intent, status: JobStatus, *rest: Any
) -> list[Action]:
    def same(action: Record) -> list[Action]:
        return [Record(replace(action.status, attempt=status.attempt))]

    return _exchange(real(record, intent, status, *rest), Record, same)


@_reconciler
def starts_an_attempt_that_is_not_recorded(
    record: JobRecord, intent: Intent, status: JobStatus, *rest: Any
) -> list[Action]:
    def early(action: Record) -> list[Action]:
        if action.status.attempt == status.attempt:
            return [action]
        return [Start(AttemptRef(record.id, action.status.attempt)), action]

    return _exchange(real(record, intent, status, *rest), Record, early)


@_reconciler
def starts_again_what_vanished(
    record: JobRecord, intent: Intent, status: JobStatus, seen: Observation, *rest: Any
) -> list[Action]:
    if seen.phase == "absent" and status.state in ("starting", "running"):
        return [Start(AttemptRef(record.id, status.attempt))]
    return real(record, intent, status, seen, *rest)


@_reconciler
def waits_for_what_vanished(
    record: JobRecord, intent: Intent, status: JobStatus, seen: Observation, *rest: Any
) -> list[Action]:
    if seen.phase == "absent" and status.state in ("starting", "running"):
        return []
    return real(record, intent, status, seen, *rest)


@_reconciler
def jumps_the_queue(
    record: JobRecord,
    intent: Intent,
    status: JobStatus,
    seen: Observation,
    now: float,
    ahead: int,
    *rest: Any,
) -> list[Action]:
    return real(record, intent, status, seen, now, 0, *rest)


# --- displacements


@_reconciler
def counts_displacements_as_retries(*given: Any) -> list[Action]:
    def forgetful(action: Record) -> list[Action]:
        return [Record(replace(action.status, displaced=0))]

    return _exchange(real(*given), Record, forgetful)


@_reconciler
def goes_on_without_end(
    record: JobRecord, intent: Intent, status: JobStatus, *rest: Any
) -> list[Action]:
    return real(record, intent, replace(status, fruitless=0), *rest)


@_reconciler
def gives_up_what_is_displaced(
    record: JobRecord, intent: Intent, status: JobStatus, *rest: Any
) -> list[Action]:
    return real(record, intent, replace(status, fruitless=99), *rest)


# --- stops and deadlines


@_reconciler
def ignores_stops(record: JobRecord, intent: Intent, *rest: Any) -> list[Action]:
    return real(record, intent if intent.target == "remove" else Intent("run", 0.0), *rest)


@_reconciler
def ignores_stops_of_what_is_queued(
    record: JobRecord, intent: Intent, status: JobStatus, seen: Observation, *rest: Any
) -> list[Action]:
    ignored = seen.phase == "absent" and status.state == "queued"
    return real(record, Intent("run", 0.0) if ignored else intent, status, seen, *rest)


@_reconciler
def ends_before_the_processes(
    record: JobRecord, intent: Intent, status: JobStatus, *rest: Any
) -> list[Action]:
    def at_once(action: Stop) -> list[Action]:
        return [action, Conclude(replace(status, state="stopped", reason="stopped-by-user"))]

    return _exchange(real(record, intent, status, *rest), Stop, at_once)


@_reconciler
def stops_only_once(
    record: JobRecord, intent: Intent, status: JobStatus, *rest: Any
) -> list[Action]:
    actions = real(record, intent, status, *rest)
    return _exchange(actions, Stop, lambda action: [] if status.ending else [action])


@_reconciler
def does_not_record_why_it_stops(*given: Any) -> list[Action]:
    def silent(action: Record) -> list[Action]:
        return [Record(replace(action.status, ending=""))]

    return _exchange(real(*given), Record, silent)


@_reconciler
def ignores_deadlines(record: JobRecord, *rest: Any) -> list[Action]:
    return real(replace(record, spec=replace(record.spec, deadline=None)), *rest)


# --- the end


@_reconciler
def succeeds_without_registering(*given: Any) -> list[Action]:
    return _exchange(real(*given), Succeed, lambda action: [Conclude(action.status)])


@_reconciler
def calls_a_failure_a_success(*given: Any) -> list[Action]:
    def lie(action: Conclude) -> list[Action]:
        state = "succeeded" if action.status.state == "failed" else action.status.state
        return [Conclude(replace(action.status, state=state))]

    return _exchange(real(*given), Conclude, lie)


@_reconciler
def prefers_the_stop_to_the_success(
    record: JobRecord, intent: Intent, status: JobStatus, seen: Observation, *rest: Any
) -> list[Action]:
    if seen.phase == "succeeded" and intent.target != "run":
        seen = replace(seen, phase="stopped")
    return real(record, intent, status, seen, *rest)


@_reconciler
def keeps_secrets(*given: Any) -> list[Action]:
    return _exchange(real(*given), Conclude, lambda action: [Record(action.status)])


@_reconciler
def revises_the_end(
    record: JobRecord, intent: Intent, status: JobStatus, *rest: Any
) -> list[Action]:
    if status.state in FINAL and status.state != "stopped" and intent.target != "run":
        return [Conclude(replace(status, state="stopped", reason="stopped-by-user"))]
    return real(record, intent, status, *rest)


@_reconciler
def never_settles(*given: Any) -> list[Action]:
    return _exchange(real(*given), Settle, lambda action: [])


@_reconciler
def settles_without_cleaning(*given: Any) -> list[Action]:
    return _exchange(real(*given), Settle, lambda action: [Record(action.status)])


@_reconciler
def settles_with_the_end(*given: Any) -> list[Action]:
    def early(action: Conclude) -> list[Action]:
        return [Conclude(replace(action.status, settled=True))]

    return _exchange(real(*given), Conclude, early)


@_reconciler
def removes_before_cleaning(
    record: JobRecord, intent: Intent, status: JobStatus, *rest: Any
) -> list[Action]:
    if status.state in FINAL and intent.target == "remove":
        return [Remove()]
    return real(record, intent, status, *rest)


@_reconciler
def removes_what_was_to_stop(
    record: JobRecord, intent: Intent, status: JobStatus, *rest: Any
) -> list[Action]:
    if status.state in FINAL and intent.target == "stop":
        return [Settle(replace(status, settled=True)), Remove()]
    return real(record, intent, status, *rest)


@_reconciler
def never_removes(*given: Any) -> list[Action]:
    return _exchange(real(*given), Remove, lambda action: [])


# --- carrying it out in another order


@_executor
class ForgetsSecretsLast(Executor):
    def _conclude(self, record: JobRecord, old: JobStatus, new: JobStatus) -> None:
        self._write(record, old, new)
        self._store.forget_secrets(record.id)


@_executor
class CleansAfterSettling(Executor):
    def _settle(self, record: JobRecord, new: JobStatus, backend: Backend) -> None:
        self._store.write_status(record.id, new)
        self._index.put(record, new)
        for attempt in range(1, new.attempt + 1):
            backend.clean(AttemptRef(record.id, attempt))


@_executor
class CleansTheLastAttemptOnly(Executor):
    def _settle(self, record: JobRecord, new: JobStatus, backend: Backend) -> None:
        backend.clean(AttemptRef(record.id, new.attempt))
        self._store.write_status(record.id, new)
        self._index.put(record, new)


@_executor
class WritesTheFactBeforeTheHistory(Executor):
    def _write(self, record: JobRecord, old: JobStatus, new: JobStatus) -> None:
        self._store.write_status(record.id, new)
        self._tell(record.id, new)
        self._index.put(record, new)


@_executor
class TellsTwice(Executor):
    def _tell(self, job_id: str, status: JobStatus) -> None:
        told = {name: getattr(status, name) for name in ("state", "reason", "message", "attempt")}
        self._store.append_event(job_id, "state", **told)


@_executor
class IndexesBeforeItIsTrue(Executor):
    def _settle(self, record: JobRecord, new: JobStatus, backend: Backend) -> None:
        self._index.put(record, new)
        super()._settle(record, new, backend)


@_executor
class ErasesAfterRemoving(Executor):
    def execute(
        self, action: Action, record: JobRecord, status: JobStatus, backend: Backend
    ) -> bool:
        if isinstance(action, Remove):
            self._store.remove(record.id)
            backend.erase(record.id)
        return super().execute(action, record, status, backend)
