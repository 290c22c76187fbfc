"""A model of a place where jobs run: its clock, its room, its attempts."""

from __future__ import annotations

import json
import shutil
import threading
from typing import Literal

import msgspec

from contract.scenario import lay_out
from contract.scripted_process import ScriptedProcess
from longboat.backends.base import AttemptRef, Launch, Observation
from longboat.explain.cause import Cause
from longboat.guest import wire
from longboat.records.layout import RunDirectory
from longboat.spec.job import Replica, Resources

GRACE = {"worker": 10.0, "ps": 3.0, "evaluator": 60.0}
"""Seconds that the others get after their leader has succeeded, by role."""
Verdict = Literal["succeeded", "failed", "stopped"]


class ScriptedAttempt:
    """All replicas of one attempt, from accepted to ended."""

    def __init__(self, launch: Launch) -> None:
        self.resources = launch.spec.resources
        self.count = len(launch.spec.replicas)
        self.leader = launch.spec.leader
        secrets = json.loads(launch.secrets_file.read_bytes()) if launch.secrets_file else {}
        self.processes = [_process(launch, replica, secrets) for replica in launch.spec.replicas]
        self.verdict: Verdict | None = None
        self.cause: Cause | None = None
        self.started: float | None = None
        self.ended: float | None = None
        self._decided_at: float | None = None
        self._hurried = False

    @property
    def live(self) -> list[ScriptedProcess]:
        """The replicas that have not ended."""
        return [process for process in self.processes if process.live]

    def turn(self, now: float) -> None:
        """Let a little happen."""
        if self.started is None:
            self.started = now
            for process in self.live:
                process.begin()
        for process in self.live:
            process.turn(now)
            self._judge(process, now)
        for process in self.live:
            if self._decided_at is not None and now >= self._decided_at + self._grace(process):
                process.terminate(now)
        if not self.live and self.ended is None:
            self._finish(now)

    def stop(self, now: float) -> None:
        """End because somebody asked for it."""
        self._decide("stopped", None, now)

    def _judge(self, process: ScriptedProcess, now: float) -> None:
        if process.state == "failed" and process.replica.role != "evaluator":
            self._decide("failed", process.failure, now)
        elif process.state == "succeeded" and process.replica == self.leader:
            self._decide("succeeded", None, now)

    def _decide(self, verdict: Verdict, cause: Cause | None, now: float) -> None:
        if self.verdict is None:
            self.verdict, self.cause, self._decided_at = verdict, cause, now
        self._hurried |= verdict == "stopped"

    def _grace(self, process: ScriptedProcess) -> float:
        """How long it has, from the moment of the decision."""
        if self.verdict != "succeeded" or self._hurried:
            return 0.0
        return GRACE[process.replica.role]

    def _finish(self, now: float) -> None:
        self.ended = now
        for process in self.processes:
            if process.replica != self.leader:
                shutil.rmtree(process.folders["model"], ignore_errors=True)

    @property
    def observation(self) -> Observation:
        """What an observer is told."""
        phase = "running" if self.started is not None else "starting"
        final = self.ended is not None
        return Observation(
            self.verdict if final and self.verdict else phase,
            tuple(process.status for process in self.processes),
            self.cause if final else None,
            self.started,
            self.ended,
        )


def _process(launch: Launch, replica: Replica, secrets: dict[str, str]) -> ScriptedProcess:
    spec, run = launch.spec, RunDirectory(launch.run_directory)
    directory = run.attempt(launch.ref.attempt).replica(replica)
    leads = replica == spec.leader
    folders = {
        "work": directory.work,
        "model": directory.model if leads else directory.path / ".thrown-away",
        "checkpoint": run.checkpoints,
    }
    env = {
        **spec.env,
        **secrets,
        wire.JOB_ID: launch.ref.job,
        wire.JOB_NAME: spec.name,
        wire.ATTEMPT: str(launch.ref.attempt),
        wire.ROLE: f"{replica.role}:{replica.index}",
        wire.PARAMETERS: msgspec.json.encode(spec.parameters).decode(),
    }
    scenario = lay_out(launch.snapshots_root, launch.snapshot, directory.work)
    steps = scenario.get(str(replica), scenario.get("*", []))
    limit = spec.resources.memory
    return ScriptedProcess(replica, spec.kind, steps, env, folders, directory, limit)


class ScriptedWorld:
    """What lasts while backend objects come and go."""

    TICK = 0.1

    def __init__(self, capacity: Resources) -> None:
        self.capacity = capacity
        self.now = 1_000_000.0
        self.lock = threading.Lock()
        self.attempts: dict[AttemptRef, ScriptedAttempt] = {}

    def tick(self) -> None:
        """Let a tenth of a second pass."""
        self.now += self.TICK
        for attempt in list(self.attempts.values()):
            if attempt.ended is None:
                attempt.turn(self.now)

    def missing(self, wanted: Resources, count: int) -> Cause | None:
        """Tell what there is too little of for ``count`` replicas more."""
        for name in ("cpu", "memory", "gpu"):
            total = getattr(self.capacity, name)
            held = sum(
                getattr(a.resources, name) * a.count
                for a in self.attempts.values()
                if a.ended is None
            )
            needed, free = getattr(wanted, name) * count, total - held
            if round(needed - free, 6) > 0:
                details = {"resource": name, "wanted": needed, "free": free, "total": total}
                return Cause("waiting-resources", details)
        return None

    def survivors(self, job_id: str) -> list[str]:
        """Name the live processes of a job."""
        mine = [a for ref, a in self.attempts.items() if ref.job == job_id]
        live = [str(p.replica) for a in mine for p in a.live]
        return live + [f"pid {pid}" for a in mine for p in a.processes for pid in p.children]
