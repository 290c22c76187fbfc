"""What is known of attempts on a cluster without asking it: what the courier has written."""

from __future__ import annotations

from longboat.backends.base import ABSENT, AttemptRef, Observation
from longboat.backends.kubernetes.facts import ClusterFacts, read_facts
from longboat.backends.kubernetes.post import Post
from longboat.errors import Broken, Unavailable
from longboat.explain.cause import Cause

LIVE = ("waiting", "starting", "running")


def observation_of(post: Post, ref: AttemptRef) -> Observation:
    """What is known of an attempt; never raises.

    Of one whose record is damaged nobody can ever know more; what it has on the cluster was noted
    elsewhere, and is deleted. One that cannot be read now is not declared ended.
    """
    try:
        facts = read_facts(post.attempt(ref).cluster)
    except Broken as error:
        return Observation("failed", cause=Cause("record-damaged", {"why": str(error)}))
    except Unavailable as error:
        return Observation("waiting", cause=Cause("record-unreadable", {"why": str(error)}))
    return ABSENT if facts is None else facts.observation


def facts_of(post: Post, ref: AttemptRef) -> ClusterFacts | None:
    """The facts; None for none, and for damaged ones. Raises Unavailable."""
    try:
        return read_facts(post.attempt(ref).cluster)
    except Broken:
        return None
