"""Hooks that follow an import."""

import importlib
import inspect
import sys

import pytest

from longboat.guest import hooks


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Make ``hooked.deep.module`` importable, and forget it again."""
    folder = tmp_path / "hooked" / "deep"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("")
    (folder / "__init__.py").write_text("from hooked.deep.module import answer\n")
    (folder / "module.py").write_text("def answer():\n    return 41\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "hooked.deep.module"
    for name in [n for n in sys.modules if n.startswith("hooked")]:
        del sys.modules[name]
    sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, hooks._Finder)]


def test_called_once_when_the_module_was_executed(package):
    seen = []
    hooks.after_import(package, lambda module: seen.append(module.answer()))
    assert package not in sys.modules
    importlib.import_module(package)
    importlib.import_module(package)
    assert seen == [41]


def test_called_at_once_when_it_is_there(package):
    importlib.import_module(package)
    seen = []
    hooks.after_import(package, seen.append)
    assert seen == [sys.modules[package]]


def test_what_it_changes_is_what_importers_get(package):
    hooks.after_import(package, lambda module: setattr(module, "answer", lambda: 42))
    assert importlib.import_module("hooked.deep").answer() == 42


def test_two_hooks_on_one_module(package):
    seen = []
    hooks.after_import(package, lambda _: seen.append(1))
    hooks.after_import(package, lambda _: seen.append(2))
    importlib.import_module(package)
    assert seen == [1, 2]


def test_a_failing_hook_breaks_no_import(package, capsys):
    hooks.after_import(package, lambda module: module.missing)
    assert importlib.import_module(package).answer() == 41
    assert "a hook on hooked.deep.module failed" in capsys.readouterr().err


def test_source_and_loader_stay_the_modules_own(package):
    hooks.after_import(package, lambda _: None)
    module = importlib.import_module(package)
    assert "return 41" in inspect.getsource(module.answer)
    assert type(module.__loader__).__name__ == "SourceFileLoader"


def test_a_module_that_does_not_exist_still_does_not(package):
    hooks.after_import("hooked.nowhere", lambda _: None)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("hooked.nowhere")
