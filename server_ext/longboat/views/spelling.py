"""What was asked, written as one would type it: for a shell, and for Python."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
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
    words = [
        word
        for name, value in _in_order(asked)
        for word in _words(_OPTIONS.get(name, f"--{name}"), value)
    ]
    # After "--" a file may be called -p.ipynb.
    file = ["--", entry] if entry.startswith("-") else [entry]
    first, last = (file, words) if len(file) == 1 else (words, file)
    return shlex.join(["longboat", "submit", *first, *last])


def python_call(entry: str, asked: Mapping[str, Any]) -> str:
    """Write the lines of Python that submit it."""
    given = [repr(entry), *(f"{name}={value!r}" for name, value in _in_order(asked))]
    call = f"longboat.submit({', '.join(given)})"
    if len(call) > 88:
        call = "longboat.submit(\n" + "".join(f"    {each},\n" for each in given) + ")"
    return f"import longboat\n\njob = {call}\n"


def _in_order(asked: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in sorted(asked, key=_ORDER.index):
        value = asked[name]
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
