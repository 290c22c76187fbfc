"""Services on this machine: a predictor's parent for each, detached, led by files and a signal."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping, Sequence

from longboat.backends.local.environment import inherited
from longboat.backends.local.pool import Lease, Pool, Shortage
from longboat.backends.local.predictor_python import Interpreter, choose
from longboat.backends.serving import (
    NOTHING,
    ServiceLaunch,
    ServiceObservation,
    ServicePhase,
    ServiceRef,
)
from longboat.errors import Problem, Unavailable
from longboat.explain.cause import Cause
from longboat.predictor import control
from longboat.predictor.control import PredictorRecord, PredictorState, Served, Target
from longboat.records.layout import Home
from longboat.spec.service import ServiceSpec
from longboat.system.identity import Identity, alive, host_identity, identify
from longboat.system.locks import FileLock
from longboat.system.spawn import detach

STOP_TIMEOUT = 45.0
"""Seconds that a parent may take to drain; longer than its children may."""
MAX_LOG = 1 << 20
"""Bytes of a log above which a new predictor begins it anew."""

PHASES: Mapping[PredictorState, ServicePhase] = {
    "loading": "starting",
    "ready": "running",
    "failed": "failed",
    "stopped": "starting",
}


class LocalServing:
    """Keeps nothing that a successor could not read again from the services' folders."""

    name = "local"

    def __init__(self, home: Home, pool: Pool | None = None) -> None:
        self._home = home
        self._pool = Pool() if pool is None else pool
        self._spawned: dict[str, Identity] = {}
        """Parents that may not yet hold their lock."""
        self._stopping: dict[str, float] = {}
        """When each was first asked to end (time.monotonic)."""

    def check(self, spec: ServiceSpec) -> list[Problem]:
        """Tell what is more than this machine has."""
        wanted = spec.resources
        return [
            Problem(
                f"resources.{shortage.resource}",
                f"It wants {shortage.wanted:g}, and this machine has {shortage.total:g}.",
            )
            for shortage in self._pool.lacking(wanted.cpu, wanted.memory, wanted.gpu)
        ]

    def apply(self, launch: ServiceLaunch) -> Cause | None:
        """Write the target; ring the parent, or start one."""
        self._stopping.pop(launch.spec.name, None)
        spec = launch.spec
        served = Served(spec.model, spec.version, str(launch.model), spec.options)
        target = Target(launch.generation, served)
        if control.read(launch.folder / control.TARGET, Target) != target:
            control.write(launch.folder / control.TARGET, target)
        ref = ServiceRef(spec.name, launch.folder)
        parent = self._parent(ref)
        if parent is not None:
            _signal(parent, signal.SIGHUP)
            return None
        if self._taken(ref):
            return None
        return self._start(launch)

    def observe(self, refs: Sequence[ServiceRef]) -> Mapping[str, ServiceObservation]:
        """Read what each parent wrote, if that parent lives."""
        return {ref.name: self._observe(ref) for ref in refs}

    def stop(self, ref: ServiceRef) -> None:
        """Send SIGTERM, and SIGKILL when that has not helped for long; children die with it."""
        parent = self._parent(ref) or self._spawned.get(ref.name)
        if parent is None:
            return
        first = self._stopping.setdefault(ref.name, time.monotonic())
        late = time.monotonic() - first > STOP_TIMEOUT
        _signal(parent, signal.SIGKILL if late else signal.SIGTERM)

    def _observe(self, ref: ServiceRef) -> ServiceObservation:
        record = self._record(ref)
        if record is None:
            return ServiceObservation("starting") if self._taken(ref) else NOTHING
        return ServiceObservation(
            PHASES[record.state],
            generation=record.generation,
            serving=record.serving.version if record.serving else None,
            url=record.url,
            message=record.message,
        )

    def _parent(self, ref: ServiceRef) -> Identity | None:
        record = self._record(ref)
        return None if record is None else _identity(record)

    def _record(self, ref: ServiceRef) -> PredictorRecord | None:
        """What the live parent wrote; of another host's, which we cannot see, the lock tells."""
        record = control.read(ref.folder / control.PREDICTOR, PredictorRecord)
        if record is None:
            return None
        lives = alive(_identity(record))
        return record if lives or (lives is None and self._lock(ref.name).held()) else None

    def _taken(self, ref: ServiceRef) -> bool:
        """A parent is there, or on its way, that has not introduced itself yet."""
        spawned = self._spawned.get(ref.name)
        if spawned is not None and not alive(spawned):
            del self._spawned[ref.name]
            spawned = None
        return spawned is not None or self._lock(ref.name).held()

    def _lock(self, name: str) -> FileLock:
        return FileLock(self._home.local / "services" / f"{name}.predictor")

    def _start(self, launch: ServiceLaunch) -> Cause | None:
        spec = launch.spec
        try:
            interpreter = choose(spec.python, self._home.guests)
        except Unavailable as error:
            return Cause("start-failed", {"replica": "The predictor", "error": str(error)})
        wanted = spec.resources
        lease = self._pool.acquire(wanted.cpu, wanted.memory, wanted.gpu)
        if isinstance(lease, Shortage):
            return Cause("waiting-resources", lease._asdict())
        log = launch.folder / control.LOG
        if log.exists() and log.stat().st_size > MAX_LOG:
            log.unlink()
        try:
            pid = detach(
                self._command(launch, interpreter.python),
                keep={lease.descriptor},
                log=log,
                environment=self._environment(spec, interpreter, lease),
            )
        except OSError as error:
            return Cause("start-failed", {"replica": "The predictor", "error": str(error)})
        finally:
            lease.close()
        identity = identify(pid)
        if identity is not None:
            self._spawned[spec.name] = identity
        return None

    def _command(self, launch: ServiceLaunch, python: str) -> list[str]:
        """The port is the one it had before, so that a restarted service keeps its address.

        A power cut may have taken the predictor's own word for it, which is not synced.
        """
        before = control.read(launch.folder / control.PREDICTOR, PredictorRecord)
        lock = self._lock(launch.spec.name).path
        lock.parent.mkdir(parents=True, exist_ok=True)
        return [
            python,
            *("-P", "-m", "longboat.predictor", str(launch.folder)),
            *("--host", host_identity(), "--lock", str(lock)),
            *("--port", str(before.port if before else launch.port)),
        ]

    def _environment(
        self, spec: ServiceSpec, interpreter: Interpreter, lease: Lease
    ) -> dict[str, str]:
        """What a replica inherits, too: no secrets of jobs; and only the GPUs that are leased."""
        modules = interpreter.path or os.environ.get("PYTHONPATH")
        return {
            **inherited(interpreter.python),
            **({"PYTHONPATH": modules} if modules else {}),
            control.SERVICE_ENV: spec.name,
            "LONGBOAT_HOME": str(self._home.path),
            "CUDA_VISIBLE_DEVICES": ",".join(map(str, lease.gpus)) or "-1",
            "TF_CPP_MIN_LOG_LEVEL": "1",
        }


def _identity(record: PredictorRecord) -> Identity:
    return Identity(record.host, record.pid, record.started)


def _signal(identity: Identity, number: signal.Signals) -> None:
    """Signal exactly this process: its pid may be another's by now (pidfd_open(2))."""
    try:
        descriptor = os.pidfd_open(identity.pid)
    except OSError:
        return
    try:
        if alive(identity):
            signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return
    finally:
        os.close(descriptor)
