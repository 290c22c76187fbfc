"""How far a replica's stream has been received: what a successor must know to go on exactly."""

from __future__ import annotations

from typing import Annotated

import msgspec

from longboat.backends.kubernetes.receiving.files import Announced
from longboat.errors import Broken
from longboat.guest.files import write_atomic
from longboat.records.layout import ReplicaDirectory
from longboat.spec.decoding import UNDECODABLE

_FORMAT = 1
_Amount = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
_Code = Annotated[int, msgspec.Meta(ge=-255, le=255)]
_Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
"""What comes from a pod may be anything; what is remembered must be possible to read again."""


class Cursor(msgspec.Struct):
    """A place among lines that are known by their times alone."""

    at: int
    """The latest time of a line that was taken, in nanoseconds since the epoch."""
    count: int
    """How many lines of this time were taken."""


class End(msgspec.Struct, frozen=True):
    """How the replica's process ended, as its carrier saw it."""

    exit_code: _Code
    """Negative for a signal."""
    at: _Seconds
    """Seconds since the epoch, of the node's clock."""
    memory_peak: _Amount | None
    """Bytes."""
    oom: bool
    """The kernel has killed for want of memory."""
    files: _Amount
    """How many the carrier has sent."""
    copied: _Amount | None = None
    """How many are in its copy on the volume, which is whole; None when there is none."""


class Left(msgspec.Struct, frozen=True):
    """A file that was too much to send; without a copy on a volume it is gone with its pod."""

    path: str
    """Relative to the replica's folder."""
    size: _Amount
    """Bytes."""


class Uncopied(msgspec.Struct, frozen=True):
    """The copy on the volume goes no further."""

    why: Annotated[str, msgspec.Meta(max_length=200)]


class State(msgspec.Struct):
    """All that is remembered between two couriers."""

    format: int = _FORMAT
    cursor: Cursor | None = None
    log: int = 0
    """Sizes of the files, in bytes."""
    times: int = 0
    events: int = 0
    parts: int = 0
    last_time: int | None = None
    """Of the log's time index."""
    next_record: int = 0
    text: int = 0
    """Bytes of the replica's output that have passed, lost ones included."""
    event: str = ""
    """The beginning of an event of which parts are still to come, in base64."""
    file: Announced | None = None
    file_start: int = 0
    """Where its parts begin among those that are kept."""
    next_piece: int = 0
    """The number of the piece of it that comes next."""
    holes: list[int] = []
    """The numbers of those before that did not come."""
    last_known: bool = False
    """Whether the next one would come after its last."""
    sums_due: int = 0
    """How many sums follow of a file that is whole without them."""
    began: bool = False
    end: End | None = None
    complete: bool = True
    source_lost: bool = False
    lost_bytes: int = 0
    left: list[Left] = []
    damaged: dict[str, int] = {}
    """Path → size of each file that did not arrive whole."""
    arrived: int = 0
    """Files that did."""
    uncopied: str = ""
    """Why its copy on the volume has ended before its time."""
    copied: int = 0
    """Bytes of the copy that were taken; 0 for what came from the pod itself."""


class Ledger:
    """Keeps the state of one replica in its folder."""

    def __init__(self, directory: ReplicaDirectory) -> None:
        self._directory = directory
        self._path = directory.path / ".received"
        self._saved = b""

    def load(self) -> State:
        """Read how far it has come; from the beginning when there is nothing yet.

        Raises Broken when it cannot be known: going on would destroy what is there.
        """
        try:
            state = msgspec.json.decode(self._path.read_bytes(), type=State)
        except FileNotFoundError:
            return self._first()
        except UNDECODABLE as error:
            raise Broken(f"{self._path} is damaged: {error}.") from error
        if state.format > _FORMAT:
            raise Broken(f"{self._path} was written by a later Longboat; use that one.")
        return state

    def save(self, state: State) -> None:
        """Replace what is remembered. Raises OSError."""
        data = msgspec.json.encode(state)
        if data != self._saved:
            # Not synced, as the files that it speaks of are not.
            write_atomic(str(self._path), data, durable=False)
            self._saved = data

    def _first(self) -> State:
        # On disk before anything else is: a log without it was received and tidied long ago.
        if self._directory.log.exists():
            raise Broken(f"{self._directory.log} is complete; nothing more can be received there.")
        self._directory.path.mkdir(parents=True, exist_ok=True)
        state = State()
        self.save(state)
        return state
