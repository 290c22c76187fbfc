"""Objects of one kind as they are now: listed once, then kept up to date by a watch.

The protocol: "Efficient detection of changes" in Kubernetes' API concepts.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Any

from longboat.backends.kubernetes.api.access import Access, Gone
from longboat.backends.kubernetes.api.border import decoded, error_of_status
from longboat.backends.kubernetes.api.kinds import Kind
from longboat.backends.kubernetes.api.stream import Stream, lines_in
from longboat.errors import LongboatError

log = logging.getLogger(__name__)

Object = dict[str, Any]

_WATCH_SECONDS = 300
"""After these the server ends a watch, and another is begun where it ended."""
_PAGE = 100
"""Objects that are in memory whole at once: a pod untrimmed is several times what is kept of it."""
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
"""Seconds before the API server is tried again."""


def _without_managed_fields(item: Object) -> Object:
    item["metadata"].pop("managedFields", None)
    return item


class Watched:
    """Looks after itself in a thread of its own until it is closed.

    After any trouble the objects are listed anew: so nothing that went on meanwhile is missed.
    """

    def __init__(
        self,
        access: Access,
        kind: Kind,
        labels: str,
        on_change: Callable[[], None],
        trim: Callable[[Object], Object] = _without_managed_fields,
        *,
        watch_seconds: int = _WATCH_SECONDS,
    ) -> None:
        """Begin; ``on_change`` is called in that thread.

        ``trim`` makes what is kept of each object, with its metadata's name at least.
        """
        self._access = access
        self._kind = kind
        self._labels = labels
        self._on_change = on_change
        self._trim = trim
        self._seconds = watch_seconds
        self._lock = threading.Lock()
        self._objects: dict[str, Object] = {}
        self._stream: Stream | None = None
        self._closed = threading.Event()
        self._synced = threading.Event()
        self._failures = 0
        self.trouble: Exception | None = None
        """Why there is no contact; None while there is."""
        self.stale_since: float | None = time.time()
        """Since when there has been no contact, in seconds since the epoch; None while there is."""
        self._thread = threading.Thread(target=self._run, name=f"watch {kind.plural}", daemon=True)
        self._thread.start()

    @property
    def synced(self) -> bool:
        """Whether the objects have been read at all."""
        return self._synced.is_set()

    def wait_synced(self, seconds: float) -> bool:
        """Wait until they have been read; False when that took too long (``trouble`` says why)."""
        return self._synced.wait(seconds)

    def objects(self) -> dict[str, Object]:
        """Give the objects by name, as they were when there last was contact."""
        with self._lock:
            return dict(self._objects)

    def get(self, name: str) -> Object | None:
        """Give one of them; None when there is none."""
        with self._lock:
            return self._objects.get(name)

    def close(self) -> None:
        """End the thread, also while it waits for the API server."""
        self._closed.set()
        with self._lock:
            if self._stream is not None:
                self._stream.close()
        if threading.current_thread() is not self._thread:
            self._thread.join(_LONGEST_PAUSE)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._list_and_watch()
            except Gone:  # the server is there, and has forgotten what the watch was to begin at
                self._failures += 1
            except Exception as error:  # whatever it is: a watch must not die unseen
                self._lose(error)
            self._pause()

    def _list_and_watch(self) -> None:
        listing = self._access.list(self._kind, labels=self._labels, page=_PAGE, trim=self._trim)
        found = {each["metadata"]["name"]: each for each in listing.items}
        with self._lock:
            self._objects = found
        version = listing.resource_version
        while not self._closed.is_set():
            version = self._watch(version)
            self._pause()

    def _watch(self, version: str) -> str:
        """Take changes in until the answer ends; give the version to go on from."""
        stream = self._access.watch(
            self._kind, labels=self._labels, version=version, seconds=self._seconds
        )
        with self._lock:
            self._stream = stream
        if self._closed.is_set():
            stream.close()
        self._have_contact()
        for lines in lines_in(stream):
            events = [decoded(line, self._access.cluster) for line in lines]
            version = [self._take(event) for event in events][-1]
            if any(event["type"] != "BOOKMARK" for event in events):
                self._tell()
        return version

    def _take(self, event: Object) -> str:
        """Take one change in; give its version."""
        item = event["object"]
        if event["type"] == "ERROR":
            raise error_of_status(item, f"watch {self._kind.plural}", self._access.cluster)
        metadata = item["metadata"]
        version: str = metadata["resourceVersion"]
        if event["type"] == "BOOKMARK":
            return version
        kept = None if event["type"] == "DELETED" else self._trim(item)
        with self._lock:
            if kept is None:
                self._objects.pop(metadata["name"], None)
            else:
                self._objects[metadata["name"]] = kept
        return version

    def _have_contact(self) -> None:
        if self.trouble is not None:
            log.info("The watch of %s goes on", self._kind.plural)
        self._failures = 0
        self.trouble = self.stale_since = None
        self._synced.set()
        self._tell()

    def _lose(self, error: Exception) -> None:
        if self._closed.is_set():
            return
        self._failures += 1
        if self.trouble is None:
            bug = None if isinstance(error, LongboatError) else error
            log.warning("The watch of %s: %s", self._kind.plural, error, exc_info=bug)
        self.trouble = error
        self.stale_since = self.stale_since or time.time()
        self._tell()

    def _tell(self) -> None:
        try:
            self._on_change()
        except Exception:
            log.exception("Who is told of changes of %s has failed", self._kind.plural)

    def _pause(self) -> None:
        """Wait a little longer after each failure, and not in step with others."""
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(self._failures, 10))
        self._closed.wait(random.uniform(longest / 2, longest))
