"""The snapshots of one LONGBOAT_HOME: taken, read, laid out."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from longboat.errors import BadInput, Broken, Conflict, NotFound, TooLarge, Unavailable
from longboat.snapshots import manifest as manifests
from longboat.snapshots.blobs import Batch, BlobStore, Sums
from longboat.snapshots.choosing import Limit, choose
from longboat.snapshots.holding import hold, storing
from longboat.snapshots.manifest import FileEntry, Manifest, Snapshot
from longboat.snapshots.notes import Notes
from longboat.snapshots.taking import DEFAULT_LIMIT, Taking
from longboat.snapshots.walking import Folder
from longboat.spec.notebook import NotebookFacts, read_notebook
from longboat.system.files import sync_directory, write_atomic


class SnapshotStore:
    """Snapshots under ``root``; several processes may use it at once."""

    def __init__(self, root: Path, keep_out: Sequence[Path] = ()) -> None:
        """``keep_out``: folders that never travel (LONGBOAT_HOME); ``root`` is one by itself."""
        self.root = root.absolute()
        self.blobs = BlobStore(self.root / "blobs")
        self.manifests = self.root / "manifests"
        self._keep_out = tuple(Path(os.path.realpath(path)) for path in (root, *keep_out))

    def take(
        self,
        entry: Path,
        globs: Sequence[str] = (),
        limit: int = DEFAULT_LIMIT,
        facts: NotebookFacts | None = None,
    ) -> Snapshot:
        """Store a notebook or script with the files it needs; durable when this returns.

        Nobody collects it as long as the object that this gives lives; a job must name it by then.
        ``globs`` are ``--file`` patterns, ``limit`` is in bytes; ``facts`` spares a second reading
        of the notebook. Raises BadInput, TooLarge, and Unavailable when it cannot be written.
        """
        entry = entry.absolute()
        facts = facts or read_notebook(entry)
        folder = Folder(Path(os.path.realpath(entry.parent)), self._keep_out)
        with _storing(self.root), storing(self.root):
            taking = Taking(folder, facts, Batch(self.blobs), limit)
            manifest, warnings = taking.take(globs)
            address, data = manifests.encode(manifest)
            self._keep(address, data)
            taken = _snapshot(address, manifest, warnings)
            hold(taken, self.manifest_path(address))
        return taken

    def look(
        self,
        entry: Path,
        globs: Sequence[str] = (),
        limit: int = DEFAULT_LIMIT,
        facts: NotebookFacts | None = None,
    ) -> Snapshot:
        """Give what ``take`` would, from its address to its warnings; nothing of it is stored.

        Raises BadInput, TooLarge.
        """
        entry = entry.absolute()
        facts = facts or read_notebook(entry)
        folder = Folder(Path(os.path.realpath(entry.parent)), self._keep_out)
        manifest, warnings = Taking(folder, facts, Sums(self.blobs), limit).take(globs)
        return _snapshot(manifests.encode(manifest)[0], manifest, warnings)

    def check(
        self,
        entry: Path,
        globs: Sequence[str] = (),
        limit: int = DEFAULT_LIMIT,
        facts: NotebookFacts | None = None,
    ) -> None:
        """Look for what ``take`` would refuse, as far as names and sizes tell; store nothing.

        Raises BadInput, also for what is too large.
        """
        entry = entry.absolute()
        folder = Folder(Path(os.path.realpath(entry.parent)), self._keep_out)
        facts = facts or read_notebook(entry)
        # Not the file's size: most of that may be outputs, which do not travel.
        bounds = Limit(limit, sum(len(cell.source) for cell in facts.cells))
        try:
            choose(folder, facts, globs, bounds, Notes())
        except TooLarge as error:
            raise BadInput.of("files", str(error)) from error

    def hold(self, address: str) -> Snapshot:
        """Read what a snapshot holds; as with ``take`` nobody collects it meanwhile.

        Raises NotFound, Broken, Unavailable.
        """
        with _storing(self.root), storing(self.root):
            held = self.manifest(address)
            hold(held, self.manifest_path(address))
        return held

    def addresses(self) -> list[str]:
        """List every snapshot, in no order."""
        names = (path.stem for path in self.manifests.glob("*.json"))
        return [name for name in names if manifests.is_address(name)]

    def manifest_path(self, address: str) -> Path:
        """Where a snapshot's manifest lies. Raises NotFound when it cannot be an address."""
        return self.manifests / f"{manifests.check_address(address)}.json"

    def manifest(self, address: str) -> Snapshot:
        """Read what a snapshot holds; NotFound when there is none, Broken when it is damaged."""
        path = self.manifest_path(address)
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"There is no snapshot {address[:12]} in {self.root}.") from error
        except OSError as error:
            raise Broken(f"{path} cannot be read: {error.strerror}.") from error
        return _snapshot(address, manifests.decode(address, data), ())

    def materialise(self, address: str, destination: Path) -> None:
        """Lay the files out as the folder ``destination``, whole or not at all.

        They are copies that may be written to. If the folder is there with something in it,
        nothing is done: it was laid out before. Not synced: after a power cut no attempt goes on.
        Raises NotFound, Broken (a content is missing or damaged), Unavailable (no space).
        """
        if not _occupied(destination):
            with self._laid_out(address, destination) as prepared:
                _move(prepared, destination)

    def restore(self, address: str, destination: Path) -> None:
        """Lay the files out for a person, as the folder ``destination``, whole or not at all.

        Raises BadInput for field ``folder`` when something is there or its parent is not; else as
        ``materialise``.
        """
        # Of a link to an empty folder, the folder is what is filled.
        destination = Path(os.path.realpath(destination))
        _check_free(destination)
        with self._laid_out(address, destination) as prepared:
            prepared.rename(destination)

    def adopt(self, address: str, listed: bytes, contents: Path) -> None:
        """Keep a snapshot that came from elsewhere; durable when this returns.

        ``listed`` is its manifest, ``contents`` a folder of its files named by their SHA-256.
        Raises Broken (nothing is kept), and Unavailable when it cannot be written.
        """
        manifest = manifests.decode(address, listed)
        with _storing(self.root), Batch(self.blobs) as batch:
            for sha256 in {file.sha256 for file in manifest.files}:
                batch.add((contents / sha256).read_bytes())
            batch.commit()
            self._keep(address, listed)

    def read(self, address: str, path: str) -> bytes:
        """Read one file of a snapshot."""
        for file in self.manifest(address).files:
            if file.path == path:
                return self.blobs.read(file.sha256)
        raise NotFound(f"Snapshot {address[:12]} has no file {path}.")

    def _keep(self, address: str, data: bytes) -> None:
        path = self.manifest_path(address)
        if path.exists():
            return
        if not self.manifests.exists():
            self.manifests.mkdir(parents=True, exist_ok=True)
            sync_directory(self.root)
        write_atomic(path, data)

    @contextlib.contextmanager
    def _laid_out(self, address: str, destination: Path) -> Iterator[Path]:
        """Give a folder beside ``destination`` with the files in it; it goes if it is not moved."""
        snapshot = self.manifest(address)
        temporary = destination.with_name(f".{destination.name}.{secrets.token_hex(6)}")
        with _storing(destination):
            try:
                temporary.mkdir(parents=True)
                self._lay_out(snapshot, temporary)
                yield temporary
            finally:
                shutil.rmtree(temporary, ignore_errors=True)

    def _lay_out(self, snapshot: Snapshot, where: Path) -> None:
        for directory in snapshot.directories:
            (where / directory).mkdir(parents=True, exist_ok=True)
        made = {where}
        for file in snapshot.files:
            path = where / file.path
            if path.parent not in made:
                path.parent.mkdir(parents=True, exist_ok=True)
                made.add(path.parent)
            self._write(file, path)

    def _write(self, file: FileEntry, path: Path) -> None:
        data = self.blobs.read(file.sha256)
        mode = 0o755 if file.executable else 0o644
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)


