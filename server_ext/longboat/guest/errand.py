"""``python longboat.pyz erase``, ``receive``, ``install``: what a pod of a moment does.

It has the shared volume, which whoever sent it cannot mount; that one learns from the exit code and
the last word.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from typing import NoReturn

from longboat.errors import Broken
from longboat.guest import luggage, order, provisions

LAST_WORD = "/dev/termination-log"
"""Where Kubernetes looks for what a container has to say at its end."""
_LONGEST_WORD = 2000
_JOB = re.compile(r"[a-z][a-z0-9]{9}")
"""As records/names.py draws ids: nothing else becomes a path."""
_KEY = re.compile(r"[0-9a-f]{20}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def erase(volume: str, job: str) -> NoReturn:
    """Remove what a job has there, and exit with 0; with 1 when something of it is left."""
    _check(_JOB, job, "job's id")
    try:
        luggage.drop(volume, job)
        provisions.drop(volume, job)
        _remove(os.path.join(volume, "jobs", job))
    except OSError as error:
        _fail(error)
    _end(0, "")


def receive(volume: str, job: str, sha256: str, size: int, start: int) -> NoReturn:
    """Take in the parts that lie beside this program; the last word is how many bytes there are."""
    _check(_JOB, job, "job's id")
    _check(_DIGEST, sha256, "digest")
    parts = order.parts(os.path.dirname(os.path.abspath(sys.argv[0])))
    try:
        there = luggage.receive(volume, job, sha256, size, start, parts)
    except (OSError, Broken) as error:
        _fail(error)
    _end(0, str(there))


def install(volume: str, job: str, key: str) -> NoReturn:
    """Have an environment there, with what the file beside this program requires."""
    _check(_JOB, job, "job's id")
    _check(_KEY, key, "key")
    beside = os.path.dirname(os.path.abspath(sys.argv[0]))
    try:
        with open(os.path.join(beside, order.VARIABLES), encoding="utf-8") as file:
            variables = json.load(file)
        provisions.provide(volume, job, key, os.path.join(beside, order.REQUIREMENTS), variables)
    except (OSError, Broken) as error:
        _fail(error)
    _end(0, "")


def _check(form: re.Pattern[str], text: str, what: str) -> None:
    if not form.fullmatch(text):
        _end(1, f"{text!r} is no {what}")


def _remove(folder: str) -> None:
    """A link that lies there goes, and not what it leads to."""
    if os.path.islink(folder):
        os.unlink(folder)
    elif os.path.isdir(folder):
        shutil.rmtree(folder)


def _fail(error: Exception) -> NoReturn:
    if isinstance(error, OSError):
        _end(1, f"{error.filename or 'the volume'}: {error.strerror or error}")
    _end(1, str(error))


def _end(code: int, word: str) -> NoReturn:
    if word:
        print(word, file=sys.stderr, flush=True)
        # Not created: where Kubernetes has not made it, nobody reads it.
        with contextlib.suppress(OSError), open(LAST_WORD, "r+", encoding="utf-8") as file:
            file.write(word[:_LONGEST_WORD])
    sys.exit(code)
