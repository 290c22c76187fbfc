"""What was asked, written as one would type it: for a shell, and for Python."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_ORDER = (
    *("name", "workers", "chief", "ps", "evaluator", "cpu", "memory", "gpu", "parameters", "env"),
    *("secrets", "files", "python", "kernel", "requirements", "model", "deadline", "retries"),
    *("backend", "image", "volume", "rehearse"),
)
"""In which a person thinks of it; the command line's help has the same order."""
_OPTIONS = {"parameters": "-p", "secrets": "--secret", "files": "--file", "backend": "--on"}


def command_line(entry: str, asked: Mapping[str, Any]) -> str:
    """Write the shell's line that submits it; ``asked`` has the words of ``Client.submit``."""
    words = list(_options(_in_order(asked)))
    # After "--" a file may be called -p.ipynb.
    file = ["--", entry] if entry.startswith("-") else [entry]
    first, last = (file, words) if len(file) == 1 else (words, file)
    return shlex.join(["longboat", "submit", *first, *last])


def python_call(entry: str, asked: Mapping[str, Any]) -> str:
    """Write the lines of Python that submit it."""
    given = [repr(entry), *(f"{name}={value!r}" for name, value in _in_order(asked))]
    return _call("longboat.submit", given)


def again_line(job: str, changes: Mapping[str, Any]) -> str | None:
    """Write the shell's line that repeats a job so; None where no option says a change."""
    if any(_is_nothing(value) for value in changes.values()):
        return None
    return shlex.join(["longboat", "again", job, *_options(_sorted(changes))])


def again_call(job: str, changes: Mapping[str, Any]) -> str:
    """Write the lines of Python that repeat a job so."""
    given = [f"{name}={value!r}" for name, value in _sorted(changes)]
    return _call(f"longboat.job({job!r}).again", given)


def _is_nothing(value: Any) -> bool:
    """Tell what brings a default back; 0 is a number that was asked for."""
    return value is None or value is False or value in ("", (), [], {})


def _call(function: str, given: Sequence[str]) -> str:
    call = f"{function}({', '.join(given)})"
    if len(call) > 88:
        call = f"{function}(\n" + "".join(f"    {each},\n" for each in given) + ")"
    return f"import longboat\n\njob = {call}\n"


def _options(asked: Iterable[tuple[str, Any]]) -> Iterator[str]:
    for name, value in asked:
        yield from _words(_OPTIONS.get(name, f"--{name}"), value)


def _sorted(asked: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, asked[name]) for name in sorted(asked, key=_ORDER.index)]


def _in_order(asked: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in _sorted(asked):
        if value not in (None, "", (), [], {}, False) and (name, value) != ("backend", "local"):
            yield name, value


def _words(option: str, value: Any) -> Iterator[str]:
    if value is True:
        yield option
    elif isinstance(value, Mapping):
        written = _text if option == _OPTIONS["parameters"] else str
        for name, each in value.items():
            yield from (option, f"{name}={written(each)}")
    elif isinstance(value, list | tuple):
        for each in value:
            yield from (option, str(each))
    else:
        yield from (option, str(value))


def _text(value: Any) -> str:
    """Write a parameter's value so that it is read as the same: a text that looks like JSON is it.

    What stands after NAME= is JSON where it can be, else a text.
    """
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        json.loads(value)
    except ValueError:
        return value
    return json.dumps(value)