def _snapshot(address: str, manifest: Manifest, warnings: Sequence[str]) -> Snapshot:
    return Snapshot(
        address=address,
        entry=manifest.entry,
        files=manifest.files,
        directories=manifest.directories,
        warnings=tuple(warnings),
    )


def _occupied(destination: Path) -> bool:
    try:
        return any(destination.iterdir())
    except FileNotFoundError:
        return False
    except NotADirectoryError as error:
        raise Conflict(
            f"{destination} is a file, where a folder is to be; choose another name."
        ) from error


def _check_free(destination: Path) -> None:
    """Refuse a folder that a rename could not become without harm."""
    if not destination.parent.is_dir():
        raise BadInput.of("folder", f"{destination.parent} is not a folder; make it first.")
    if destination == Path.cwd():
        raise BadInput.of("folder", f"You are in {destination}; name a new folder to be made.")
    if destination.is_file() or _occupied(destination):
        raise BadInput.of(
            "folder", f"{destination} is there already; choose a new or empty folder."
        )


def _move(temporary: Path, destination: Path) -> None:
    """Rename into place, over an empty folder at most; whoever comes second leaves it."""
    try:
        temporary.rename(destination)
    except OSError:
        if not _occupied(destination):
            raise


@contextlib.contextmanager
def _storing(where: Path) -> Iterator[None]:
    """Say of a failed write what it was; no half-written thing is visible then."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable(f"The snapshot cannot be written to {where}: {reason}.") from error
