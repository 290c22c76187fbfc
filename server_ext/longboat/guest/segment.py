"""``python longboat.pyz segment PATH START``: print a part of a copy, for one who cannot mount it.

It is so much that a node's log takes it without being rotated: whoever reads it may be away for a
while and misses nothing.
"""

from __future__ import annotations

import hashlib
import os
import sys
import zlib
from typing import Any, BinaryIO, List, NoReturn, Tuple

from longboat.guest import copies, inband

PRINTED = 8 << 20
"""Bytes, with what the node writes beside them (the kubelet's default is to rotate at 10 MiB)."""
_PACKED = PRINTED // 4096 * inband.PIECE
_MOST = 32 << 20
"""Bytes of the copy, however well they can be packed: whoever reads them holds them in memory."""
_CHUNK = 1 << 16
_QUICKLY = 1
"""zlib's level: what has been packed once gets hardly smaller."""


def run(path: str, start: int) -> NoReturn:
    """Print what begins at byte ``start`` and exit with 0; with 1 when there is no copy."""
    out = _Records(sys.stdout.buffer)
    try:
        with open(copies.newest(path), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(start)
            packed, length, digest = _pack(file)
    except OSError as error:
        out.record(inband.MISSING, why=error.strerror or str(error))
        sys.exit(1)
    out.record(inband.SEGMENT, start=start, length=length, sha256=digest, size=size)
    pieces: List[bytes] = list(inband.cut(packed))
    for number, piece in enumerate(pieces, 1):
        out.record(inband.PART, data=inband.pack(piece), last=number == len(pieces))
    sys.stdout.buffer.flush()
    sys.exit(0)


def _pack(file: BinaryIO) -> Tuple[bytes, int, str]:
    """Pack as much as may be printed; gives it, how much it was, and the digest of that."""
    packer, digest = zlib.compressobj(_QUICKLY), hashlib.sha256()
    packed, length = bytearray(), 0
    while length < _MOST and len(packed) < _PACKED - 2 * _CHUNK:
        data = file.read(_CHUNK)
        if not data:
            break
        digest.update(data)
        length += len(data)
        packed += packer.compress(data)
    packed += packer.flush()
    return bytes(packed), length, digest.hexdigest()


class _Records:
    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._sequence = 0

    def record(self, kind: str, **fields: Any) -> None:
        record = inband.Record(kind, self._sequence, 0, fields)
        self._out.write(inband.encode(copies.SEGMENT_NONCE, record))
        self._sequence += 1
