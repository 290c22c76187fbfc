"""Notebooks by others: each runs in a job as where it was made, or is refused in a sentence.

They are those by which nbclient, nbconvert and papermill test themselves, out of the source
distributions in the versions of constraints.txt, with the outputs that were saved in them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from guest_core_tools import Result, finish, start

from longboat.errors import BadInput
from longboat.spec.notebook import read_notebook

ROOT = Path(__file__).parents[2]
CLIENT, CONVERT, MILL = "nbclient", "nbconvert", "papermill"
SAME_OUTPUTS = [
    (CLIENT, "Clear Output"),
    (CLIENT, "Empty Cell"),
    (CLIENT, "Factorials"),
    (CLIENT, "HelloWorld"),
    (CLIENT, "Inline Image"),
    (CLIENT, "Skip Exceptions with Cell Tags"),
    (CLIENT, "Skip Execution with Cell Tag"),
    (CLIENT, "Unicode"),
    (CLIENT, "UnicodePy3"),
    (CONVERT, "MixedMarkdown"),
    (CONVERT, "notebook4_jpeg"),
    (CONVERT, "notebook_tags"),
    (CONVERT, "prompt_numbers"),
    (MILL, "nb_version_4.4"),
    (MILL, "result_no_exec"),
    (MILL, "sysexit"),
    (MILL, "sysexit0"),
    (MILL, "systemexit"),
]
WITHOUT_SAVED_OUTPUTS = [
    (CLIENT, "Check History in Memory"),
    (CLIENT, "SVG"),
    (CLIENT, "Sleep1s"),
    (CONVERT, "notebook_inject"),
    (CONVERT, "rst_output"),
    (MILL, "no_parameters"),
    (MILL, "report_mode_test"),
    (MILL, "simple_execute"),
    (MILL, "test_notebooknode_io"),
]
"""Or with such as no second run gives: times, addresses, another library's order of attributes."""
FAILING = [
    (CLIENT, "Disable Stdin", "cell-failed", 1, "input() has nobody to ask in a job"),
    (CLIENT, "Error", "cell-failed", 1, "division by zero"),
    (CLIENT, "Skip Exceptions", "cell-failed", 1, "message"),
    (CLIENT, "Parallel Execute A", "cell-failed", 2, "NBEXECUTE_TEST_PARALLEL_TMPDIR"),
    (CLIENT, "update-display-id", "cell-failed", 2, "has no attribute 'kernel'"),
    (CONVERT, "Widget_List", "import-missing", 1, "No module named 'ipywidgets'"),
    (CONVERT, "notebook1", "import-missing", 1, "No module named 'sympy'"),
    (CONVERT, "notebook3_with_errors", "cell-failed", 2, "This is a deliberate exception"),
    (MILL, "complex_parameters", "cell-failed", 1, "invalid syntax"),
    (MILL, "line_magic_error", "cell-failed", 1, "undefined-line-magic` not found"),
    (MILL, "sysexit1", "exit-code", 2, "1"),
]
REFUSED = [
    (CONVERT, "attachment", "has no code to run"),
    (CONVERT, "latex-linked-image", "has no code to run"),
    (CONVERT, "notebook5_embed_images", "has no code to run"),
    (CONVERT, "notebook_jl", "is written in julia; Longboat runs Python notebooks"),
    (CONVERT, "rawtest", "has no code to run"),
    (MILL, "blank-vscode", "has no code to run"),
    (MILL, "notimplemented_translator", "is written in R; Longboat runs Python notebooks"),
]


@pytest.fixture(scope="module")
def sources() -> Path:
    """A folder with what each of the packages has in its source distribution."""
    folder = ROOT / ".build" / "notebooks"
    for package in (CLIENT, CONVERT, MILL):
        if not (folder / package).is_dir():
            _fetch(package, folder)
    return folder


def _fetch(package: str, folder: Path) -> None:
    new = folder / f".{package}"
    shutil.rmtree(new, ignore_errors=True)
    which = ["--no-deps", "--no-binary", package, "-c", str(ROOT / "constraints.txt"), package]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(new), *which]
    subprocess.run(pip, check=True)
    (archive,) = new.glob("*.tar.gz")
    shutil.unpack_archive(archive, new)
    new.rename(folder / package)


@pytest.fixture
def place(sources: Path, tmp_path: Path, package: str, name: str) -> Path:
    """The notebook in a working folder, with what lies beside it."""
    (found,) = (sources / package).rglob(f"{name}.ipynb")
    shutil.copytree(found.parent, tmp_path / "work")
    return tmp_path / "work" / found.name


def run(place: Path) -> Result:
    return finish(start(place.parents[1], place.name), place.parents[1])


def outputs(document: dict[str, Any]) -> Iterator[list[tuple[Any, ...]]]:
    """What the code cells put out, as far as it is the same in every run."""
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            yield [plain(output) for output in cell["outputs"]]


def plain(output: dict[str, Any]) -> tuple[Any, ...]:
    match output:
        case {"output_type": "stream", "name": name, "text": text}:
            return name, "".join(text)
        case {"output_type": "error", "ename": name, "evalue": value}:
            return name, value
        case {"data": data}:
            # Pictures were saved with line breaks by some, and without by others.
            return tuple(sorted((kind, "".join(x).replace("\n", "")) for kind, x in data.items()))
    raise AssertionError(output)


@pytest.mark.parametrize(("package", "name"), SAME_OUTPUTS)
def test_it_puts_out_what_is_saved_in_it(place: Path) -> None:
    assert not read_notebook(place).problems
    done = run(place)
    assert done.code == 0, done.log
    assert list(outputs(done.notebook)) == list(outputs(json.loads(place.read_text())))


@pytest.mark.parametrize(("package", "name"), WITHOUT_SAVED_OUTPUTS)
def test_it_runs_to_its_end(place: Path) -> None:
    assert not read_notebook(place).problems
    done = run(place)
    assert done.code == 0, done.log
    assert done.status["state"] == "succeeded"


@pytest.mark.parametrize(("package", "name", "reason", "cell", "said"), FAILING)
def test_it_fails_where_and_why_it_must(place: Path, reason: str, cell: int, said: str) -> None:
    done = run(place)
    assert done.code == 1
    assert (done.error["reason"], done.error["cell"]) == (reason, cell)
    assert said in done.error["evalue"]


@pytest.mark.parametrize(("package", "name", "said"), REFUSED)
def test_it_is_refused_at_submit(place: Path, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_notebook(place)
