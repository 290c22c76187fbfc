"""Whoever starts, carries or cleans is killed around each thing that it does: another completes it.

The table of what must hold is in ``holds``: one object of each kind while the attempt lives, each
replica's code executed once, one end state, its log whole, and nothing left in the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from kubernetes_pod import PlayedPod
from kubernetes_stage import Fuse, Killed, Stage
from kubernetes_world import World, living

from longboat.backends import verdict
from longboat.backends.kubernetes.courier import gang
from longboat.backends.kubernetes.receiving import readers


def plays(pod: PlayedPod) -> None:
    pod.start().say(f"I am {pod.replica}")


def said(index: int) -> str:
    """What a worker prints."""
    return f"I am worker-{index}\n"


def ends_well(world: World, _: Stage) -> None:
    for pod in world.all():
        if pod.live and pod.lines:
            pod.leave("result", b"").end(0, state="succeeded")


def leader_ends_well(world: World, _: Stage) -> None:
    pod = world.pod()
    if pod.live:
        pod.end(0, state="succeeded")


def worker_fails(world: World, _: Stage) -> None:
    pod = world.pod("worker", 1)
    if pod.live:
        pod.end(3, state="failed", error={"reason": "exit-code", "code": 3})


def is_stopped(_: World, job: Stage) -> None:
    job.backend().stop(job.ref)


def leader_leaves_much(world: World, _: Stage) -> None:
    for pod in world.all():
        if pod.live and pod.lines:
            if pod.replica.index == 0:
                pod.leave_in_copy("work/large", LARGE)
            pod.end(0, state="succeeded")


STORIES: dict[str, tuple[Callable[[World, Stage], None], str, str]] = {
    "it succeeds": (ends_well, "succeeded", ""),
    "others outlast its leader": (leader_ends_well, "succeeded", ""),
    "a worker fails": (worker_fails, "failed", "exit-code"),
    "what is too large is fetched": (leader_leaves_much, "succeeded", ""),
    "it is stopped": (is_stopped, "stopped", "stopped-by-user"),
}


ASKED: dict[str, dict[str, str]] = {"what is too large is fetched": {"volume": "shared"}}
LARGE = b"large" * 1000
LOST = "[longboat: the rest of this log is lost: the pod is gone]\n"


class Tale:
    """One job from its start to its cleaning, with a process that dies once in the middle."""

    def __init__(self, folder: Path, world: World, fuse: Fuse, story: str, **asked: object) -> None:
        self.world = world
        self.fuse = fuse
        self.side, self.at = fuse.side, fuse.at
        self.happen, self.phase, self.reason = STORIES[story]
        self.happened = False
        self.job = Stage(folder, world, workers=2, **asked, **ASKED.get(story, {}))

    def start(self) -> None:
        assert self.job.backend().start(self.job.launch) is None

    def carry(self) -> None:
        courier = self.job.courier()
        if not self.happened:
            self.job.running(courier)
            # A pod of this world takes its log with it when it ends.
            self.job.steps(courier, self.logs_are_whole, "what they say is here")
            self.happen(self.world, self.job)
            self.happened = True
        self.job.end(courier)

    def logs_are_whole(self) -> bool:
        return all(self.job.log("worker", index) == said(index) for index in range(2))

    def clean(self) -> None:
        self.job.backend().clean(self.job.ref)

    def survived(self) -> None:
        """Do it all; whoever is killed is followed by another."""
        for part in (self.start, self.carry, self.clean):
            try:
                part()
            except Killed:
                self.fuse.replaced()
                part()

    def told(self, index: int) -> tuple[str, ...]:
        """What may be in a log: how a stopped pod ended may be gone with it before it was read."""
        ends = ("", LOST) if self.phase == "stopped" else ("",)
        return tuple(said(index) + end for end in ends)

    def holds(self) -> None:
        where = f"killed {self.side} effect {self.at}"
        facts = self.job.facts()
        reason = facts.cause.reason if facts.cause else ""
        assert (facts.phase, reason) == (self.phase, self.reason), where
        assert facts.cleaned, where
        assert all(number == 1 for number in Counter(self.world.began).values()), where
        for index in range(2):
            assert self.job.log("worker", index) in self.told(index), where
        if self.world.volume is not None:
            assert (self.job.replica().work / "large").read_bytes() == LARGE, where
        self.job.nothing_is_left()


def tell(folder: Path, story: str, side: str, at: int, **asked: object) -> int:
    """Tell a story in which one dies; give how many effects it had."""
    with living() as world, pytest.MonkeyPatch.context() as patch:
        world.play = plays
        fuse = Fuse(at, side)
        fuse.put_in(patch)
        tale = Tale(folder, world, fuse, story, **asked)
        try:
            tale.survived()
            effects, fuse.at = fuse.count, 0  # whoever looks at what is left is not killed
            tale.holds()
        finally:
            tale.job.close()
        return effects


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "GRACE", 0.2)
    monkeypatch.setattr(readers, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(gang, "HOLD_SECONDS", 0.1)
    monkeypatch.setattr(gang, "PAUSE_SECONDS", (0.2, 0.2))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("story", STORIES)
def test_whoever_is_killed_is_followed_by_one_who_completes_it(
    tmp_path: Path, story: str, side: str
) -> None:
    at, effects = 1, 1
    while at <= effects:
        effects = tell(tmp_path / str(at), story, side, at)
        at += 1
    assert at > 15, "there is less to survive than there was"
