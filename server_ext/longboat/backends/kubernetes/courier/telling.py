"""What is told of an attempt, from what is known of its replicas: pure functions."""

from __future__ import annotations

import time

from msgspec.structs import replace

from longboat.backends.kubernetes.courier.crew import Crew
from longboat.backends.kubernetes.facts import ClusterFacts
from longboat.backends.verdict import Verdict
from longboat.explain.cause import Cause


def live(
    facts: ClusterFacts, crew: Crew, obstacle: Cause | None, trouble: Cause | None
) -> ClusterFacts:
    """Tell of one that has not ended.

    ``obstacle``: why it does not begin. ``trouble``: why this may not be how it is now.
    """
    facts = crew.written(facts)
    trouble = trouble or _fetching(facts, crew)
    if facts.started is not None or crew.all_began:
        started = facts.started or time.time()
        return replace(facts, phase="running", started=started, cause=trouble)
    if obstacle is None:
        return replace(facts, phase="starting", cause=trouble)
    return replace(facts, phase="waiting", cause=obstacle)


def _fetching(facts: ClusterFacts, crew: Crew) -> Cause | None:
    """Say that what is left to do is to fetch what did not come by itself."""
    replica = crew.fetching
    if replica is None:
        return None
    return Cause("copy-fetched", {"replica": str(replica), "volume": facts.volume or ""})


def final(facts: ClusterFacts, crew: Crew, verdict: Verdict) -> ClusterFacts:
    """Tell of one that has."""
    ends = [end.at for end in crew.ends]
    return replace(
        crew.written(facts),
        phase=verdict.ending,
        cause=verdict.cause,
        started=facts.started or (min(ends) if ends and crew.any_began else None),
        ended=max(ends, default=time.time()),
    )
