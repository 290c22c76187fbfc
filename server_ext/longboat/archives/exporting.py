"""Writes a job that has ended as one archive: whole under its name, or not there."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import platform
import secrets
import tarfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import IO, NamedTuple, cast

from longboat.archives import contents as lists
from longboat.archives import layout, limits
from longboat.archives.contents import FIELD, Contents, Packed
from longboat.archives.packing import Choice, Left, Packing, Source, packed
from longboat.errors import BadInput, Conflict, TooLarge, Unavailable
from longboat.records.layout import Home
from longboat.records.status import JobRecord
from longboat.snapshots.receipt import user
from longboat.snapshots.store import SnapshotStore
from longboat.system.files import move_new

SUFFIXES = {".tar": False, ".tar.gz": True, ".tgz": True}
"""Endings of an archive's name, and whether it is compressed."""


class Export(NamedTuple):
    """What was written."""

    path: Path
    size: int
    """Bytes."""
    files: int
    left: list[Left]
    """What of the job stayed behind."""


class Exporter:
    """Exports the jobs of one home."""

    def __init__(self, home: Home, snapshots: SnapshotStore) -> None:
        self._home = home
        self._snapshots = snapshots

    def write(self, record: JobRecord, archive: Path, choice: Choice) -> Export:
        """Pack a settled job into the new file ``archive``; durable when this returns.

        Raises BadInput for field ``file`` when that is there or cannot be written, TooLarge when it
        is more than an import would take, Broken when the job is damaged.
        """
        compressed = check_free(archive)
        packing = Packing(self._home.run(record.id), choice)
        with _reading_of(record):
            sources = list(packing.sources(self._snapshots, record.snapshot))
            contents = self._contents(record, [packed(source) for source in sources])
        _check_amount(contents, packing.left)
        with _replacing(archive) as out:
            _write(out, compressed, contents, sources)
            size = os.fstat(out.fileno()).st_size
            unpacked = sum(file.size for file in contents.files)
            if limits.is_bomb(size, unpacked):
                raise TooLarge(
                    "What the job printed repeats itself so often that an import would refuse it "
                    "compressed; name a file that ends in .tar."
                )
        return Export(archive, size, len(sources), packing.left)

    def _contents(self, record: JobRecord, files: list[Packed]) -> Contents:
        return Contents(
            longboat=version("longboat"),
            job=record.id,
            who=user(),
            host=platform.node(),
            when=time.time(),
            files=tuple(files),
        )


def check_free(archive: Path) -> bool:
    """Tell whether an archive of this name is compressed.

    Raises BadInput when the name says neither, or is taken.
    """
    compressed = [packs for suffix, packs in SUFFIXES.items() if archive.name.endswith(suffix)]
    if not compressed:
        raise BadInput.of(FIELD, f"{archive} must end in .tar or .tar.gz; choose such a name.")
    if os.path.lexists(archive):
        raise BadInput.of(FIELD, f"{archive} is there already; choose another name.")
    return compressed[0]


def _check_amount(contents: Contents, left: list[Left]) -> None:
    too_much = limits.excess([file.size for file in contents.files])
    if too_much is not None:
        largest = max(contents.files, key=lambda file: file.size)
        raise TooLarge(
            f"The job has {too_much}; the largest is {largest.path}. Remove what can go."
        )


def _write(out: IO[bytes], compressed: bool, contents: Contents, sources: list[Source]) -> None:
    """Write the archive: the list first, then each file as it says."""
    # GNU's format has long names and sizes without headers that need interpretation (PAX).
    packing = (
        gzip.GzipFile("", "wb", 6, out, mtime=0) if compressed else contextlib.nullcontext(out)
    )
    with (
        packing as packed_out,
        tarfile.TarFile(
            fileobj=cast(IO[bytes], packed_out),
            mode="w",
            format=tarfile.GNU_FORMAT,
            encoding="utf-8",
        ) as archive,
    ):
        data = lists.encode(contents)
        listed = Packed(layout.CONTENTS, len(data), "")
        archive.addfile(_header(contents, listed), io.BytesIO(data))
        for file, source in zip(contents.files, sources, strict=True):
            with source.place.open("rb") as content:
                archive.addfile(_header(contents, file), content)
    out.flush()


def _header(contents: Contents, file: Packed) -> tarfile.TarInfo:
    """Describe a file without an owner: whoever unpacks it shall have it."""
    header = tarfile.TarInfo(f"{contents.job}/{file.path}")
    header.size = file.size
    header.mode = 0o755 if file.executable else 0o644
    header.mtime = int(contents.when)
    return header


@contextlib.contextmanager
def _replacing(archive: Path) -> Iterator[IO[bytes]]:
    """Give a file that becomes ``archive`` when the block ends well, durably, and else goes."""
    temporary = archive.with_name(f".{archive.name}.{secrets.token_hex(6)}")
    try:
        with temporary.open("xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        move_new(temporary, archive)
    except FileExistsError:
        raise BadInput.of(FIELD, f"{archive} is there already; choose another name.") from None
    except OSError as error:
        raise BadInput.of(
            FIELD, f"{archive} cannot be written: {error.strerror or error}."
        ) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


@contextlib.contextmanager
def _reading_of(record: JobRecord) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Conflict(
            f"{error.filename} of job {record.id} is missing; export what is whole."
        ) from None
    except OSError as error:
        raise Unavailable(f"{error.filename} cannot be read: {error.strerror}.") from None
