"""The steps of player.py with the same meaning, but without a process."""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import json
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from contract.scenario import Step
from longboat.explain.cause import Cause
from longboat.guest import wire
from longboat.records.layout import ReplicaDirectory
from longboat.records.status import ReplicaState, ReplicaStatus
from longboat.spec.job import Kind, Replica

KILL_AFTER = 5.0
"""Seconds between SIGTERM and SIGKILL."""
_pids = itertools.count(1_000_000)


class ScriptedProcess:
    """One replica, which does at most one step a turn."""

    def __init__(
        self,
        replica: Replica,
        kind: Kind,
        steps: Sequence[Step],
        env: dict[str, str],
        folders: dict[str, Path],
        directory: ReplicaDirectory,
        memory_limit: int,
    ) -> None:
        self.replica, self.kind, self.steps, self.env = replica, kind, steps, env
        self.folders, self.directory, self.memory_limit = folders, directory, memory_limit
        self.state: ReplicaState = "pending"
        self.exit_code: int | None = None
        self.failure: Cause | None = None
        self.children: list[int] = []
        self._position = 0
        self._deaf = False
        self._term_code = -int(signal.SIGTERM)
        self._killed_at: float | None = None

    @property
    def status(self) -> ReplicaStatus:
        """What an observer is told."""
        return ReplicaStatus(self.replica.role, self.replica.index, self.state, self.exit_code)

    @property
    def live(self) -> bool:
        """Whether it has not ended."""
        return self.state in ("pending", "running")

    def begin(self) -> None:
        """Become a running process with its folders."""
        self.state = "running"
        self.directory.path.mkdir(parents=True, exist_ok=True)
        self.directory.log.touch()
        for folder in self.folders.values():
            folder.mkdir(parents=True, exist_ok=True)

    def turn(self, now: float) -> None:
        """Do the next step, or die of a signal whose time has come."""
        if self._killed_at is not None and now >= self._killed_at:
            self._end(-int(signal.SIGKILL), "stopped")
        elif self._position == len(self.steps):
            self._end(0, "succeeded")
        else:
            name, *arguments = self.steps[self._position]
            if getattr(self, f"do_{name}")(*arguments) is not False:
                self._position += 1

    def terminate(self, now: float) -> None:
        """Send SIGTERM, and SIGKILL later to one that does not listen."""
        if self.state == "pending" or not self._deaf:
            self._end(self._term_code, "stopped")
        elif self._killed_at is None:
            self._killed_at = now + KILL_AFTER

    def _end(self, code: int, state: ReplicaState, failure: Cause | None = None) -> None:
        self.exit_code, self.state, self.failure = code, state, failure
        self.children.clear()
        if self.directory.path.exists() and state != "stopped":
            error = {"reason": failure.reason} if failure else None
            word = {"state": state, "exit_code": code, "error": error}
            self.directory.status.write_text(json.dumps(word))

    def _print(self, text: str, end: str = "\n") -> None:
        with self.directory.log.open("ab") as log:
            log.write((text + end).encode())

    do_say: Callable[..., None] = _print
    do_complain: Callable[..., None] = _print

    def do_count(self, number: int) -> None:
        self._print("\n".join(f"line {i:07d}" for i in range(number)), end="")

    def do_bytes(self, text: str) -> None:
        with self.directory.log.open("ab") as log:
            log.write(bytes.fromhex(text))

    def do_env(self, name: str) -> None:
        self._print(f"{name}={self.env.get(name)}")

    def do_digest(self, name: str) -> None:
        self._print(f"{name} {hashlib.sha256(self.env.get(name, '').encode()).hexdigest()}")

    def do_parameters(self, defaults: dict[str, Any]) -> None:
        given = json.loads(self.env[wire.PARAMETERS])
        self._print(json.dumps({**defaults, **given}, sort_keys=True))

    def do_write(self, where: str, name: str, text: str) -> None:
        (self.folders[where] / name).write_text(text)

    def do_list(self, where: str) -> None:
        self._print(" ".join([where, *sorted(p.name for p in self.folders[where].iterdir())]))

    def do_gate(self, name: str) -> bool:
        return (self.folders["checkpoint"] / name).exists()

    def do_report(self, values: dict[str, float]) -> None:
        step = values.pop("step", None)
        line = wire.encode(wire.METRICS, step=step, values=values, source="report")
        wire.append(str(self.directory.events), line)

    def do_fork(self) -> None:
        self.children.append(next(_pids))
        self._print(f"grandchild {self.children[-1]}")

    def do_deaf(self) -> None:
        self._deaf = True

    def do_on_term(self, code: int) -> None:
        self._term_code = code

    def do_allocate(self, size: int) -> None:
        if size > self.memory_limit:
            details = {"replica": str(self.replica), "limit": self.memory_limit, "used": size}
            self._end(-int(signal.SIGKILL), "failed", Cause("out-of-memory", details))

    def do_hang(self) -> bool:
        return False

    def do_fail(self, name: str, text: str) -> None:
        self._raise({"ename": name, "evalue": text})

    def _raise(self, details: dict[str, str]) -> None:
        where = {"replica": str(self.replica), "line": 1}
        if self.kind == "notebook":
            where["cell"] = self._position + 2
        reason = "cell-failed" if self.kind == "notebook" else "script-failed"
        self._end(1, "failed", Cause(reason, {**where, **details}))

    def do_need(self, module: str) -> None:
        if importlib.util.find_spec(module) is None:
            details = {"replica": str(self.replica), "module": module}
            self._end(1, "failed", Cause("import-missing", details))

    def do_exit(self, code: int) -> None:
        details = {"replica": str(self.replica), "code": code}
        failure = Cause("exit-code", details) if code else None
        self._end(code, "failed" if code else "succeeded", failure)

    def do_die(self, number: int) -> None:
        details = {"replica": str(self.replica), "signal": number}
        self._end(-number, "failed", Cause("killed", details))
