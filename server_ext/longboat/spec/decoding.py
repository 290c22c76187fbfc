"""What reading JSON that anybody may have written can raise, in one place."""

from __future__ import annotations

import msgspec

UNDECODABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""For bytes that are no JSON, JSON of another type, bad text in it, or nested too deep."""
