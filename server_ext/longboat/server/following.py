"""The logs that a browser follows: pieces as they are written, never more than it has room for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec

from longboat.api import Client
from longboat.errors import BadInput, LongboatError
from longboat.server.logs import Place, piece_of

INTERVAL = 0.1
"""Seconds between two looks at logs of which all is told."""
PIECE = 1 << 16
"""Bytes told at once: what else there is to say waits for no more."""
_CHARACTER = 4
"""Bytes of the longest in UTF-8: with less room one would be cut."""
MOST = 64
"""Logs that one browser follows."""
_Id = Annotated[int, msgspec.Meta(ge=0, lt=1 << 31)]
_Credit = Annotated[int, msgspec.Meta(ge=1, le=1 << 24)]

Message = dict[str, Any]


class Follow(msgspec.Struct, tag="follow", tag_field="kind", forbid_unknown_fields=True):
    """Tell this log from an offset on; a negative one counts from its end."""

    id: _Id
    """The browser's word for it."""
    job: str
    credit: _Credit
    """Bytes for which there is room."""
    replica: str = ""
    attempt: Annotated[int, msgspec.Meta(ge=0, lt=1 << 31)] = 0
    offset: Annotated[int, msgspec.Meta(ge=-(1 << 53), le=1 << 53)] = 0


class Credit(msgspec.Struct, tag="credit", tag_field="kind", forbid_unknown_fields=True):
    """There is room for so many bytes more."""

    id: _Id
    bytes: _Credit


class Leave(msgspec.Struct, tag="leave", tag_field="kind", forbid_unknown_fields=True):
    """Tell it no more."""

    id: _Id


_WORDS = msgspec.json.Decoder(Follow | Credit | Leave)


class Follows:
    """What one browser follows. Nothing is held: what cannot be sent yet stays in its file."""

    def __init__(self, client: Client, send: Callable[[Message], Awaitable[None]]) -> None:
        """``send`` returns when a message is on its way."""
        self._client = client
        self._send = send
        self._followed: dict[int, Follow] = {}
        self._task: asyncio.Task[None] | None = None

    def hear(self, text: str | bytes) -> None:
        """Take what the browser says. Raises BadInput when it is nothing that can be said."""
        try:
            said = _WORDS.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadInput.of(
                "message", f"This cannot be said here; ask by follow, credit or leave ({error})."
            ) from None
        if isinstance(said, Leave):
            self._followed.pop(said.id, None)
        elif isinstance(said, Credit):
            self._grant(said)
        else:
            self._begin(said)

    def close(self) -> None:
        """Follow nothing more."""
        self._followed.clear()
        if self._task is not None:
            self._task.cancel()

    def _grant(self, said: Credit) -> None:
        if said.id in self._followed:  # it may just have ended
            self._followed[said.id].credit += said.bytes

    def _begin(self, said: Follow) -> None:
        if said.id not in self._followed and len(self._followed) >= MOST:
            raise BadInput.of("message", f"At most {MOST} logs can be followed; leave some.")
        self._followed[said.id] = said
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._followed:
            told = [await self._tell(each) for each in list(self._followed.values())]
            if not any(told):
                await asyncio.sleep(INTERVAL)

    async def _tell(self, follow: Follow) -> bool:
        """Tell one piece; False when there was none, or no room for it."""
        if follow.credit < _CHARACTER:
            return False
        place = Place(follow.job, follow.replica, follow.attempt)
        limit = min(PIECE, follow.credit)
        try:
            piece = await asyncio.to_thread(piece_of, self._client, place, follow.offset, limit)
        except (LongboatError, OSError) as error:
            piece = {"problem": str(error), "end": True}
        if self._followed.get(follow.id) is not follow:
            return True  # left, or begun anew, meanwhile
        return await self._pass_on(follow, piece)

    async def _pass_on(self, follow: Follow, piece: Message) -> bool:
        size = piece.get("next", 0) - piece.get("offset", 0)
        follow.offset = piece.get("next", follow.offset)
        follow.credit -= size
        if piece["end"]:
            del self._followed[follow.id]
        if not (size or piece["end"]):
            return False
        await self._send({"kind": "log", "id": follow.id, **piece})
        return True
