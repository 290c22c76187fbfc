"""Whether the cluster runs the pods of an attempt, and what is done when it does not obey."""

from __future__ import annotations

import time

from longboat.backends.kubernetes import sending
from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.facts import ClusterFacts
from longboat.backends.kubernetes.objects.job_object import JobObject, is_over, is_suspended
from longboat.backends.kubernetes.objects.render_pod import GRACE_SECONDS

INSIST_SECONDS = GRACE_SECONDS + 15.0
"""After so long without the end of all pods their job is deleted."""
OVER_SECONDS = 5.0
"""The same of a job that counts as ended: the training operator then ends no pod of it."""


class Steering:
    """Tells the cluster what the facts say, once: they are written before, and outlive us."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._suspended: bool | None = None
        """What we have told; None for nothing yet."""
        self._deleted = False

    def steer(self, facts: ClusterFacts, job: JobObject | None, *, began: bool, runs: bool) -> None:
        """Have its pods end, or be made. Raises Unavailable, Refused.

        What has ``began`` is never let go again: its pods would be made anew, and run it twice. If
        none ``runs`` any more there is nobody to insist against, and the job is still needed.
        """
        # First: whoever does not obey may also keep a job from being changed, as Trainer's webhook
        # does while it does not answer.
        if facts.told_to_end is not None and runs and not self._deleted:
            patience = OVER_SECONDS if is_over(job) else INSIST_SECONDS
            self._insist(facts, facts.told_to_end + patience)
        if self._deleted:
            return
        wanted = facts.suspended or facts.told_to_end is not None
        if wanted is not self._suspended and (
            wanted or (not facts.queued and is_suspended(job) and not began)
        ):
            sending.suspend(self._access, facts.engine, facts.name, wanted)
            self._suspended = wanted

    def _insist(self, facts: ClusterFacts, due: float) -> None:
        """Where the job's controller does not end pods, the cluster's own collector does."""
        if time.time() >= due:
            self._access.delete(sending.job_kind(facts.engine), facts.name)
            self._deleted = True
