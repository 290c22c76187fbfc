"""Scripted places that break one promise each; the suite must refuse every one of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from contract.scripted import ScriptedBackend, ScriptedPlace
from contract.scripted_process import ScriptedProcess
from contract.scripted_world import ScriptedAttempt, ScriptedWorld
from longboat.backends.base import ABSENT

BROKEN: dict[str, Callable[[Path], BrokenPlace]] = {}
Broken = Callable[..., Any]


class BrokenPlace(ScriptedPlace):
    """A scripted place one of whose methods is exchanged for as long as it is open."""

    def __init__(self, folder: Path, owner: type, attribute: str, new: object) -> None:
        super().__init__(folder)
        self._exchange = patch.object(owner, attribute, new)
        self._exchange.start()

    def close(self) -> None:
        """Mend it."""
        self._exchange.stop()


def _breaks(owner: type, attribute: str) -> Callable[[Broken], Broken]:
    """Register a function, which is given the sound one first, in place of ``attribute``."""
    sound = owner.__dict__[attribute]

    def register(function: Broken) -> Broken:
        new: object
        if isinstance(sound, property):
            new = property(lambda self: function(sound.fget, self))
        else:
            new = lambda self, *given: function(sound, self, *given)  # noqa: E731
        BROKEN[function.__name__] = lambda folder: BrokenPlace(folder, owner, attribute, new)
        return function

    return register


# --- starting


@_breaks(ScriptedBackend, "start")
def starts_again_what_has_ended(sound: Any, self: Any, launch: Any) -> Any:
    if self.observe([launch.ref])[launch.ref].ended is not None:
        self.clean(launch.ref)
    return sound(self, launch)


@_breaks(ScriptedWorld, "missing")
def sees_the_room_for_one_replica_only(sound: Any, self: Any, wanted: Any, count: int) -> Any:
    return sound(self, wanted, 1)


@_breaks(ScriptedBackend, "start")
def starts_what_it_says_must_wait(sound: Any, self: Any, launch: Any) -> Any:
    why = sound(self, launch)
    if why is not None:
        resources = replace(launch.spec.resources, cpu=0.0)
        sound(self, replace(launch, spec=replace(launch.spec, resources=resources)))
    return why


@_breaks(ScriptedWorld, "missing")
def says_not_what_is_missing(sound: Any, self: Any, *given: Any) -> Any:
    why = sound(self, *given)
    return why and replace(why, details={})


@_breaks(ScriptedPlace, "backend")
def forgets_with_the_caller(sound: Any, self: Any) -> Any:
    return ScriptedBackend(ScriptedWorld(self.capacity))


@_breaks(ScriptedBackend, "observe")
def leaves_unknown_ones_out(sound: Any, self: Any, refs: Any) -> Any:
    return {ref: seen for ref, seen in sound(self, refs).items() if seen is not ABSENT}


# --- ending


@_breaks(ScriptedAttempt, "_judge")
def looks_at_the_leader_only(sound: Any, self: Any, process: Any, now: float) -> None:
    if process.replica == self.leader:
        sound(self, process, now)


@_breaks(ScriptedAttempt, "_judge")
def fails_with_its_evaluator(sound: Any, self: Any, process: Any, now: float) -> None:
    sound(self, process, now)
    if process.state == "failed":
        self._decide("failed", process.failure, now)


@_breaks(ScriptedAttempt, "_judge")
def overlooks_its_servers(sound: Any, self: Any, process: Any, now: float) -> None:
    if process.replica.role != "ps":
        sound(self, process, now)


@_breaks(ScriptedAttempt, "_grace")
def gives_workers_no_grace(sound: Any, self: Any, process: Any) -> float:
    return 0.0 if process.replica.role == "worker" else sound(self, process)


@_breaks(ScriptedAttempt, "_grace")
def gives_an_evaluator_no_time(sound: Any, self: Any, process: Any) -> float:
    return 0.0 if process.replica.role == "evaluator" else sound(self, process)


@_breaks(ScriptedAttempt, "_grace")
def waits_for_every_worker(sound: Any, self: Any, process: Any) -> float:
    return 1e9 if self.verdict == "succeeded" else sound(self, process)


@_breaks(ScriptedAttempt, "observation")
def is_final_too_early(sound: Any, self: Any) -> Any:
    seen = sound(self)
    return replace(seen, phase=self.verdict or seen.phase)


@_breaks(ScriptedAttempt, "observation")
def keeps_the_cause_to_itself(sound: Any, self: Any) -> Any:
    return replace(sound(self), cause=None)


@_breaks(ScriptedAttempt, "observation")
def has_no_times(sound: Any, self: Any) -> Any:
    return replace(sound(self), started=None, ended=None)


@_breaks(ScriptedProcess, "status")
def loses_the_exit_code(sound: Any, self: Any) -> Any:
    return replace(sound(self), exit_code=None)


@_breaks(ScriptedProcess, "do_allocate")
def lets_memory_grow(sound: Any, self: Any, size: int) -> None:
    return None


@_breaks(ScriptedProcess, "_end")
def leaves_grandchildren(sound: Any, self: Any, *given: Any) -> None:
    children = list(self.children)
    sound(self, *given)
    self.children = children


# --- stopping and cleaning


@_breaks(ScriptedAttempt, "stop")
def does_not_stop(sound: Any, self: Any, now: float) -> None:
    return None


@_breaks(ScriptedProcess, "terminate")
def never_kills(sound: Any, self: Any, now: float) -> None:
    sound(self, now)
    self._killed_at = None


@_breaks(ScriptedBackend, "stop")
def revises_the_end(sound: Any, self: Any, ref: Any) -> None:
    sound(self, ref)
    attempt = self._world.attempts.get(ref)
    if attempt is not None and attempt.ended is not None:
        attempt.verdict = "stopped"


@_breaks(ScriptedBackend, "clean")
def keeps_what_it_is_to_clean(sound: Any, self: Any, ref: Any) -> None:
    return None


@_breaks(ScriptedBackend, "clean")
def cleans_every_attempt(sound: Any, self: Any, ref: Any) -> None:
    for other in [other for other in self._world.attempts if other.job == ref.job]:
        sound(self, other)


@_breaks(ScriptedBackend, "stop")
def stops_other_jobs(sound: Any, self: Any, ref: Any) -> None:
    for other in list(self._world.attempts):
        sound(self, other)


# --- inside


@_breaks(ScriptedProcess, "_print")
def prints_only_whole_lines(sound: Any, self: Any, text: str, end: str = "\n") -> None:
    sound(self, text, "\n")


@_breaks(ScriptedProcess, "do_bytes")
def makes_text_of_bytes(sound: Any, self: Any, text: str) -> None:
    self._print(bytes.fromhex(text).decode(errors="replace"), "")


@_breaks(ScriptedProcess, "begin")
def writes_the_environment_down(sound: Any, self: Any) -> None:
    sound(self)
    (self.directory.path / "environment").write_text(str(self.env))


@_breaks(ScriptedProcess, "begin")
def passes_no_environment(sound: Any, self: Any) -> None:
    sound(self)
    self.env = {name: self.env[name] for name in self.env if name.startswith("LONGBOAT_")}


@_breaks(ScriptedProcess, "do_report")
def loses_reports(sound: Any, self: Any, values: Any) -> None:
    return None


@_breaks(ScriptedAttempt, "_finish")
def keeps_every_model(sound: Any, self: Any, now: float) -> None:
    self.ended = now


@_breaks(ScriptedProcess, "begin")
def keeps_checkpoints_by_attempt(sound: Any, self: Any) -> None:
    if self.env["LONGBOAT_ATTEMPT"] != "1":
        self.folders["checkpoint"] = self.directory.path / "checkpoints"
    sound(self)


@_breaks(ScriptedBackend, "check")
def names_one_problem_at_a_time(sound: Any, self: Any, spec: Any) -> Any:
    return sound(self, spec)[:1]


@_breaks(ScriptedBackend, "check")
def checks_one_replica(sound: Any, self: Any, spec: Any) -> Any:
    return sound(self, replace(spec, workers=1))
