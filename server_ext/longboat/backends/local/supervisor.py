"""The supervisor of one attempt: prepares it, watches over it, ends it, and has the final word.

A process of its own, forked from the steward and independent of it ever after, with one thread and
one loop. What it knows is in supervisor.json; if it dies without a final word, its keepers end
everything and whoever looks next writes that word (lost.py).
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import time
from collections.abc import Mapping

from msgspec.structs import replace

from longboat.backends.local.member import Member
from longboat.backends.local.preparation import prepare
from longboat.backends.local.record import AttemptFacts, read_facts, write_facts
from longboat.backends.local.reserve import give_room
from longboat.backends.local.task import Task
from longboat.backends.verdict import Decision, Request, Scene, Verdict, decide
from longboat.explain.cause import Cause
from longboat.records.layout import RunDirectory
from longboat.spec.job import Replica
from longboat.summoning import lock_in
from longboat.system import prctl
from longboat.system.processes import end_descendants, table
from longboat.system.spawn import BLOCKED, detach
from longboat.system.sweep import sweep
from longboat.system.wake import ring

_SAMPLE_SECONDS = 1.0
_END_SECONDS = 4.0
_FULL_DISK_SECONDS = 60.0
"""How long to try for the final word when the disk has no room for it."""
_FULL_DISK_PAUSE = 0.5


def supervise(task: Task, go: int) -> None:
    """Be the supervisor once the record names this process; without that do nothing.

    The starter writes the record and then closes ``go``. Should it die in between, the record
    alone decides whether the attempt exists.
    """
    while os.read(go, 1):
        pass
    os.close(go)
    facts = read_facts(task.attempt.supervisor)
    if facts is not None and facts.supervisor.pid == os.getpid():
        _Supervisor(task, facts).run()


class _Supervisor:
    def __init__(self, task: Task, facts: AttemptFacts) -> None:
        self._task = task
        self._facts = facts
        spec = task.launch.spec
        self._members = [
            Member(replica, task.attempt.replica(replica), spec.resources.memory)
            for replica in spec.replicas
        ]
        self._request: Request | None = None
        self._sampled_at = time.monotonic()
        self._wakeup, signalled = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        prctl.set_name("longboat-superv")
        prctl.adopt_orphans()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, self._on_signal)
        signal.set_wakeup_fd(signalled, warn_on_full_buffer=False)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, BLOCKED)

    def _on_signal(self, number: int, frame: object) -> None:
        """SIGTERM with a stop file is a stop; without one somebody ends us, and so the attempt."""
        if number != signal.SIGCHLD and not self._stop_file():
            self._ask(Request(time.monotonic(), "failed", Cause("supervisor-lost")))

    def _stop_file(self) -> bool:
        """Look for a request to stop, and note it."""
        if not self._task.attempt.stop.exists():
            return False
        self._ask(Request(time.monotonic(), "stopped", Cause("stopped-by-user")))
        return True

    def _ask(self, request: Request) -> None:
        self._request = self._request or request

    def run(self) -> None:
        """See the attempt through."""
        self._stop_file()
        held = prepare(self._task, self._members, lambda: self._request is None)
        if isinstance(held, Cause):
            self._ask(Request(time.monotonic(), "failed", held))
        self._save()
        verdict = self._watch(kill=not isinstance(held, Mapping))
        self._finish(verdict, held if isinstance(held, Mapping) else {})

    def _watch(self, kill: bool) -> Verdict:
        """Turn the loop until no replica runs; ``kill`` those that were started in vain."""
        for member in self._members:
            if kill:
                member.give_up()
        while True:
            decision = decide(self._scene())
            if decision.verdict is not None:
                return decision.verdict
            for member in self._members:
                if member.replica in decision.stop:
                    member.ask(kill=kill)
            self._wait(decision)

    def _scene(self) -> Scene:
        replicas = [member.replica for member in self._members]
        ends = [member.end for member in self._members if member.end is not None]
        rehearsal = self._task.launch.spec.rehearse
        return Scene(replicas, ends, self._request, time.monotonic(), rehearsal)

    def _wait(self, decision: Decision) -> None:
        """Wait for a report, a signal, the next sample or the time the decision names."""
        now = time.monotonic()
        until = min(self._sampled_at + _SAMPLE_SECONDS, decision.again_at or now + _SAMPLE_SECONDS)
        speaking = {m.reports: m for m in self._members if m.reports is not None}
        ready, _, _ = select.select([self._wakeup, *speaking], [], [], max(0.0, until - now))
        if self._wakeup in ready:
            os.read(self._wakeup, 4096)
        before = [member.facts for member in self._members]
        for descriptor, member in speaking.items():
            if descriptor in ready and not member.listen():
                self._bury(member)
        if before != [member.facts for member in self._members]:
            self._save()
        if time.monotonic() >= self._sampled_at + _SAMPLE_SECONDS:
            self._sample()

    def _bury(self, member: Member) -> None:
        """A keeper was killed: the kernel has killed its replica, and we adopted the rest."""
        living = [other.keeper.pid for other in self._members if other.keeper is not None]
        end_descendants(_END_SECONDS, spare=living)
        member.lose()

    def _sample(self) -> None:
        """Once a second: memory, and a stop whose signal got lost."""
        rows = table()
        for member in self._members:
            member.measure(rows)
        self._stop_file()
        self._sampled_at = time.monotonic()

    def _save(self) -> None:
        """Write down what has changed, and tell the steward; a full disk must not end the job."""
        began = all(member.began for member in self._members)
        if began and self._facts.started is None:
            self._facts = replace(self._facts, phase="running", started=time.time())
        self._facts = replace(self._facts, replicas=tuple(m.facts for m in self._members))
        with contextlib.suppress(OSError):
            write_facts(self._task.attempt.supervisor, self._facts)
        ring(self._task.local)

    def _finish(self, verdict: Verdict, held: Mapping[Replica, socket.socket]) -> None:
        """End whatever is left, let go of everything, and only then say so."""
        end_descendants(_END_SECONDS)
        sweep(*self._task.launch.ref, seconds=_END_SECONDS)
        self._throw_away_models()
        for holder in held.values():
            holder.close()
        self._task.lease.close()
        self._facts = replace(
            self._facts,
            phase=verdict.ending,
            cause=verdict.cause,
            replicas=tuple(member.facts for member in self._members),
            ended=time.time(),
        )
        self._have_the_final_word()
        ring(self._task.local)
        self._leave_a_steward()

    def _throw_away_models(self) -> None:
        """Only the leader's model counts; the others export into folders that nobody reads."""
        for member in self._members[1:]:
            shutil.rmtree(member.directory.model, ignore_errors=True)

    def _have_the_final_word(self) -> None:
        give_room(self._task.attempt)
        deadline = time.monotonic() + _FULL_DISK_SECONDS
        while True:
            try:
                write_facts(self._task.attempt.supervisor, self._facts)
                return
            except OSError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(_FULL_DISK_PAUSE)

    def _leave_a_steward(self) -> None:
        """Somebody must read the final word, if there is a record to bring it to."""
        task = self._task
        recorded = RunDirectory(task.launch.run_directory).job.exists()
        if task.steward and recorded and not lock_in(task.local).held():
            detach(task.steward, log=task.local / "steward.log")
