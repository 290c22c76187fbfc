"""Longboat: from a notebook to a distributed training job to a live prediction service.

Everything is imported when it is first asked for (PEP 562): ``import longboat`` costs nothing.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

_HOMES = {
    "longboat.guest.api": (
        "checkpoint_dir",
        "cluster",
        "inside",
        "model_dir",
        "params",
        "report",
    ),
    "longboat.api": (
        "Client",
        "Job",
        "Model",
        "Service",
        "deploy",
        "import_job",
        "job",
        "jobs",
        "model",
        "models",
        "predict",
        "service",
        "services",
        "submit",
    ),
    "longboat.magics": ("load_ipython_extension",),
    "longboat.errors": (
        "BadInput",
        "Broken",
        "Conflict",
        "LongboatError",
        "NotFound",
        "Problem",
        "TooLarge",
        "Unavailable",
        "UserError",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("longboat")
    if name not in _HOME:
        raise AttributeError(f"module 'longboat' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__


class _Package(ModuleType):
    """Keeps ``longboat.jobs()`` what it is: importing the room ``longboat.jobs`` would replace it.

    The room itself is found in ``sys.modules``, as by ``from longboat.jobs import view``.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
