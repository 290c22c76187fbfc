"""Stands in for a cluster that clusters.toml does not name, or not any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from longboat.backends.base import AttemptRef, Launch, ModelNote, Observation
from longboat.backends.kubernetes.erasures import ErasureNotes
from longboat.backends.kubernetes.post import Post
from longboat.backends.kubernetes.recalling import LIVE, facts_of, observation_of
from longboat.errors import Broken, Problem, Unavailable
from longboat.explain.cause import Cause
from longboat.explain.table import explain
from longboat.records.layout import Home
from longboat.spec.clusters import clusters_file
from longboat.spec.job import JobSpec


class MissingCluster:
    """Says so in each of its jobs, and forgets nothing: the table may be written again."""

    def __init__(self, home: Home, name: str) -> None:
        self.name = name
        self._post = Post(home, name)
        details = {"cluster": name, "file": str(clusters_file(home.path))}
        self._cause = Cause("cluster-unknown", {**details})

    def machine(self) -> None:
        """Nobody knows."""

    def check(self, spec: JobSpec) -> list[Problem]:
        """Nothing can work."""
        return [Problem("backend", explain(self._cause).sentence)]

    def preview(self, launch: Launch) -> list[dict[str, Any]] | None:
        """Raises Unavailable."""
        raise self._unavailable()

    def start(self, launch: Launch) -> Cause:
        """Nothing can be started."""
        return self._cause

    def observe(self, refs: Sequence[AttemptRef]) -> Mapping[AttemptRef, Observation]:
        """Tell what was last known; of what lived then, that it is not seen now."""
        return {ref: self._observe(ref) for ref in refs}

    def _observe(self, ref: AttemptRef) -> Observation:
        known = observation_of(self._post, ref)
        return replace(known, cause=self._cause) if known.phase in LIVE else known

    def stop(self, ref: AttemptRef) -> None:
        """Leave the request to whoever knows the cluster again. Raises Unavailable."""
        facts = facts_of(self._post, ref)
        if facts is not None and facts.live:
            self._post.ask_to_end(ref)

    def publish(self, ref: AttemptRef, note: ModelNote) -> None:
        """Raises Unavailable: it is told when the cluster is named again."""
        raise self._unavailable()

    def clean(self, ref: AttemptRef) -> None:
        """Raises Unavailable when something may be left there."""
        facts = facts_of(self._post, ref)
        try:
            noted = self._post.sent(ref) is not None
        except (Broken, OSError):
            noted = True
        if noted and not (facts is not None and facts.cleaned):
            raise self._unavailable()

    def erase(self, job: str) -> None:
        """Leave it to whoever knows the cluster again. Raises Unavailable."""
        ErasureNotes(self._post.home, self.name).note(job)

    def _unavailable(self) -> Unavailable:
        return Unavailable(explain(self._cause).sentence)
