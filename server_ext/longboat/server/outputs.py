"""What a job left: whole logs, files, its executed notebook; and two jobs beside each other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from tornado.iostream import StreamClosedError
from tornado.web import authenticated

from longboat.errors import NotFound
from longboat.server.handler import Handler
from longboat.server.jobs import job_of
from longboat.server.logs import Place, file_of

_AT_ONCE = 1 << 18
"""Bytes that are held of a file."""


class Sending(Handler):
    """Sends a file, whatever its size, as something to keep and nothing to show."""

    async def send(self, name: str, open_file: Callable[[], BinaryIO]) -> None:
        """Send what is there now. Raises NotFound."""
        file = await self.aside(open_file)
        try:
            self.set_header("Content-Type", "application/octet-stream")
            self.set_header("X-Content-Type-Options", "nosniff")
            self.set_header("Content-Disposition", f"attachment; filename*=utf-8''{quote(name)}")
            left = os.fstat(file.fileno()).st_size
            self.set_header("Content-Length", str(left))
            while left and (data := await self.aside(file.read, min(left, _AT_ONCE))):
                left -= len(data)
                self.write(data)
                await self.flush()
        except StreamClosedError:
            return  # who asked has gone
        finally:
            file.close()
        self.finish()


class WholeLog(Sending):
    """A replica's log as a file."""

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Send what it has printed so far."""
        attempt = self.number("attempt", 0, 0, 1 << 31)
        place = Place(job_id, self.get_query_argument("replica", ""), attempt)
        path = (await self.aside(file_of, self.client, place))[0]
        await self.send(f"{job_id}-{path.parent.name}.log", lambda: _opened(path))


class Files(Handler):
    """The files that a job wrote."""

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """List them; say whether there is an executed notebook."""
        self.reply(await self.aside(self._listed, job_id))

    def _listed(self, job_id: str) -> dict[str, Any]:
        job = job_of(self.client, job_id)
        try:
            notebook = job.notebook().name
        except NotFound:
            notebook = None
        files = [{"path": file.path, "size": file.size} for file in job.files()]
        return {"files": files, "notebook": notebook is not None}


class OneFile(Sending):
    """One of them."""

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Send it; ``path`` is one that is listed."""
        path = self.get_query_argument("path", "")
        name = path.rpartition("/")[2]
        await self.send(name, lambda: job_of(self.client, job_id).file(path))


class Executed(Sending):
    """The notebook as a job has executed it."""

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Send it with the outputs that there are by now."""
        await self.send(f"{job_id}.ipynb", lambda: _opened(job_of(self.client, job_id).notebook()))


class Receipt(Handler):
    """Where a job came from."""

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Tell it, without the interpreter's path, which is the server's own matter."""
        found = await self.aside(lambda: job_of(self.client, job_id).receipt())
        interpreter = found.get("interpreter")
        if isinstance(interpreter, dict):
            found["interpreter"] = {k: v for k, v in interpreter.items() if k != "path"}
        self.reply(found)


class Diff(Handler):
    """Two jobs beside each other."""

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Say what is other in ``other``."""
        other = self.get_query_argument("other", "")
        self.reply(await self.aside(self._compared, job_id, other))

    def _compared(self, job_id: str, other: str) -> dict[str, Any]:
        # Seldom asked for, and a third of what the extension would take to load.
        from longboat.jobs.comparison_view import describe_comparison

        return describe_comparison(job_of(self.client, job_id).diff(job_of(self.client, other)))


def _opened(place: Path) -> BinaryIO:
    try:
        return place.open("rb")
    except FileNotFoundError:
        raise NotFound("It has printed nothing yet; look again later.") from None
