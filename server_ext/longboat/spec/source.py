"""What Python source says about itself, without running it."""

from __future__ import annotations

import ast
import enum
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec


class Default(enum.Enum):
    """Stands for a default that is not a plain literal."""

    COMPUTED = "computed"


class Parameters(msgspec.Struct, frozen=True):
    """The parameters a notebook or script declares."""

    defaults: dict[str, Any] = {}
    """Name → literal default, or ``Default.COMPUTED``."""
    open: bool = False
    """Takes any name: ``longboat.params(**defaults)``."""


def parse(source: str | bytes) -> ast.Module | None:
    """Parse as IPython compiles: top-level ``await`` is allowed.

    Raises SyntaxError when this Python cannot compile it; None when it is too deep to tell.
    """
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Compiling finds what parsing does not, such as a return outside a function.
            compile(source, "<cell>", "exec", flags, dont_inherit=True)
            tree = compile(source, "<cell>", "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
        except (RecursionError, MemoryError):
            return None
        except ValueError as error:
            raise SyntaxError(str(error)) from error
    assert isinstance(tree, ast.Module)
    return tree


def imports(trees: Iterable[ast.AST]) -> frozenset[str]:
    """Collect what is imported, dotted; relative ones keep their dots.

    ``from a import b`` gives ``a`` and ``a.b``, as ``b`` may be a module.
    """
    return frozenset(name for tree in trees for node in ast.walk(tree) for name in _imported(node))


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = "." * node.level + (node.module or "")
        yield base
        joint = "" if base.endswith(".") else "."
        yield from (f"{base}{joint}{alias.name}" for alias in node.names if alias.name != "*")


def strings(trees: Iterable[ast.AST]) -> frozenset[str]:
    """Collect the string literals."""
    return frozenset(
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def parameters(trees: Iterable[ast.Module], tagged: Iterable[ast.Module]) -> Parameters:
    """Find what ``longboat.params(...)`` names, and what cells tagged ``parameters`` assign."""
    trees = list(trees)
    defaults = {name: value for tree in tagged for name, value in _assigned(tree)}
    is_open = False
    called = _names_of_params(trees)
    for call in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if ast.unparse(call.func) in called if isinstance(call.func, _NAMES) else False:
            defaults |= {k.arg: _literal(k.value) for k in call.keywords if k.arg}
            is_open |= any(k.arg is None for k in call.keywords)
    return Parameters(defaults, is_open)


_NAMES = (ast.Name, ast.Attribute)


def _names_of_params(trees: Iterable[ast.Module]) -> set[str]:
    """By which expressions ``longboat.params`` is known: ``longboat.params``, ``lb.params``, …"""
    found = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            found |= {f"{a.asname or a.name}.params" for a in node.names if a.name == "longboat"}
        elif isinstance(node, ast.ImportFrom) and node.module == "longboat" and not node.level:
            found |= {a.asname or a.name for a in node.names if a.name == "params"}
    return found


def _assigned(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                yield from _targets(target, statement.value)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            yield from _targets(statement.target, statement.value)


def _targets(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, Any]]:
    if isinstance(target, ast.Name):
        yield target.id, _literal(value)
    elif isinstance(target, ast.Tuple | ast.List):
        same = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        values = value.elts if same else [None] * len(target.elts)  # type: ignore[attr-defined]
        for part, of_it in zip(target.elts, values, strict=True):
            if isinstance(part, ast.Name):
                yield part.id, Default.COMPUTED if of_it is None else _literal(of_it)


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return Default.COMPUTED
