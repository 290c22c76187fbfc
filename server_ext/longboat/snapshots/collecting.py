"""Remove the snapshots that nobody needs, and the contents that only they had.

What is needed is known only to others (jobs, models), and is asked for once it is known who holds
what: a holder lets go only after there is a job that names the snapshot, so that one of the two is
always seen.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import msgspec

from longboat.snapshots.blobs import BlobStore
from longboat.snapshots.holding import collecting, is_held
from longboat.snapshots.manifest import is_address
from longboat.snapshots.store import SnapshotStore
from longboat.system.files import sync_directory

PATIENCE = 5.0
"""Seconds to wait for those who are storing a snapshot just now."""


class Collected(msgspec.Struct, frozen=True):
    """What was removed, or would be."""

    snapshots: tuple[str, ...] = ()
    """Addresses."""
    blobs: int = 0
    """Contents that no other snapshot has, and halves of such that a crash has left."""
    size: int = 0
    """Bytes on the disk, of all of it."""


def collect(
    store: SnapshotStore, needed: Callable[[], Collection[str]], *, dry_run: bool = False
) -> Collected:
    """Remove every snapshot that nobody holds and whose address is not ``needed``.

    Killed at any moment it has removed only what was to go, and the next call goes on. Raises
    Unavailable while others store for too long, Broken when it cannot be known what a needed
    snapshot holds, and what ``needed`` raises; nothing is removed then. Raises OSError.
    """
    if not store.root.is_dir():
        return Collected()
    with collecting(store.root, PATIENCE):
        held = {address for address in store.addresses() if is_held(store.manifest_path(address))}
        kept = held.union(needed()).intersection(store.addresses())
        return _sweep(store, kept, dry_run=dry_run)


def _sweep(store: SnapshotStore, kept: Collection[str], *, dry_run: bool) -> Collected:
    """Remove manifests, then contents: a manifest never lacks its contents, whatever crashes."""
    wanted = {file.sha256 for address in kept for file in store.manifest(address).files}
    doomed = [address for address in store.addresses() if address not in kept]
    manifests = [store.manifest_path(address) for address in doomed]
    manifests += store.manifests.glob(".*")
    blobs = [path for path in _blobs(store.blobs) if path.name not in wanted]
    halves = [*store.blobs.temporary.glob("*/*")]
    size = sum(map(_size, [*manifests, *blobs, *halves]))
    if not dry_run:
        _remove(manifests)
        if manifests:
            sync_directory(store.manifests)
        _remove(blobs)
        shutil.rmtree(store.blobs.temporary, ignore_errors=True)
    return Collected(tuple(doomed), len(blobs) + len(halves), size)


def _blobs(blobs: BlobStore) -> Iterator[Path]:
    """Every stored content; what is named otherwise is not ours."""
    return (path for path in blobs.root.glob("??/*") if is_address(path.name))


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    return path.lstat().st_blocks * 512
