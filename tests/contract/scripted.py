"""A backend without processes: it plays the scenarios on a clock of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from contract.place import touch_gate
from contract.scripted_world import ScriptedAttempt, ScriptedWorld
from longboat.backends.base import ABSENT, AttemptRef, Backend, Launch, ModelNote, Observation
from longboat.errors import Problem
from longboat.explain.cause import Cause
from longboat.records.layout import Home
from longboat.spec.job import JobSpec, Resources


class ScriptedBackend:
    """The interface over a ``ScriptedWorld``; holds nothing itself."""

    name = "scripted"

    def __init__(self, world: ScriptedWorld) -> None:
        self._world = world

    def check(self, spec: JobSpec) -> list[Problem]:
        """See Backend."""
        problems = [
            Problem(name, f"The job wants more {name} than the whole place has; ask for less.")
            for name in ("cpu", "memory", "gpu")
            if getattr(spec.resources, name) * len(spec.replicas)
            > getattr(self._world.capacity, name)
        ]
        if spec.python and not Path(spec.python).exists():
            problems.append(Problem("python", f"There is no interpreter {spec.python}."))
        return problems

    def preview(self, launch: Launch) -> None:
        """See Backend."""

    def start(self, launch: Launch) -> Cause | None:
        """See Backend."""
        with self._world.lock:
            if launch.ref in self._world.attempts:
                return None
            missing = self._world.missing(launch.spec.resources, len(launch.spec.replicas))
            if missing is None:
                self._world.attempts[launch.ref] = ScriptedAttempt(launch)
            return missing

    def observe(self, refs: Sequence[AttemptRef]) -> Mapping[AttemptRef, Observation]:
        """See Backend."""
        attempts = self._world.attempts
        return {ref: attempts[ref].observation if ref in attempts else ABSENT for ref in refs}

    def stop(self, ref: AttemptRef) -> None:
        """See Backend."""
        attempt = self._world.attempts.get(ref)
        if attempt is not None and attempt.ended is None:
            attempt.stop(self._world.now)

    def publish(self, ref: AttemptRef, note: ModelNote) -> None:
        """See Backend."""

    def clean(self, ref: AttemptRef) -> None:
        """See Backend."""
        self._world.attempts.pop(ref, None)

    def erase(self, job: str) -> None:
        """See Backend."""


class ScriptedPlace:
    """See Place."""

    capacity = Resources(cpu=4.0, memory=8 << 30, gpu=1)
    small = 0.1

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.guest = folder / "unused.pyz"
        self._world = ScriptedWorld(self.capacity)

    def backend(self) -> Backend:
        """See Place."""
        return ScriptedBackend(self._world)

    def start_and_die(self, launch: Launch) -> None:
        """See Place."""
        assert self.backend().start(launch) is None

    def now(self) -> float:
        """See Place."""
        return self._world.now

    def pause(self) -> None:
        """See Place."""
        self._world.tick()

    def open_gate(self, job_id: str, name: str) -> None:
        """See Place."""
        touch_gate(self.home, job_id, name)

    def survivors(self, job_id: str) -> list[str]:
        """See Place."""
        return self._world.survivors(job_id)

    def close(self) -> None:
        """See Place."""
