"""Which interpreter answers, and that the predictor runs in one that knows no Longboat."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from longboat.backends.local import predictor_python
from longboat.backends.local.predictor_python import Interpreter, choose, ship
from longboat.errors import Unavailable


def test_our_own_interpreter_comes_first(tmp_path: Path) -> None:
    assert choose("/nowhere/python", tmp_path) == Interpreter(sys.executable, None)
    assert list(tmp_path.iterdir()) == []


def test_the_jobs_interpreter_when_ours_lacks_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictor_python, "NEEDED", ("tensorflow", "no_such_module"))
    link = tmp_path / "python"
    link.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    link.chmod(0o755)
    chosen = choose(str(link), tmp_path)
    assert chosen.python == str(link)
    assert chosen.path is not None
    assert choose(str(link), tmp_path) == chosen
    with pytest.raises(Unavailable, match=r"lacks no_such_module, and /nowhere/python lacks every"):
        choose("/nowhere/python", tmp_path)
    with pytest.raises(Unavailable, match=r"pip install 'longboat\[serve\]'"):
        choose(None, tmp_path)


def test_what_is_shipped_needs_nothing_else_of_longboat(tmp_path: Path) -> None:
    folder = ship(tmp_path)
    script = (
        "import sys, longboat.predictor.__main__, longboat.predictor.server\n"
        "for name, module in sys.modules.items():\n"
        "    if name.split('.')[0] == 'longboat': print(module.__file__)\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    answer = subprocess.run(
        [sys.executable, "-P", "-c", script],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    loaded = [Path(line) for line in answer.stdout.split()]
    assert len(loaded) > 10
    assert all(path.is_relative_to(folder) for path in loaded)
