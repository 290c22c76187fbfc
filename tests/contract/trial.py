"""One job under test: its snapshot, its run directory and what can be asked of it."""

from __future__ import annotations

import secrets as random
from collections.abc import Callable
from pathlib import Path

import msgspec

from contract.place import Place
from contract.scenario import Scenario, take_snapshot
from longboat.backends.base import AttemptRef, Backend, Cause, Launch, Observation
from longboat.records.layout import ReplicaDirectory, RunDirectory
from longboat.records.status import ReplicaStatus
from longboat.spec.job import JobSpec, Kind, Replica, Resources

MIB = 1 << 20
ENDED = ("succeeded", "failed", "stopped")
LIMIT = 60.0
"""Seconds after which a condition counts as never met."""


class Trial:
    """A job of the suite; every call goes through a backend that knows nothing from before."""

    def __init__(
        self,
        place: Place,
        scenario: Scenario,
        *,
        entry: str = "main.py",
        secrets: dict[str, str] | None = None,
        **wanted: object,
    ) -> None:
        self.place = place
        # No other run of the suite on this machine may take our processes for its own.
        self.id = f"j{random.token_hex(5)}"
        kind: Kind = "script" if entry.endswith(".py") else "notebook"
        fields = {
            "resources": Resources(cpu=place.small, memory=256 * MIB),
            "secrets": tuple(secrets or ()),
            **wanted,
        }
        self.spec = JobSpec(name="trial", entry=entry, kind=kind, model="trial", **fields)
        self.run: RunDirectory = place.home.run(self.id)
        self.run.path.mkdir(parents=True)
        self._snapshot = take_snapshot(place.home, self.id, scenario, entry)
        self._secrets = self._write_secrets(secrets) if secrets else None

    def _write_secrets(self, secrets: dict[str, str]) -> Path:
        self.place.home.secrets.mkdir(mode=0o700, exist_ok=True)
        path = self.place.home.secrets / self.id
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(secrets))
        return path

    @property
    def backend(self) -> Backend:
        """A new backend object."""
        return self.place.backend()

    def ref(self, attempt: int = 1) -> AttemptRef:
        """Name one attempt."""
        return AttemptRef(self.id, attempt)

    def launch(self, attempt: int = 1) -> Launch:
        """Say all that a backend needs."""
        return Launch(
            ref=self.ref(attempt),
            spec=self.spec,
            run_directory=self.run.path,
            snapshot=self._snapshot,
            snapshots_root=self.place.home.snapshots,
            guest=self.place.guest,
            secrets_file=self._secrets,
        )

    def start(self, attempt: int = 1) -> Cause | None:
        """Start an attempt."""
        return self.backend.start(self.launch(attempt))

    def started(self) -> Trial:
        """Start the first attempt, which must be accepted."""
        assert self.start() is None
        return self

    def waits(self) -> Cause:
        """Start the first attempt where there is no room for it; give what it waits for.

        A place may refuse it, or accept it and let it wait; nothing of it runs either way.
        """
        refused = self.start()
        waiting = refused or cause(self.until("waiting"))
        phase = "absent" if refused else "waiting"
        self.wait(
            lambda: self.look().phase == phase and not self.place.survivors(self.id),
            "it waits, and nothing of it runs",
        )
        assert not self.log()
        return waiting

    def look(self, attempt: int = 1) -> Observation:
        """Observe one attempt."""
        ref = self.ref(attempt)
        return self.backend.observe([ref])[ref]

    def until(self, *phases: str, attempt: int = 1) -> Observation:
        """Wait for one of these phases."""
        found = self.look(attempt)
        deadline = self.place.now() + LIMIT
        while found.phase not in phases:
            assert found.phase not in ENDED, f"ended as {found}, not {phases}: {self.logs(attempt)}"
            assert self.place.now() < deadline, f"still {found}, not {phases}: {self.logs(attempt)}"
            self.place.pause()
            found = self.look(attempt)
        return found

    def end(self, attempt: int = 1) -> Observation:
        """Wait for the end, whichever it is."""
        return self.until(*ENDED, attempt=attempt)

    def wait(self, condition: Callable[[], object], what: str, limit: float = LIMIT) -> None:
        """Wait until a condition holds."""
        deadline = self.place.now() + limit
        while not condition():
            assert self.place.now() < deadline, f"not within {limit} s: {what}"
            self.place.pause()

    def said(self, text: str, replica: str = "worker-0", attempt: int = 1) -> None:
        """Wait until a replica has printed this line."""
        line = text.encode()
        self.wait(lambda: line in self.log(replica, attempt).splitlines(), f"{replica}: {text}")

    def open(self, gate: str) -> None:
        """Let the replicas pass a gate."""
        self.place.open_gate(self.id, gate)

    def folder(self, replica: str = "worker-0", attempt: int = 1) -> ReplicaDirectory:
        """Find what a replica left."""
        role, _, index = replica.partition("-")
        return self.run.attempt(attempt).replica(Replica(role, int(index)))

    def log(self, replica: str = "worker-0", attempt: int = 1) -> bytes:
        """Read a replica's log; empty while there is none."""
        path = self.folder(replica, attempt).log
        return path.read_bytes() if path.exists() else b""

    def logs(self, attempt: int = 1) -> str:
        """Show every log and error, for a failing assertion."""
        logs = {
            str(r): self.log(str(r), attempt).decode(errors="replace") for r in self.spec.replicas
        }
        return "\n".join(f"{name}:\n{text[-2000:]}" for name, text in logs.items())

    def nothing_is_left(self) -> None:
        """Demand that five seconds after now no process of the job lives."""
        left: list[str] = []

        def gone() -> bool:
            left[:] = self.place.survivors(self.id)
            return not left

        try:
            self.wait(gone, "no process of the job is left", limit=5)
        except AssertionError as error:
            raise AssertionError(f"{error}; left: {left}") from None


def states(observation: Observation) -> dict[str, str]:
    """Give the replicas' states by name."""
    return {str(status.replica): status.state for status in observation.replicas}


def replica(observation: Observation, name: str) -> ReplicaStatus:
    """Find one replica's status."""
    return {str(status.replica): status for status in observation.replicas}[name]


def cause(observation: Observation) -> Cause:
    """Give the cause, which must be there."""
    assert observation.cause is not None, f"no cause in {observation}"
    return observation.cause
