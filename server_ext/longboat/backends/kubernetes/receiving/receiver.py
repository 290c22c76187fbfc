"""A replica's folder of the run directory, rebuilt from the lines of its pod's log.

The pod's carrier (guest/carry.py) has put records between what the replica prints; here they are
taken out again and become what they were there: bytes of the log, events, files.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import msgspec
from msgspec.json import decode, encode

from longboat.backends.kubernetes.receiving.files import Announced, Appended, Part
from longboat.backends.kubernetes.receiving.incoming import Incoming, Sum
from longboat.backends.kubernetes.receiving.log import ReceivedLog
from longboat.backends.kubernetes.receiving.state import Cursor, End, Ledger, Left, Uncopied
from longboat.guest import inband, wire
from longboat.guest.inband import Reader, Record
from longboat.records.layout import ReplicaDirectory

__all__ = ["End", "Left", "Receiver"]

_LONGEST_EVENT = 1 << 22
"""Characters of its base64."""
_SIGNS_OF_LIFE = frozenset({inband.BEGAN, inband.EVENT, inband.MARK})


class Receiver:
    """Takes the lines of one pod and writes one replica's folder; one at a time.

    It may be dropped, or its process killed, at any moment: the next one goes on from what was last
    saved, and cuts off what was written since. The lines from ``resume_at`` on must then come again
    (more may); those that were taken before are passed over. After an OSError make a new one.
    """

    def __init__(self, directory: ReplicaDirectory, nonce: str) -> None:
        """Go on where the last one saved, or begin.

        Raises OSError, and Broken when the folder is not one that is being received.
        """
        self._folder = directory.path
        self._ledger = Ledger(directory)
        self._state = state = self._ledger.load()
        self._taken_before = state.cursor and Cursor(state.cursor.at, state.cursor.count)
        self._reader = Reader(nonce)
        self._log = ReceivedLog(directory, state.log, state.times, state.last_time)
        self._events = Appended(directory.events, state.events)
        self._parts = Appended(directory.path / ".parts", state.parts)
        self._incoming = Incoming(directory.path, state, self._parts)
        self._look_for_damage()

    @property
    def resume_at(self) -> int | None:
        """From when lines are needed, in nanoseconds since the epoch; None: from the first."""
        cursor = self._state.cursor
        return None if cursor is None else cursor.at

    @property
    def began(self) -> bool:
        """Whether the replica's process was executed."""
        return self._state.began

    @property
    def end(self) -> End | None:
        """How the replica ended; None as long as it has not said."""
        return self._state.end

    @property
    def complete(self) -> bool:
        """Whether nothing has been lost so far, and every file announced has arrived whole."""
        return self._state.complete

    @property
    def lost_bytes(self) -> int:
        """How many bytes of the log are known to be lost."""
        return self._state.lost_bytes

    @property
    def left(self) -> list[Left]:
        """The files that were too much to send."""
        return self._state.left

    @property
    def missing(self) -> Mapping[str, int]:
        """Path → size of each file that is not here: too much to send, or damaged on the way."""
        return {**{file.path: file.size for file in self.left}, **self._state.damaged}

    @property
    def lost_files(self) -> int:
        """How many files that were sent did not arrive whole; some may not be in ``missing``."""
        return self._state.end.files - self._state.arrived if self._state.end else 0

    @property
    def text(self) -> int:
        """How many bytes of the replica's output have passed, lost ones included."""
        return self._state.text

    @property
    def uncopied(self) -> str:
        """Why its copy on the volume has ended before its time; empty when it has not."""
        return self._state.uncopied

    @property
    def copied(self) -> int:
        """How many bytes of the copy were taken; 0 when all came from the pod itself."""
        return self._state.copied

    def take(self, at: int, data: bytes) -> None:
        """Take a line with its newline; without one only if the pod has ended there.

        ``at`` is its time in nanoseconds since the epoch, negative for a line without one.
        Raises OSError: no space.
        """
        self.take_many(((at, data),))

    def take_many(self, lines: Iterable[tuple[int, bytes]]) -> None:
        """Take lines, in the order in which they come."""
        for at, data in lines:
            if self._is_new(at):
                self._line(at, data)

    def take_copy(self, lines: Iterable[tuple[int, bytes]], size: int) -> None:
        """Take the lines of the next ``size`` bytes of the copy on the volume.

        Their place is known. A receiver takes either these or those of the pod. Raises OSError.
        """
        for at, data in lines:
            self._line(at, data)
        self._state.copied += size

    def lose(self, why: str) -> None:
        """Say in the log that the rest of it cannot be had; ``why``: the pod was evicted, …

        Nothing happens when the end had come before, or when this was said before.
        """
        if self._state.end is None and not self._state.source_lost:
            self._state.source_lost = True
            self._note(time.time_ns(), f"the rest of this log is lost: {why}", None, None)

    def save(self) -> None:
        """Write what was taken, and remember that it was. Raises OSError."""
        state = self._state
        self._log.flush()
        for file in (self._events, self._parts):
            file.flush()
        state.log, state.times = self._log.file.size, self._log.times.size
        state.last_time = self._log.last
        state.events = self._events.size
        state.parts = self._parts.size if state.file else 0
        self._ledger.save(state)
        # Not before: whoever goes on from an earlier save still needs them.
        if self._parts.size > state.parts:
            self._parts.cut(state.parts)

    def _is_new(self, at: int) -> bool:
        """Move the cursor over a line; False when it was taken before the last save.

        False, too, for what has no time: a complaint of the kubelet's, or the end of a line.
        """
        if at < 0:
            return False
        before = self._taken_before
        if before is not None:
            if at < before.at:
                return False
            if at == before.at and before.count:
                before.count -= 1
                return False
            if at > before.at:
                self._taken_before = None
        cursor = self._state.cursor
        if cursor is None or at > cursor.at:
            self._state.cursor = Cursor(at, 1)
        elif at == cursor.at:
            cursor.count += 1
        return True

    def _line(self, at: int, data: bytes) -> None:
        if b"\x1e" in data:
            self._read(at, data)
        else:
            self._text(at, data)

    def _read(self, at: int, data: bytes) -> None:
        """Take a line with records in it, perhaps; a record never goes beyond its line."""
        for piece in (*self._reader.feed(data), self._reader.rest()):
            if isinstance(piece, Record):
                self._record(at, piece)
            elif piece:
                self._text(at, piece)

    def _text(self, at: int, data: bytes) -> None:
        self._state.text += len(data)
        self._log.add(at, data)

    def _record(self, at: int, record: Record) -> None:
        state = self._state
        lost_records = record.sequence - state.next_record
        if lost_records < 0:
            return  # it was seen before
        # Less than nothing: something beside the carrier has printed, too.
        lost_bytes = max(0, record.offset - state.text)
        state.next_record = record.sequence + 1
        state.text = record.offset
        if lost_bytes or (lost_records and not self._is_made_good(record, lost_records)):
            self._gap(at, lost_bytes, lost_records)
        state.began = state.began or record.kind in _SIGNS_OF_LIFE
        try:
            self._take_record(at, record)
        except (ValueError, RecursionError, msgspec.ValidationError):
            state.complete = False  # no carrier writes such a thing

    def _take_record(self, at: int, record: Record) -> None:
        # What cannot be written as JSON could not be remembered either.
        fields = encode(record.fields)
        match record.kind:
            case inband.EVENT:
                self._state.event = ""
                self._take_part_of_event(decode(fields, type=Part))
            case inband.FILE:
                self._drop_file(at)
                self._incoming.begin(decode(fields, type=Announced))
            case inband.PART if self._state.file:
                if not self._incoming.take_part(decode(fields, type=Part)):
                    self._drop_file(at)
            case inband.SUM if self._state.file:
                if not self._incoming.take_sum(decode(fields, type=Sum)):
                    self._drop_file(at)
            case inband.PART if self._state.event:
                self._take_part_of_event(decode(fields, type=Part))
            case inband.LEFT:
                self._drop_file(at)
                self._state.left.append(decode(fields, type=Left))
            case inband.UNCOPIED:
                self._warn_uncopied(at, decode(fields, type=Uncopied).why)
            case inband.END:
                self._drop_file(at)
                self._state.end = decode(fields, type=End)

    def _warn_uncopied(self, at: int, why: str) -> None:
        self._state.uncopied = why
        message = f"What this replica says is not kept on the volume any more ({why})."
        self._events.add(wire.encode(wire.WARNING, t=at / 1e9, message=message))

    def _take_part_of_event(self, part: Part) -> None:
        self._state.event += part.data
        if len(self._state.event) > _LONGEST_EVENT:
            self._state.event = ""
            self._state.complete = False
        elif part.last:
            event, self._state.event = self._state.event, ""
            self._events.add(inband.unpack(event))

    def _is_made_good(self, record: Record, lost: int) -> bool:
        """Whether before this record only what there are sums for can be missing, or sums.

        Pieces that the sums do not bring back are told when their file is given up.
        """
        if self._state.file is None:
            return lost <= self._state.sums_due
        return record.kind == inband.SUM or "piece" in record.fields

    def _drop_file(self, at: int) -> None:
        """Give up the file of which parts were still to come, if there is one."""
        state = self._state
        file, state.file = state.file, None
        if file is not None:
            state.damaged[file.path] = file.size
            state.complete = False
            if state.holes:
                self._gap(at, 0, len(state.holes))

    def _gap(self, at: int, lost_bytes: int, lost_records: int) -> None:
        """Show what is missing just before here."""
        if lost_records:
            self._drop_file(at)
            self._state.event = ""
        lost = [f"{lost_bytes:,} bytes of this log"] if lost_bytes else []
        lost += [f"{lost_records:,} reports or files"] if lost_records else []
        self._state.lost_bytes += lost_bytes
        self._note(at, f"{' and '.join(lost)} were lost on the way", lost_bytes, lost_records)

    def _look_for_damage(self) -> None:
        """A file that is shorter than it was: this machine has lost its power since."""
        missing = self._log.file.missing
        if missing or self._events.missing or self._parts.missing:
            self._drop_file(time.time_ns())
            self._state.lost_bytes += missing
            why = f"this machine went down, and {missing:,} bytes of this log with it"
            self._note(time.time_ns(), why, missing, None)

    def _note(self, at: int, sentence: str, lost: int | None, records: int | None) -> None:
        self._state.complete = False
        self._log.note(at, sentence)
        self._events.add(wire.encode(wire.GAP, t=at / 1e9, bytes=lost, records=records))
