"""When a courier is to make room for another: its program or its configuration has changed."""

from __future__ import annotations

import logging
from pathlib import Path

import longboat
from longboat.errors import BadInput
from longboat.records.layout import Home
from longboat.spec.cluster import ClusterConfig
from longboat.spec.clusters import clusters_file, read_clusters
from longboat.system.files import stamp

log = logging.getLogger(__name__)


def configuration(home: Home, name: str) -> ClusterConfig | None:
    """Read what clusters.toml says of a cluster; None, and a line in the log, if it is no use."""
    path = clusters_file(home.path)
    try:
        found = read_clusters(path).get(name)
    except BadInput as error:
        log.warning("The cluster %s is not known now: %s", name, error)
        return None
    if found is None:
        log.warning("%s does not name the cluster %s any more", path, name)
    return found


class Renewal:
    """Compares what this process began with to what is there now."""

    def __init__(self, home: Home, config: ClusterConfig) -> None:
        self._config = config
        self._path = clusters_file(home.path)
        self._seen = stamp(self._path)
        self._program = Path(longboat.__file__)
        self._installed = stamp(self._program)

    @property
    def due(self) -> bool:
        """Whether a successor would be another; mistakes in the file are no reason."""
        if stamp(self._program) != self._installed:
            return True
        now = stamp(self._path)
        if now == self._seen:
            return False
        self._seen = now
        try:
            return read_clusters(self._path).get(self._config.name) != self._config
        except BadInput:
            return False
