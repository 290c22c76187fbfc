"""A home, a small cluster, the backend and the courier between them, and what breaks these."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from kubernetes_server import until
from kubernetes_world import World, living
from msgspec.structs import replace

from cluster.launches import launch_of
from longboat.backends.base import AttemptRef, Observation
from longboat.backends.kubernetes import facts, post
from longboat.backends.kubernetes.api import connection
from longboat.backends.kubernetes.backend import KubernetesBackend
from longboat.backends.kubernetes.courier.process import Courier
from longboat.backends.kubernetes.facts import ClusterFacts, read_facts
from longboat.backends.kubernetes.post import Post
from longboat.backends.kubernetes.receiving import rebuilding
from longboat.backends.kubernetes.receiving.rebuilding import Rebuilding
from longboat.backends.kubernetes.sending import SENDERS
from longboat.records.layout import Home, ReplicaDirectory
from longboat.spec.cluster import Engine
from longboat.spec.job import Replica

ENDED = ("succeeded", "failed", "stopped")
NAME = "tiny"
COPIES = "copy of"
"""How threads are called that fetch copies."""
FOLLOWERS = "log of"
"""How those are that follow logs."""
DEADLINE = 60.0
Given = TypeVar("Given")


class Stage:
    """One job, and whoever looks after it; they are made anew as often as one likes."""

    def __init__(self, folder: Path, world: World, engine: Engine = "trainjob", **asked: Any):
        folder.mkdir(parents=True, exist_ok=True)
        if "volume" in asked:
            world.volume = folder / "volume"
        self.world = world
        config = world.kubeconfig(folder)
        self.config = replace(config, name=NAME, image="an-image", engine=engine)
        self.launch = launch_of(folder, **asked)
        self.home = Home(folder / "home")
        self.post = Post(self.home, NAME)
        # Whoever holds it is the courier: none is started as a process.
        self._lock = self.post.lock
        assert self._lock.acquire()
        self._couriers: list[Courier] = []

    @property
    def ref(self) -> AttemptRef:
        return self.launch.ref

    def backend(self) -> KubernetesBackend:
        """One that knows what a fresh process would know."""
        return KubernetesBackend(self.home, self.config)

    def courier(self) -> Courier:
        """The same; the one before has ended."""
        for each in self._couriers:
            each.close()
        # With its process its threads would be gone: two that write one folder spoil it.
        wait_for_threads_to_end(FOLLOWERS)
        self._couriers.append(Courier(self.post, self.config))
        return self._couriers[-1]

    def started(self) -> Stage:
        assert self.backend().start(self.launch) is None
        return self

    def look(self) -> Observation:
        return self.backend().observe([self.ref])[self.ref]

    def facts(self) -> ClusterFacts:
        found = read_facts(self.post.attempt(self.ref).cluster)
        assert found is not None
        return found

    def steps(self, courier: Courier, condition: Callable[[], Given | None], what: str) -> Given:
        """Have a courier look again and again until a condition holds; give what it gives."""

        def stepped() -> Given | None:
            courier.step()
            return condition()

        found: Given = until(stepped, what)
        return found

    def end(self, courier: Courier | None = None) -> Observation:
        """Have the attempt end."""
        ended = lambda: seen if (seen := self.look()).phase in ENDED else None  # noqa: E731
        return self.steps(courier or self.courier(), ended, "the end")

    def running(self, courier: Courier | None = None) -> Courier:
        """Have it run; gives the courier that saw it."""
        courier = courier or self.courier()
        self.steps(courier, lambda: self.look().phase == "running", "it runs")
        return courier

    def replica(self, role: str = "worker", index: int = 0) -> ReplicaDirectory:
        return self.post.attempt(self.ref).replica(Replica(role, index))  # type: ignore[arg-type]

    def log(self, role: str = "worker", index: int = 0) -> str:
        path = self.replica(role, index).log
        return path.read_text() if path.exists() else ""

    def nothing_is_left(self) -> None:
        """Demand that cleaning leaves nothing on the cluster, and no note of it."""
        self.backend().clean(self.ref)
        until(lambda: not self.world.left(), f"nothing is left, now {self.world.left()}")
        assert list(self.post.noted()) == []

    def close(self) -> None:
        for each in self._couriers:
            each.close()
        self._lock.release()


class Killed(BaseException):
    """The process is gone."""


class Fuse:
    """Ends the process around one of its effects: calls of the API, and what is written down."""

    def __init__(self, at: int = 0, side: str = "before") -> None:
        """``at``: which effect, counted from 1; ``side``: before it or after."""
        self.at = at
        self.side = side
        self.count = 0
        self._thread = threading.current_thread()
        self._burnt = False
        self._gone: set[threading.Thread] = set()
        self._counting = threading.Lock()

    def around(self, effect: Callable[..., Given], *given: Any, **named: Any) -> Given:
        """Do it, or break."""
        thread = threading.current_thread()
        if thread is not self._thread and not thread.name.startswith((COPIES, SENDERS)):
            return effect(*given, **named)
        self._end_if_burnt(thread)
        with self._counting:
            self.count += 1
            count = self.count
        if (count, "before") == (self.at, self.side):
            self._burn(thread)
        done = effect(*given, **named)
        if (count, "after") == (self.at, self.side):
            self._burn(thread)
        return done

    def _burn(self, thread: threading.Thread) -> None:
        self._burnt = True
        self._end_if_burnt(thread)

    def _end_if_burnt(self, thread: threading.Thread) -> None:
        """The process ends with all of its threads; the main one is that of the next process."""
        if thread is not self._thread:
            if self._burnt or thread in self._gone:
                raise Killed
        elif self._burnt:
            self._gone = {each for each in threading.enumerate() if each.name.startswith(COPIES)}
            self._burnt = False
            for each in self._gone:
                each.join(DEADLINE)
            raise Killed

    def replaced(self) -> None:
        """Another process takes the place of the one that is gone with all of its threads."""
        self._burnt = False

    def put_in(self, patch: pytest.MonkeyPatch) -> None:
        """Have it sit where everything passes."""
        for place, name in (
            (connection.Link, "use"),
            (facts, "write_atomic"),
            (post, "write_atomic"),
            (Post, "forget"),
            (rebuilding, "rename"),
            (Rebuilding, "take"),
            (Rebuilding, "replaces"),
        ):
            patch.setattr(place, name, self._wrapped(getattr(place, name)))
        step = Courier.step

        def step_of_the_living(courier: Courier) -> None:
            self._end_if_burnt(threading.current_thread())
            step(courier)

        patch.setattr(Courier, "step", step_of_the_living)

    def _wrapped(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any, **named: Any) -> Any:
            return self.around(real, *given, **named)

        return wrapped


@pytest.fixture
def world() -> Iterator[World]:
    with living() as world:
        yield world


@pytest.fixture
def stage(tmp_path: Path, world: World) -> Iterator[Callable[..., Stage]]:
    """Makes stages in this world."""
    made: list[Stage] = []

    def make(**asked: Any) -> Stage:
        made.append(Stage(tmp_path / str(len(made)), world, **asked))
        return made[-1]

    yield make
    for each in made:
        each.close()


def threads(beginning: str) -> list[str]:
    """The names of threads that begin so and live."""
    return [t.name for t in threading.enumerate() if t.name.startswith(beginning) and t.is_alive()]


def wait_for_threads_to_end(beginning: str) -> None:
    until(lambda: not threads(beginning), f"no thread {beginning}…, now {threads(beginning)}")


def seconds_since(moment: float) -> float:
    return time.monotonic() - moment


def states(seen: Observation) -> dict[str, str]:
    return {str(each.replica): each.state for each in seen.replicas}


def looks(job: Stage, courier: Courier) -> None:
    """Have it look for so long that its watches have told it all."""
    end = time.monotonic() + 0.15
    job.steps(courier, lambda: time.monotonic() > end, "time passes")


def reason(seen: Observation) -> str:
    return seen.cause.reason if seen.cause else ""
