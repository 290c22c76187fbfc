"""What an examination says of one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

State = Literal["ok", "warn", "bad"]


class Finding(NamedTuple):
    """One thing that was looked at."""

    area: str
    """A stable word: ``interpreter``, ``disk``…"""
    state: State
    """``ok``; ``warn``: works, with a limit; ``bad``: jobs will fail."""
    message: str
    """A sentence saying how it is."""
    fix: str = ""
    """A sentence saying what to do; empty when there is nothing to do."""
    mend: Callable[[], str] | None = None
    """Does it and says what was done, where no harm can come of it; None where a person must.

    Looks again first: what has come to life meanwhile is not touched. Raises LongboatError and
    OSError when it cannot be done now.
    """

    def to_dict(self) -> dict[str, str]:
        """Give the stable JSON."""
        return {"area": self.area, "state": self.state, "message": self.message, "fix": self.fix}


def carefully(area: str, check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """Run one check; a check that cannot be done is a finding, not an error."""
    try:
        return list(check())
    except Exception as error:  # the examination goes on whatever one check meets
        message = f"This could not be examined: {type(error).__name__}: {error}."
        return [Finding(area, "warn", message)]
