"""Do something once a module has been imported, without importing it.

A finder at the front of ``sys.meta_path`` (importlib, "The meta path") lets the others find the
module and follows its execution. The loader stays the module's own, so ``inspect.getsource`` and
tracebacks see nothing of this.
"""

from __future__ import annotations

import importlib.abc
import sys
import traceback
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Callable, Dict, List, Optional, Sequence

Callback = Callable[[ModuleType], None]


def after_import(name: str, callback: Callback) -> None:
    """Call ``callback(module)`` when the module ``name`` has been executed; at once if it was.

    What a callback raises is printed to stderr: a hook never breaks the import it follows.
    """
    module = sys.modules.get(name)
    if module is not None and not _still_executing(module):
        _call(callback, module)
    else:
        _finder().follow(name, callback)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds nothing itself; attaches the callbacks to what the other finders found."""

    def __init__(self) -> None:
        self._callbacks: Dict[str, List[Callback]] = {}

    def follow(self, name: str, callback: Callback) -> None:
        self._callbacks.setdefault(name, []).append(callback)

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        if fullname not in self._callbacks:
            return None
        spec = self._ask_others(fullname, path, target)
        if spec is not None and spec.loader is not None:
            self._attach(spec)
        return spec

    def _ask_others(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType]
    ) -> Optional[ModuleSpec]:
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec: Optional[ModuleSpec] = find(fullname, path, target)
            if spec is not None:
                return spec
        return None

    def _attach(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        execute = loader.exec_module  # type: ignore[union-attr]  # find_spec checked that it is there

        def exec_module(module: ModuleType) -> None:
            execute(module)
            if module.__name__ == spec.name:
                for callback in self._callbacks.get(spec.name, ()):
                    _call(callback, module)

        # On the instance: importlib makes one loader a module; zipimport shares one, hence the
        # look at the module's name above.
        loader.exec_module = exec_module  # type: ignore[union-attr,method-assign]  # as above


def _still_executing(module: ModuleType) -> bool:
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def _finder() -> _Finder:
    for finder in sys.meta_path:
        if isinstance(finder, _Finder):
            return finder
    made = _Finder()
    sys.meta_path.insert(0, made)
    return made


def _call(callback: Callback, module: ModuleType) -> None:
    try:
        callback(module)
    except Exception:
        print(f"longboat: a hook on {module.__name__} failed:", file=sys.stderr)
        traceback.print_exc()
