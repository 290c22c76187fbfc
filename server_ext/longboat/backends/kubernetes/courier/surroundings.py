"""What lies around an attempt: nodes and events, should it not begin; the namespace, at its end."""

from __future__ import annotations

import time
from typing import Any

from longboat.backends.kubernetes.api.access import Access, Refused
from longboat.backends.kubernetes.api.kinds import EVENTS, NODES, SECRETS
from longboat.backends.kubernetes.diagnosis.happenings import cause_of_events
from longboat.backends.verdict import Verdict
from longboat.errors import LongboatError
from longboat.explain.cause import Cause

_NODES_SECONDS = 30.0
"""How long a list of the nodes counts as new."""
_EVENTS_SECONDS = 2.0
_BY_SOMEBODY = frozenset({"pod-deleted", "vanished", "stopped-from-outside", "given-up"})
"""How an attempt ends when somebody deletes it, or its whole namespace."""
_PROBE = {"metadata": {"name": "longboat-probe"}}


class Surroundings:
    """One for all attempts of a courier; asks seldom, and can do without an answer."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._nodes: list[dict[str, Any]] = []
        self._nodes_until = 0.0
        self._events: list[dict[str, Any]] = []
        self._events_until = 0.0

    def nodes(self) -> list[dict[str, Any]]:
        """The cluster's nodes; none where one may not list them."""
        now = time.monotonic()
        if now >= self._nodes_until:
            self._nodes_until = now + _NODES_SECONDS
            try:
                self._nodes = self._access.list(NODES).items
            except LongboatError:
                self._nodes = []
        return self._nodes

    def obstacle(self, name: str) -> Cause | None:
        """What events say of the objects of an attempt, which all begin with its name."""
        now = time.monotonic()
        if now >= self._events_until:
            self._events_until = now + _EVENTS_SECONDS
            try:
                self._events = self._access.list(EVENTS).items
            except LongboatError:
                self._events = []
        ours = [
            event
            for event in self._events
            if str(event.get("involvedObject", {}).get("name", "")).startswith(name)
        ]
        return cause_of_events(ours)

    def explained(self, verdict: Verdict) -> Verdict:
        """Know the end of a whole namespace from that of one job."""
        if verdict.cause is None or verdict.cause.reason not in _BY_SOMEBODY:
            return verdict
        if not self._namespace_is_deleted():
            return verdict
        cause = Cause("namespace-deleted", {"namespace": self._access.namespace})
        return Verdict(verdict.ending, cause)

    def _namespace_is_deleted(self) -> bool:
        """Ask by what every user may do there; few may look at a namespace itself."""
        try:
            self._access.create(SECRETS, _PROBE, dry_run=True)
        except Refused as error:
            return error.namespace_terminating or error.status == 404
        except LongboatError:
            return False
        return False
