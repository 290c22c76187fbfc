"""What can go wrong, and who can mend it.

The tree, from which each face translates in one place:

    LongboatError
    ├── UserError              the caller can mend it (exit code 2, HTTP 4xx)
    │   ├── BadInput           something written is wrong; carries every problem  422
    │   ├── NotFound           nothing is known by that name                      404
    │   ├── Conflict           it is not in a state that allows this              409
    │   └── TooLarge           it is over a limit                                 413
    ├── Unavailable            not now; the same call may succeed later           503
    └── Broken                 what we wrote is damaged, or a bug                 500
        └── NewerFormat        a newer Longboat wrote it

A method that returns has done what it says; one that raises has changed nothing.
This module travels in the guest's zipapp: standard library only, Python 3.9 syntax.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong with what somebody wrote.

    ``field`` names where ("workers", "parameters.lr", "notebook"); ``message`` is a sentence that
    says what is wrong and what to do.
    """

    field: str
    message: str


class LongboatError(Exception):
    """The root; ``str()`` of any of these is a sentence fit for a person."""

    http_status = 500


class UserError(LongboatError):
    """Something the caller can mend."""

    http_status = 400


class BadInput(UserError):
    """What was written is wrong; ``problems`` lists all of it at once."""

    http_status = 422

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{p.field}: {p.message}" for p in self.problems))

    @classmethod
    def of(cls, field: str, message: str) -> BadInput:
        """Make one from a single problem."""
        return cls([Problem(field, message)])


class NotFound(UserError):
    """Nothing is known by that name."""

    http_status = 404


class Conflict(UserError):
    """The thing is not in a state that allows this."""

    http_status = 409


class TooLarge(UserError):
    """Over a limit; the sentence names the limit and what is largest."""

    http_status = 413


class Unavailable(LongboatError):
    """Not now; the same call may succeed later."""

    http_status = 503


class Broken(LongboatError):
    """A record is damaged, or we have a bug."""

    http_status = 500


class NewerFormat(Broken):
    """A newer Longboat wrote the record; that one can read it."""
