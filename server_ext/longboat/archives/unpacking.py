"""From an archive that anybody may have made to a folder of plain files, or to a refusal.

Nothing is taken from the archive but bytes: the list of contents says which files must come, how
large and with which hash, and each is written under a name that was checked. So no link, device,
owner, right or path of the archive's own ever has an effect.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

from longboat.archives import contents as lists
from longboat.archives import layout, limits
from longboat.archives.contents import Contents, Packed, unsound
from longboat.archives.source import Source
from longboat.errors import BadInput
from longboat.spec.problems import shown

HEADERS = 4 * tarfile.RECORDSIZE
"""Bytes beside the content that one file may bring: its header, a long name, padding."""
_PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)


class _Member(tarfile.TarInfo):
    def _proc_pax(self, archive: tarfile.TarFile) -> NoReturn:
        """Refuse what export never writes; old Pythons read it for minutes (CVE-2024-6232)."""
        raise tarfile.ReadError("it has a header of another program")


class Unpacking:
    """One reading of one archive."""

    def __init__(self, source: Source) -> None:
        """Read as far as the list of contents. Raises BadInput."""
        self._source = source
        self._archive = source.archive
        self._members = self._walk()
        self.contents = self._read_contents()

    def unpack(self, folder: Path) -> None:
        """Write every file that the list names into ``folder``, durably.

        Raises BadInput when the archive holds anything else, and OSError (disk full).
        """
        expected = {file.path: file for file in self.contents.files}
        self._source.allow(sum(file.size + HEADERS for file in self.contents.files) + HEADERS)
        for member in self._members:
            path = member.name.removeprefix(f"{self.contents.job}/")
            file = expected.pop(path, None)
            if file is None or path == member.name:
                raise self._unexpected(member)
            self._check(member, file)
            self._write(file, folder / path)
        if expected:
            raise unsound(self._archive, f'is cut off: "{shown(min(expected))}" is missing')

    def _read_contents(self) -> Contents:
        member = next(self._members, None)
        folder, _, name = member.name.partition("/") if member else ("", "", "")
        if member is None or name != layout.CONTENTS or member.type not in _PLAIN:
            raise unsound(
                self._archive, "is an archive, but not of a job: longboat export makes those"
            )
        if member.size > limits.LARGEST_LIST:
            raise unsound(self._archive, "is damaged: its list of contents is too long")
        data = b"".join(self._pieces(member.size))
        found = lists.decode(self._archive, data)
        if found.job != folder:
            raise unsound(self._archive, "is damaged: its folder and its list name two jobs")
        return found

    def _walk(self) -> Iterator[tarfile.TarInfo]:
        """Give the members one by one; each is read before the next."""
        with self._parsing():
            archive: Any = tarfile.TarFile(
                fileobj=cast(BinaryIO, self._source), tarinfo=_Member, encoding="utf-8"
            )
        while True:
            with self._parsing():
                member: tarfile.TarInfo | None = archive.next()
            if member is None:
                return
            archive.members = []  # or a hundred thousand of them would be kept
            yield member

    @contextlib.contextmanager
    def _parsing(self) -> Iterator[None]:
        """Say of whatever the parser stumbles over that this is no archive, or a damaged one."""
        begun = self._source.tell()
        try:
            yield
        except (tarfile.TarError, ValueError, ArithmeticError, LookupError, RecursionError):
            what = (
                "is cut off or damaged"
                if begun
                else "is not an archive; longboat export makes those"
            )
            raise unsound(self._archive, what) from None

    def _check(self, member: tarfile.TarInfo, file: Packed) -> None:
        if member.type not in _PLAIN:
            raise unsound(self._archive, f'holds "{shown(member.name)}", which is no plain file')
        if member.size != file.size:
            raise unsound(self._archive, f'lies about the size of "{shown(file.path)}"')

    def _unexpected(self, member: tarfile.TarInfo) -> BadInput:
        named = {f"{self.contents.job}/{file.path}" for file in self.contents.files}
        how = "twice" if member.name in named else "without naming it in its list of contents"
        return unsound(self._archive, f'holds "{shown(member.name)}" {how}')

    def _write(self, file: Packed, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o755 if file.executable else 0o644
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        digest = hashlib.sha256()
        with os.fdopen(descriptor, "wb") as out:
            for piece in self._pieces(file.size):
                digest.update(piece)
                out.write(piece)
            out.flush()
            os.fsync(descriptor)
        if digest.hexdigest() != file.sha256:
            raise unsound(
                self._archive, f'is damaged: "{shown(file.path)}" is not what its hash says'
            )

    def _pieces(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self._source.read(min(size, limits.PIECE))
            if not piece:
                raise unsound(self._archive, "is cut off")
            size -= len(piece)
            yield piece
