"""Contents by their SHA-256: ``blobs/ab/abcdef…``, each written once and never changed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from longboat.errors import Broken
from longboat.system.files import sync_directory

_STALE = 24 * 3600
"""Seconds after which a half-written batch belongs to nobody."""


_SYNCS_AT_ONCE = 16


class BlobStore:
    """The contents under ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.temporary = root / "tmp"

    def path(self, address: str) -> Path:
        """Where the content with this address lies."""
        return self.root / address[:2] / address

    def holds(self, address: str, size: int) -> bool:
        """Tell whether it is there; one of another size is damaged and counts as missing."""
        try:
            return os.stat(f"{self.root}/{address[:2]}/{address}").st_size == size  # noqa: PTH116
        except OSError:
            return False

    def read(self, address: str) -> bytes:
        """Read a content; Broken when it is missing or not what its address says."""
        try:
            data = self.path(address).read_bytes()
        except FileNotFoundError as error:
            raise Broken(f"A file of the snapshot is missing: {self.path(address)}.") from error
        except OSError as error:
            raise Broken(f"{self.path(address)} cannot be read: {error.strerror}.") from error
        if hashlib.sha256(data).hexdigest() != address:
            raise Broken(f"A file of the snapshot is damaged: {self.path(address)}.")
        return data


class Batch:
    """Contents that become durable together.

    New ones are written beside the store and moved in, synced, by ``commit``; those already there
    cost one look. Use as a context manager: what was not committed is removed.
    """

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self._folder: Path | None = None
        self._new: dict[str, Path] = {}

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, data: bytes) -> str:
        """Add a content and give its address."""
        address = hashlib.sha256(data).hexdigest()
        if address not in self._new and not self._store.holds(address, len(data)):
            path = self._temporary() / address
            path.write_bytes(data)
            self._new[address] = path
        return address

    def commit(self) -> None:
        """Make all of them durable and visible."""
        # Side by side, as a file system's journal takes many in one commit.
        with ThreadPoolExecutor(_SYNCS_AT_ONCE) as pool:
            list(pool.map(_sync_file, self._new.values()))
        folders = {self._store.path(address).parent for address in self._new}
        created = [folder for folder in folders if not folder.exists()]
        for folder in created:
            folder.mkdir(exist_ok=True)
        for address, path in self._new.items():
            path.rename(self._store.path(address))
        for folder in sorted(folders):
            sync_directory(folder)
        if created:
            sync_directory(self._store.root)
        self._new.clear()

    def _temporary(self) -> Path:
        if self._folder is None:
            _sweep(self._store.temporary)
            self._folder = self._store.temporary / secrets.token_hex(8)
            self._folder.mkdir(parents=True)
        return self._folder


class Sums(Batch):
    """Contents that are only looked at: each gets its address, none is kept."""

    def add(self, data: bytes) -> str:
        """Give its address."""
        return hashlib.sha256(data).hexdigest()


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(temporary: Path) -> None:
    """Remove what takers left that were killed long ago."""
    with contextlib.suppress(OSError):
        for folder in temporary.iterdir():
            if time.time() - folder.stat().st_mtime > _STALE:
                shutil.rmtree(folder, ignore_errors=True)
