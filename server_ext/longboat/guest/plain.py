"""Running cells without IPython: plain Python, and a clear word about what is not."""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import re
from types import CodeType, ModuleType
from typing import Any, Optional, Tuple

from longboat.guest import streams
from longboat.guest.failure import format_from
from longboat.guest.outputs import Outputs

_MAGIC = re.compile(r"^\s*(?:[\w, ]+=\s*)?[%!]{1,2}\s*[\w./~]|^\s*\??[\w.*]+\?{1,2}\s*$|^\s*\?")
_ASYNC = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_ANNOTATIONS = __future__.annotations.compiler_flag


def unsupported(source: str) -> Optional[Tuple[int, str]]:
    """Find what in a cell only IPython can run: its line, counted from 1, and the text there."""
    lines = source.splitlines()
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    if lines and lines[first].startswith("%%"):
        return first + 1, lines[first].strip()
    try:
        compile(source, "<cell>", "exec", ast.PyCF_ONLY_AST | _ASYNC, dont_inherit=True)
    except SyntaxError as error:
        number = error.lineno or 1
        line = lines[number - 1] if number <= len(lines) else ""
        return (number, line.strip()) if _MAGIC.search(line) else None
    except ValueError:
        return None
    return None


class PlainExecutor:
    """Runs cells by ``compile`` and ``exec`` in the module ``main``."""

    def __init__(self, outputs: Outputs, main: ModuleType) -> None:
        self._outputs = outputs
        self._namespace = main.__dict__
        self._count = 0
        self._flags = _ASYNC
        self._traceback = ""
        self.cell_file = ""
        self._namespace.setdefault("display", self._display)

    def execute(self, source: str, counted: bool = True) -> Optional[BaseException]:
        """Run one cell and give what it raised; the exception has been shown."""
        self._count += counted
        self.cell_file = f"Cell In[{self._count}]"
        lines = [line + "\n" for line in source.splitlines()]
        linecache.cache[self.cell_file] = (len(source), None, lines, self.cell_file)
        try:
            self._run(source)
        except SystemExit as error:
            return error
        except BaseException as error:
            self._show(error)
            return error
        return None

    def traceback(self) -> str:
        """The traceback of what ``execute`` gave last, as text."""
        return self._traceback

    def _run(self, source: str) -> None:
        tree = compile(source, self.cell_file, "exec", self._flags | ast.PyCF_ONLY_AST, True)
        *statements, last = tree.body or [ast.Pass()]
        if not isinstance(last, ast.Expr) or source.rstrip().endswith(";"):
            self._evaluate(tree, "exec")
            return
        self._evaluate(ast.Module(statements, tree.type_ignores), "exec")
        value = self._evaluate(ast.Expression(last.value), "eval")
        if value is not None:
            self._namespace["_"] = value
            self._outputs.result({"text/plain": repr(value)}, {}, self._count)
            streams.log(repr(value))

    def _evaluate(self, tree: ast.AST, mode: str) -> Any:
        code: CodeType = compile(tree, self.cell_file, mode, self._flags, True)  # type: ignore[call-overload]  # mode is a plain str here
        self._flags |= code.co_flags & _ANNOTATIONS
        value = eval(code, self._namespace)
        if code.co_flags & inspect.CO_COROUTINE:
            import asyncio

            return asyncio.run(value)
        return value

    def _display(self, *values: Any) -> None:
        for value in values:
            self._outputs.display({"text/plain": repr(value)}, {}, None, False)
            streams.log(repr(value))

    def _show(self, error: BaseException) -> None:
        self._traceback = format_from(error, self.cell_file)
        self._outputs.error(type(error).__name__, str(error), self._traceback.split("\n"))
        streams.log(self._traceback, 2)
