"""Notes of what removed jobs have left on shared volumes: durable before a record is deleted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from longboat.backends.kubernetes.facts import ClusterFacts, read_facts
from longboat.errors import Broken, Unavailable
from longboat.records.layout import AttemptDirectory, Home
from longboat.records.names import is_id
from longboat.spec.decoding import UNDECODABLE
from longboat.system.files import write_atomic


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a job has a folder, and what it takes to remove it."""

    cluster: str
    """What the cluster is known by (Access.identity)."""
    namespace: str
    claim: str
    image: str


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be removed of a job."""

    places: tuple[Place, ...]
    tries: int = 0
    """How often it has come to nothing, at the first of the places."""


class ErasureNotes:
    """Those of one home for one cluster."""

    def __init__(self, home: Home, cluster: str) -> None:
        self._home = home
        self._folder = home.path / "clusters" / cluster / "erasures"

    def note(self, job: str) -> bool:
        """Note what a job has on volumes; False when it has nothing there.

        What was noted before stays. Raises Broken, Unavailable: it could not be written down.
        """
        try:
            known = self.read(job)
            places = _places(known.places if known else (), self._attempts(job))
            if places:
                self.write(job, Erasure(places=places))
        except OSError as error:
            message = f"It cannot be noted what {job} has on its volume: {error.strerror}."
            raise Unavailable(message) from error
        return bool(places)

    def _attempts(self, job: str) -> Iterator[ClusterFacts]:
        """Give what is known of each, the first first; one that is damaged tells nothing."""
        for path in sorted(self._home.run(job).path.glob("attempts/*"), key=_number):
            with contextlib.suppress(Broken):
                facts = read_facts(AttemptDirectory(path).cluster)
                if facts is not None:
                    yield facts

    def write(self, job: str, erasure: Erasure) -> None:
        """Write one down durably, in the place of an earlier one. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_atomic(self._folder / job, msgspec.json.encode(erasure))

    def read(self, job: str) -> Erasure | None:
        """Read one; None for none. Raises Broken, OSError."""
        path = self._path(job)
        try:
            return msgspec.json.decode(path.read_bytes(), type=Erasure)
        except FileNotFoundError:
            return None
        except UNDECODABLE as error:
            raise Broken(f"{path} is damaged ({error}); delete it.") from None

    def forget(self, job: str) -> None:
        """Nothing is left to be removed."""
        self._path(job).unlink(missing_ok=True)

    def jobs(self) -> Iterator[str]:
        """Give every job of which there is a note."""
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if is_id(path.name):
                yield path.name

    def _path(self, job: str) -> Path:
        return self._folder / job


def _number(attempt: Path) -> int:
    return int(attempt.name) if attempt.name.isdecimal() else 0


def _places(known: Sequence[Place], attempts: Iterator[ClusterFacts]) -> tuple[Place, ...]:
    found = [
        Place(cluster=each.cluster, namespace=each.namespace, claim=each.volume, image=each.image)
        for each in attempts
        if each.volume is not None
    ]
    # The image of the last attempt on each.
    by_claim = {(each.cluster, each.namespace, each.claim): each for each in (*known, *found)}
    return tuple(by_claim.values())
