"""Which roles a job has, and how many replicas of each."""

from __future__ import annotations

from longboat.spec.job import JobSpec, RoleName


def roles(spec: JobSpec) -> list[tuple[RoleName, int]]:
    """List them, the leader's first."""
    counts: dict[RoleName, int] = {}
    for replica in spec.replicas:
        counts[replica.role] = counts.get(replica.role, 0) + 1
    return list(counts.items())
