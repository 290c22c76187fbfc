"""``import longboat`` inside a job: this file is the zipapp's ``longboat/__init__.py``.

The calls of a notebook's work are here. Those that start things (submit, deploy, …) do nothing and
say so: a notebook that submits itself, run as a job, would otherwise submit itself for ever.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, Iterator

from longboat import errors
from longboat.guest.api import checkpoint_dir, cluster, inside, model_dir, params, report

__all__ = ["checkpoint_dir", "cluster", "inside", "model_dir", "params", "report"]


class Nothing:
    """What a starting call gives inside a job; whatever one does with it, nothing happens."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self

    def __getitem__(self, key: Any) -> Any:
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __bool__(self) -> bool:
        return False

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __format__(self, specification: str) -> str:
        return repr(self)

    def __repr__(self) -> str:
        return "<nothing: this runs inside a job>"


def starting_call(name: str) -> Callable[..., Nothing]:
    """Make the call ``name`` that does nothing and says so."""

    def nothing(*args: Any, **kwargs: Any) -> Nothing:
        print(f"{name} does nothing here: this already runs inside a job.", file=sys.stderr)
        return Nothing()

    return nothing


def load_ipython_extension(shell: Any) -> None:
    """Give ``%longboat`` and ``%%longboat``, which do nothing and say so."""
    shell.register_magic_function(_magic, "line_cell", "longboat")


def _magic(line: str, cell: str = "") -> None:
    starting_call(f"%longboat {line}".rstrip())()


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module 'longboat' has no attribute {name!r}")
    if hasattr(errors, name):
        return getattr(errors, name)
    return starting_call(f"longboat.{name}")
