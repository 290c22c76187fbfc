from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from longboat.errors import BadInput
from longboat.spec.kernels import find_interpreter, same_version


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Jupyter data folder that only the test knows."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "user"))
    return tmp_path / "data" / "kernels"


def install(kernels: Path, name: str, spec: dict[str, Any] | str) -> None:
    (kernels / name).mkdir(parents=True)
    text = spec if isinstance(spec, str) else json.dumps(spec)
    (kernels / name / "kernel.json").write_text(text)


def test_without_a_wish_it_is_our_own() -> None:
    assert find_interpreter() == sys.executable
    assert find_interpreter(kernel="python3") == sys.executable
    assert same_version(sys.executable)


def test_the_interpreter_of_a_kernel(kernels: Path, tmp_path: Path) -> None:
    python = tmp_path / "python3.12"
    python.symlink_to(sys.executable)
    install(kernels, "Env", {"argv": [str(python), "-m", "ipykernel"], "language": "python"})
    install(kernels, "wrapped", {"argv": ["/usr/bin/env", "A=1", str(python), "-m", "ipykernel"]})
    install(kernels, "bare", {"argv": ["python", "-m", "ipykernel_launcher"]})
    assert find_interpreter(kernel="env") == str(python)
    assert find_interpreter(kernel="wrapped") == str(python)
    assert find_interpreter(kernel="bare") == sys.executable
    assert find_interpreter(kernel="env", python=sys.executable) == sys.executable


def test_the_first_folder_wins(kernels: Path, tmp_path: Path) -> None:
    for folder, name in ((tmp_path / "user" / "kernels", "python-b"), (kernels, "python-a")):
        (tmp_path / name).symlink_to(sys.executable)
        install(folder, "env", {"argv": [str(tmp_path / name)]})
    assert find_interpreter(kernel="env") == str(tmp_path / "python-a")


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"argv": ["/gone/bin/python"]}, "does not work: There is no interpreter"),
        ({"argv": ["/usr/bin/julia"], "language": "julia"}, "is for julia"),
        ({"argv": ["/bin/bash", "start.sh"]}, "hides its interpreter"),
        ({"argv": []}, "hides its interpreter"),
        ({"display_name": "x"}, "is damaged"),
        ("{", "is damaged"),
    ],
)
def test_kernels_that_cannot_be_used(
    kernels: Path, spec: dict[str, Any] | str, sentence: str
) -> None:
    install(kernels, "odd", spec)
    with pytest.raises(BadInput, match=sentence) as caught:
        find_interpreter(kernel="odd")
    assert caught.value.problems[0].field == "kernel"


@pytest.mark.parametrize("name", ["nowhere", "../odd", "", "a\nb"])
def test_an_unknown_kernel_lists_the_known(kernels: Path, name: str) -> None:
    install(kernels, "mine", {"argv": [sys.executable]})
    with pytest.raises(BadInput, match=r"not installed here.*mine.*python3"):
        find_interpreter(kernel=name)


def test_interpreters_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "bin" / "python"
    link.parent.mkdir()
    link.symlink_to(sys.executable)
    (tmp_path / "plain").write_text("x")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(link.parent))
    assert find_interpreter(python="bin/python") == str(link)
    assert find_interpreter(python="python") == str(link)
    for given, sentence in {
        "nowhere": "no command",
        "./nowhere": "no interpreter at",
        "./plain": "cannot be executed",
        str(tmp_path): f"did you mean {link}",
        "/": "is a folder",
        "": "empty",
    }.items():
        with pytest.raises(BadInput, match=sentence) as caught:
            find_interpreter(python=given)
        assert caught.value.problems[0].field == "python"


def test_a_name_of_a_kernel_is_no_path(kernels: Path) -> None:
    outside = kernels.parent / "elsewhere"
    install(outside, "odd", {"argv": [sys.executable]})
    with pytest.raises(BadInput):
        find_interpreter(kernel="../elsewhere/odd")
