"""What ``make`` does where something is missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone that has what the rules ask for, and a Python as Debian's without python3-venv."""
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\nmkdir -p .venv/bin; : > .venv/bin/python\n"
        "echo 'ensurepip is not available' >&2; exit 1\n"
    )
    python.chmod(0o755)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "-f", str(MAKEFILE), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_an_environment_that_was_not_finished_is_made_again(clone: Path) -> None:
    for _ in range(2):
        done = make(clone, "PYTHON=./python", "setup")
        assert done.returncode != 0
        assert "ensurepip is not available" in done.stderr


def test_an_environment_that_was_deleted_is_filled_again(clone: Path) -> None:
    (clone / "python").write_text(
        "#!/bin/sh\nmkdir -p .venv/bin\n"
        "printf '#!/bin/sh\\necho installed >> log\\n' > .venv/bin/pip; chmod +x .venv/bin/pip\n"
    )
    for _ in range(2):
        assert make(clone, "PYTHON=./python", "setup").returncode == 0
    assert (clone / "log").read_text() == "installed\n"
    shutil.rmtree(clone / ".venv")
    assert make(clone, "PYTHON=./python", "setup").returncode == 0
    assert (clone / "log").read_text() == "installed\n" * 2


def test_without_a_python_it_says_what_is_needed(clone: Path) -> None:
    done = make(clone, "PYTHON=", "setup")
    assert done.returncode != 0
    assert "Python 3.11" in done.stderr


def test_help_names_what_a_person_starts_with(clone: Path) -> None:
    done = make(clone)
    assert done.returncode == 0
    assert all(f"make {name}" in done.stdout for name in ("up", "demo", "test"))
