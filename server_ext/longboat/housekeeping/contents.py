"""What snapshots hold, and what would become free if some of them went."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping

from longboat.errors import LongboatError
from longboat.housekeeping.disk import BLOCK
from longboat.snapshots.store import SnapshotStore


class Contents:
    """Snapshots by what they hold; a content that several hold is there once."""

    def __init__(self, held: Mapping[str, Mapping[str, int]]) -> None:
        """``held``: of each snapshot its contents and their bytes on the disk."""
        self._held = dict(held)
        self._holders = Counter(name for contents in held.values() for name in contents)

    @property
    def addresses(self) -> list[str]:
        """Every snapshot, in no order."""
        return list(self._held)

    @property
    def total(self) -> int:
        """Bytes of all of it."""
        every = {name: size for held in self._held.values() for name, size in held.items()}
        return sum(every.values())

    def size(self, address: str) -> int:
        """Bytes of all that a snapshot holds; 0 for one that is not there."""
        return sum(self._held.get(address, {}).values())

    def alone(self, address: str) -> int:
        """Bytes of what no other snapshot holds."""
        contents = self._held.get(address, {})
        return sum(size for name, size in contents.items() if self._holders[name] == 1)

    def drop(self, address: str) -> int:
        """Count as if the snapshot were gone; gives the bytes that became free."""
        freed = self.alone(address)
        self._holders.subtract(self._held.pop(address, {}).keys())
        return freed


def read_contents(store: SnapshotStore) -> Contents:
    """Look at every snapshot; of one whose list of files is damaged only that list is known."""
    return Contents({address: _contents(store, address) for address in store.addresses()})


def _contents(store: SnapshotStore, address: str) -> dict[str, int]:
    paths = {address: store.manifest_path(address)}
    with contextlib.suppress(LongboatError):
        files = store.manifest(address).files
        paths |= {file.sha256: store.blobs.path(file.sha256) for file in files}
    found = {}
    for name, path in paths.items():
        with contextlib.suppress(OSError):
            found[name] = path.lstat().st_blocks * BLOCK
    return found
