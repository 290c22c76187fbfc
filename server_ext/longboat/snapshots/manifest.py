"""What a snapshot holds; its address is the hash of its canonical list."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

import msgspec

from longboat.errors import Broken, NotFound
from longboat.spec.decoding import UNDECODABLE

FORMAT = 1
_ADDRESS = re.compile(r"[0-9a-f]{64}")


class FileEntry(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """One file."""

    path: str
    """Relative, POSIX."""
    size: int
    sha256: str
    executable: bool = False


class _Head(msgspec.Struct):
    format: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The record: cells and files, nothing of environment, time or place."""

    format: int = FORMAT
    entry: str
    files: tuple[FileEntry, ...]
    """Sorted by path."""
    directories: tuple[str, ...] = ()
    """Those without files, as a notebook may write into them; sorted."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, weakref=True):
    """A stored snapshot; who gave the object says whether it is kept while that lives."""

    address: str
    """SHA-256 of the canonical manifest, in hex."""
    entry: str
    """The notebook or script, a relative POSIX path."""
    files: tuple[FileEntry, ...]
    directories: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """Sentences about what was left behind; of the taking, not of the snapshot."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def encode(manifest: Manifest) -> tuple[str, bytes]:
    """Give a manifest's address and its canonical bytes."""
    data = msgspec.json.encode(manifest)
    return hashlib.sha256(data).hexdigest(), data


def decode(address: str, data: bytes) -> Manifest:
    """Read a manifest back; Broken when it is not what its address says."""
    if hashlib.sha256(data).hexdigest() != address:
        raise Broken(f"The list of files of snapshot {address[:12]} is damaged.")
    try:
        if msgspec.json.decode(data, type=_Head).format > FORMAT:
            raise Broken(f"Snapshot {address[:12]} was written by a later Longboat; use that one.")
        manifest = msgspec.json.decode(data, type=Manifest)
    except UNDECODABLE as error:
        raise Broken(
            f"The list of files of snapshot {address[:12]} is not one: {error}."
        ) from error
    paths = (manifest.entry, *manifest.directories, *(file.path for file in manifest.files))
    if manifest.format != FORMAT or not all(is_inside(path) for path in paths):
        raise Broken(f"Snapshot {address[:12]} cannot be used: its format or a path is refused.")
    for file in manifest.files:
        check_address(file.sha256)
    return manifest


def is_inside(path: str) -> bool:
    """Tell whether a relative POSIX path stays below where it starts."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\0" not in path


def is_address(text: str) -> bool:
    """Tell whether a text has the form of an address; nothing else ever becomes a path."""
    return _ADDRESS.fullmatch(text) is not None


def check_address(address: str) -> str:
    """Give an address back; NotFound when it cannot be one."""
    if not is_address(address):
        raise NotFound(
            f'"{address[:80]}" is not the address of a snapshot; take one from a receipt.'
        )
    return address
