"""The backends by name: this machine, and the clusters that clusters.toml names now."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import cached_property

from longboat.backends.base import Backend
from longboat.errors import BadInput
from longboat.records.layout import Home
from longboat.spec.cluster import ClusterConfig
from longboat.spec.clusters import clusters_file, read_clusters
from longboat.system.files import stamp

log = logging.getLogger(__name__)

LOCAL = "local"


class Backends(Mapping[str, Backend]):
    """Reads clusters.toml again when it has changed: a steward may live for weeks.

    While the file has mistakes, what was known before stays known. Each backend is made when it is
    first asked for.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._path = clusters_file(home.path)
        self._read_at: object = self  # no stamp
        self._configs: dict[str, ClusterConfig] = {}
        self._made: dict[str, tuple[ClusterConfig, Backend]] = {}

    def __getitem__(self, name: str) -> Backend:
        if name == LOCAL:
            return self._local
        config = self._clusters()[name]
        made = self._made.get(name)
        if made is None or made[0] != config:
            from longboat.backends.kubernetes.backend import KubernetesBackend

            made = self._made[name] = config, KubernetesBackend(self._home, config)
        return made[1]

    def __contains__(self, name: object) -> bool:
        return name == LOCAL or name in self._clusters()

    def __iter__(self) -> Iterator[str]:
        yield LOCAL
        yield from self._clusters()

    def __len__(self) -> int:
        return 1 + len(self._clusters())

    @cached_property
    def _local(self) -> Backend:
        from longboat.backends.local.backend import LocalBackend

        return LocalBackend(self._home)

    def _clusters(self) -> Mapping[str, ClusterConfig]:
        now = stamp(self._path)
        if now != self._read_at:
            self._read_at = now
            try:
                self._configs = read_clusters(self._path)
            except BadInput as error:
                # What runs here goes on; who names a cluster is told (Submission).
                log.warning("The clusters are not read: %s", error)
        return self._configs


def missing(home: Home, name: str) -> Backend:
    """Stand in for a backend that is not known, or not any more."""
    from longboat.backends.kubernetes.missing import MissingCluster

    return MissingCluster(home, name)
