"""Services on disk: LONGBOAT_HOME/services/<name>/, one folder each."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path
from typing import TypeVar

from longboat.errors import BadInput, NotFound
from longboat.predictor import control
from longboat.predictor.control import Stats
from longboat.records import codec
from longboat.records.layout import Home
from longboat.services.record import Service, ServiceIntent, ServiceStatus
from longboat.spec.names import check_name
from longboat.system.files import sync_directory, write_atomic
from longboat.system.locks import FileLock

INTENT = "service.json"
STATUS = "status.json"
LOCK_SECONDS = 10.0

Record = TypeVar("Record", ServiceIntent, ServiceStatus)


class ServiceStore:
    """Reads and writes the services of one home."""

    def __init__(self, home: Home) -> None:
        self._root = home.services
        self._locks = home.local / "services"

    def folder(self, name: str) -> Path:
        """The folder of a service."""
        return self._root / name

    def lock(self, name: str) -> contextlib.AbstractContextManager[None]:
        """Keep others from changing what is wanted of a service, or removing it."""
        return FileLock(self._locks / f"{name}.lock").hold(LOCK_SECONDS)

    def names(self) -> list[str]:
        """List all services, in order."""
        try:
            entries = os.listdir(self._root)  # noqa: PTH208
        except FileNotFoundError:
            return []
        visible = (name for name in entries if not name.startswith("."))
        return sorted(name for name in visible if (self._root / name / INTENT).is_file())

    def read(self, name: str) -> Service:
        """Read all that is known of a service. Raises NotFound, Broken."""
        folder = self.folder(name)
        return Service(
            intent=self.intent(name),
            status=self.status(name),
            stats=control.read(folder / control.STATS, Stats) or Stats(),
            token_file=folder / control.TOKEN,
        )

    def intent(self, name: str) -> ServiceIntent:
        """Read what is wanted. Raises NotFound, Broken."""
        with contextlib.suppress(BadInput, NotFound):
            path = self.folder(check_name("service", name)) / INTENT
            return self._read(path, ServiceIntent)
        listed = ", ".join(self.names()) or "none"
        raise NotFound(f"There is no service {name!r}; deployed: {listed}.")

    def status(self, name: str) -> ServiceStatus:
        """Read what is so; of a service that nobody has looked at yet, nothing is."""
        path = self.folder(name) / STATUS
        return self._read(path, ServiceStatus) if path.exists() else ServiceStatus()

    def want(self, intent: ServiceIntent) -> None:
        """Make an intent durable; the caller holds the lock."""
        folder = self.folder(intent.spec.name)
        folder.mkdir(parents=True, exist_ok=True)
        self._make_token(folder)
        write_atomic(folder / INTENT, codec.encode(intent))
        sync_directory(self._root)

    def write_status(self, name: str, status: ServiceStatus) -> None:
        """Make a status durable."""
        write_atomic(self.folder(name) / STATUS, codec.encode(status))

    def remove(self, name: str) -> None:
        """Forget a service at once, unless it has been wanted again meanwhile."""
        with self.lock(name):
            if self.intent(name).target != "stopped":
                return
            gone = self._root / f".gone-{secrets.token_hex(6)}"
            self.folder(name).rename(gone)
            sync_directory(self._root)
        self.sweep()

    def sweep(self) -> None:
        """Delete folders that were forgotten but not yet deleted."""
        for gone in self.forgotten():
            shutil.rmtree(gone, ignore_errors=True)

    def forgotten(self) -> list[Path]:
        """List what ``sweep`` would delete."""
        return list(self._root.glob(".gone-*"))

    def _make_token(self, folder: Path) -> None:
        """Make the token once; it is the service's for good."""
        path = folder / control.TOKEN
        if not path.exists():
            write_atomic(path, secrets.token_urlsafe(32).encode(), mode=0o600)

    def _read(self, path: Path, kind: type[Record]) -> Record:
        try:
            return codec.decode(path.read_bytes(), kind, path, oldest=0)
        except FileNotFoundError:
            raise NotFound(f"There is no service {path.parent.name!r}.") from None
