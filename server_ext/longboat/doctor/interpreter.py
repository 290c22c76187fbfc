"""The interpreter in which jobs run, and what is installed in it, asked in a process of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec

from longboat.doctor.finding import Finding
from longboat.explain.words import one_line
from longboat.guest.keras_mend import TESTED_SOURCES, TESTED_VERSIONS
from longboat.spec.decoding import UNDECODABLE

PROBE_SECONDS = 120.0
"""A cold import of TensorFlow from a slow disk takes the better part of a minute."""
OLDEST_PYTHON = (3, 9)
CHOOSE_ANOTHER = "Choose another interpreter with --python or --kernel."


class Seen(msgspec.Struct):
    """What the probe (probe.py) found in an interpreter."""

    python: tuple[int, int, int]
    tensorflow: str | None
    keras: str | None
    ipython: str | None
    import_error: str
    """Of TensorFlow; empty when it could be imported or is not there."""
    keras_sources: dict[str, str]
    """Digests of the functions of Keras that are mended for several workers."""


def examine(python: str) -> Iterator[Finding]:
    """Examine the interpreter at ``python``: its version, TensorFlow, Keras and IPython."""
    seen = _ask(python)
    if isinstance(seen, Finding):
        yield seen
        return
    yield _interpreter(python, seen)
    yield _tensorflow(seen)
    yield from _keras(seen)
    yield _ipython(seen)


def _ask(python: str) -> Seen | Finding:
    """Run the probe in ``python``; a Finding when that cannot be done."""
    probe = Path(__file__).with_name("probe.py").read_text()
    try:
        done = subprocess.run(
            [python, "-c", probe],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_SECONDS,
            stdin=subprocess.DEVNULL,
            cwd="/",
            check=False,
        )
    except OSError as error:
        message = f"{python} cannot be run: {error.strerror}."
    except subprocess.TimeoutExpired:
        message = f"{python} did not answer within {PROBE_SECONDS:.0f} seconds."
    else:
        return _answer(python, done)
    return Finding("interpreter", "bad", message, CHOOSE_ANOTHER)


def _answer(python: str, done: subprocess.CompletedProcess[str]) -> Seen | Finding:
    """The last answer among what the probe and TensorFlow printed."""
    for line in reversed(done.stdout.splitlines()):
        try:
            return msgspec.json.decode(line, type=Seen)
        except UNDECODABLE:
            continue
    said = one_line(done.stderr[-300:]) or "nothing"
    message = f"{python} ended with code {done.returncode} and said: {said}"
    return Finding("interpreter", "bad", message, CHOOSE_ANOTHER)


def _interpreter(python: str, seen: Seen) -> Finding:
    version = ".".join(map(str, seen.python))
    if seen.python[:2] < OLDEST_PYTHON:
        message = f"{python} is Python {version}; jobs need 3.9 or newer."
        return Finding("interpreter", "bad", message, CHOOSE_ANOTHER)
    return Finding("interpreter", "ok", f"{python} is Python {version}.")


def _tensorflow(seen: Seen) -> Finding:
    if seen.tensorflow is None:
        return Finding(
            "tensorflow",
            "warn",
            "TensorFlow is not installed there: only jobs that do not import it will run.",
            "Install it with: pip install tensorflow",
        )
    if seen.import_error:
        return Finding(
            "tensorflow",
            "bad",
            f"TensorFlow {seen.tensorflow} cannot be imported: {one_line(seen.import_error)}.",
            "Install it again in a fresh environment.",
        )
    return Finding("tensorflow", "ok", f"TensorFlow {seen.tensorflow} can be imported.")


def _keras(seen: Seen) -> Iterator[Finding]:
    if seen.tensorflow is None or seen.import_error:
        return
    if seen.keras is None:
        yield Finding(
            "keras", "warn", "Keras is not installed there.", "Install it with: pip install keras"
        )
    elif all(seen.keras_sources.get(n) in known for n, known in TESTED_SOURCES.items()):
        yield Finding("keras", "ok", f"Keras {seen.keras}: fit over several workers is tested.")
    else:
        yield Finding(
            "keras",
            "warn",
            f"Keras {seen.keras} is not one with which fit over several workers was tested.",
            f"Install one of {TESTED_VERSIONS}, or write a training loop of your own.",
        )


def _ipython(seen: Seen) -> Finding:
    if seen.ipython is None:
        return Finding(
            "ipython",
            "warn",
            "IPython is not installed there: notebooks with magics will be refused.",
            "Install it with: pip install ipython",
        )
    return Finding("ipython", "ok", f"IPython {seen.ipython} runs the cells.")
