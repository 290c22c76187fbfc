"""What Longboat asks of a cluster's API server; objects are dicts as the API gives them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from longboat.backends.kubernetes.api.border import Gone, NoLogYet, Refused, decoded
from longboat.backends.kubernetes.api.connection import MERGE_PATCH, READ_SECONDS, Link, Request
from longboat.backends.kubernetes.api.kinds import ACCESS_REVIEWS, ALL_KINDS, POD_LOGS, PODS, Kind
from longboat.backends.kubernetes.api.log_lines import LogLines, whole_second
from longboat.backends.kubernetes.api.stream import Stream
from longboat.errors import NotFound
from longboat.spec.cluster import ClusterConfig

__all__ = ["Access", "Gone", "Listing", "NoLogYet", "Refused"]

Object = dict[str, Any]

PAGE = 500
"""Objects that are asked for at once."""
SILENCE_SECONDS = 300.0
"""Seconds without a line after which a followed log is asked for anew."""
_OFFERS_SECONDS = 60.0
"""For so long it is not asked again what is installed."""


def _whole(item: Object) -> Object:
    return item


class Listing(NamedTuple):
    """Objects, and the version of the cluster's state at which they were so."""

    items: list[Object]
    resource_version: str


class Access:
    """One cluster and namespace; thread-safe. Nothing is read or connected before it is needed.

    Every method raises Unavailable when the cluster cannot be asked (now), and Refused for what it
    will never do.
    """

    def __init__(self, config: ClusterConfig) -> None:
        self.cluster = config.name
        self._link = Link(config)
        self._offers: tuple[float, frozenset[Kind]] | None = None

    @property
    def namespace(self) -> str:
        """The configuration's, else the context's or the service account's, else ``default``."""
        return self._link.namespace

    @property
    def identity(self) -> str:
        """What tells this cluster from others, also after it has moved."""
        return self._link.identity

    # --- objects

    def get(self, kind: Kind, name: str) -> Object | None:
        """Read an object; None when there is none."""
        try:
            return self._ask(self._request("read", "GET", kind, name))
        except NotFound:
            return None

    def list(
        self,
        kind: Kind,
        *,
        labels: str = "",
        fields: str = "",
        page: int = PAGE,
        trim: Callable[[Object], Object] = _whole,
    ) -> Listing:
        """Read all objects that both selectors choose. Raises NotFound when there is no such kind.

        ``trim`` makes what is kept of each, before the next page is read. Raises Gone when there
        was so much that the first of it had changed before the last came.
        """
        items: list[Object] = []
        query = {"limit": page, **_selectors(labels, fields)}
        while True:
            found = self._ask(self._request("list", "GET", kind, query=query))
            items += map(trim, found["items"])
            more = found["metadata"].get("continue")
            if not more:
                return Listing(items, found["metadata"]["resourceVersion"])
            query["continue"] = more

    def create(self, kind: Kind, manifest: Mapping[str, Any], dry_run: bool = False) -> Object:
        """Create an object and give it as it is now; with ``dry_run``, as it would be.

        Raises Conflict when there is one of that name. Refused also when there is no such kind or
        namespace (status 404).
        """
        name = manifest["metadata"].get("name", "")
        query = {"dryRun": "All"} if dry_run else {}
        body = {"apiVersion": kind.api_version, "kind": kind.kind, **manifest}
        request = self._request("create", "POST", kind, query=query)
        what = f"create the {kind.kind} {name}"
        try:
            return self._ask(request._replace(what=what, body=body))
        except NotFound as error:
            raise Refused(str(error), 404, "NotFound", str(error), {}) from error

    def patch(self, kind: Kind, name: str, changes: Mapping[str, Any]) -> Object | None:
        """Change an object by a JSON merge patch (RFC 7386); None when there is none."""
        request = self._request("change", "PATCH", kind, name)
        try:
            return self._ask(request._replace(body=changes, content_type=MERGE_PATCH))
        except NotFound:
            return None

    def delete(self, kind: Kind, name: str, propagation: str = "Background") -> bool:
        """Have an object deleted; False when there is none. It may still be there for a while."""
        request = self._request("delete", "DELETE", kind, name)
        try:
            self._ask(request._replace(body={"propagationPolicy": propagation}))
        except NotFound:
            return False
        return True

    # --- what comes bit by bit

    def watch(self, kind: Kind, *, labels: str, version: str, seconds: int) -> Stream:
        """Give what changes after a version, one JSON object a line, for ``seconds``.

        Raises Gone when the version is too old.
        """
        query: dict[str, str | int] = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": seconds,
            **_selectors(labels, ""),
        }
        request = self._request("watch", "GET", kind, query=query)
        # The server ends it in time; when it has not by then, it is gone without a word.
        return self._link.use(lambda each: each.open(request, seconds * 1.1 + 1))

    def log_lines(
        self,
        pod: str,
        container: str | None = None,
        since_ns: int | None = None,
        follow: bool = True,
    ) -> LogLines:
        """Read a container's log; ``container`` may be left out where there is one.

        ``since_ns``: only lines stamped then or later, in nanoseconds since the epoch. Raises
        NotFound when there is no such pod, NoLogYet when its container has not started, or when its
        node has just been started and has to find its pods.
        """
        query: dict[str, str | int] = {
            "timestamps": "true",
            "follow": "true" if follow else "false",
        }
        if container is not None:
            query["container"] = container
        if since_ns is not None:
            query["sinceTime"] = whole_second(since_ns)
        request = self._request("read the log of", "GET", POD_LOGS, pod, query)
        silence = SILENCE_SECONDS if follow else READ_SECONDS
        try:
            stream = self._link.use(lambda each: each.open(request, silence))
        except NotFound:
            if self.get(PODS, pod) is None:
                raise
            raise NoLogYet(
                f"The node of the pod {pod} does not know it. Try again later."
            ) from None
        return LogLines(stream, since_ns)

    # --- what is possible

    def allowed(self, verb: str, kind: Kind, name: str = "") -> bool:
        """Whether the cluster's rules let us do this (``get``, ``list``, ``create``, …)."""
        resource, _, subresource = kind.plural.partition("/")
        asked = {
            "verb": verb,
            "group": kind.group,
            "resource": resource,
            "subresource": subresource,
            "name": name,
            "namespace": self.namespace if kind.namespaced else "",
        }
        review = {"metadata": {}, "spec": {"resourceAttributes": asked}}
        answer = self.create(ACCESS_REVIEWS, review)
        return bool(answer["status"]["allowed"])

    def offers(self) -> frozenset[Kind]:
        """Which kinds of kinds.py the cluster knows; what was seen a minute ago counts."""
        if self._offers is None or time.monotonic() - self._offers[0] > _OFFERS_SECONDS:
            found = {root: self._resources(root) for root in {kind.root for kind in ALL_KINDS}}
            offered = frozenset(kind for kind in ALL_KINDS if kind.plural in found[kind.root])
            self._offers = time.monotonic(), offered
        return self._offers[1]

    def _resources(self, root: str) -> set[str]:
        try:
            found = self._ask(Request(f"list what is at {root}", "GET", root))
        except NotFound:
            return set()
        return {each["name"] for each in found["resources"]}

    # --- asking

    def _request(
        self,
        doing: str,
        method: str,
        kind: Kind,
        name: str = "",
        query: Mapping[str, str | int] | None = None,
    ) -> Request:
        what = f"{doing} the {kind.kind} {name}" if name else f"{doing} {kind.plural}"
        return Request(what, method, kind.path(self.namespace, name), query or {})

    def _ask(self, request: Request) -> Object:
        body = self._link.use(lambda each: each.call(request))
        return decoded(body, self.cluster)


def _selectors(labels: str, fields: str) -> dict[str, str | int]:
    chosen = {"labelSelector": labels, "fieldSelector": fields}
    return {key: value for key, value in chosen.items() if value}
