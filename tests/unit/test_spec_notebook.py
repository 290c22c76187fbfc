from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from longboat.errors import BadInput
from longboat.spec.document import LARGEST
from longboat.spec.notebook import Cell, NotebookFacts, _parse_cells, read_notebook
from longboat.spec.source import Default, parse


def code(source: str | list[str], *tags: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": source, "outputs": []}


def written(path: Path, *cells: Any, **changes: Any) -> Path:
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)}
    path.write_text(json.dumps(document | changes))
    return path


def read(folder: Path, *cells: Any, **changes: Any) -> NotebookFacts:
    made = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    return read_notebook(written(folder / "a.ipynb", *made, **changes))


def test_what_a_notebook_says_of_itself(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("1")
    facts = read(
        tmp_path,
        {"cell_type": "markdown", "metadata": {}, "source": "# title"},
        code(["import numpy as np\n", "from local.part import thing"]),
        "   ",
        code("raise SystemExit", "longboat:skip"),
        code("open('data/x.csv'); open('missing.csv'); open('/etc/hosts'); open('../data')"),
        metadata={"kernelspec": {"name": "my-env", "language": "python"}},
    )
    assert [(cell.number, cell.source[:6]) for cell in facts.cells] == [
        (1, "import"),
        (2, "open('"),
    ]
    assert facts.imports == {"numpy", "local.part", "local.part.thing"}
    assert facts.mentioned == ("data/x.csv",)
    assert facts.kernel == "my-env"
    assert facts.kind == "notebook"
    assert not facts.problems


@pytest.mark.parametrize(
    "cell",
    [
        "!ls -l\nx = 1",
        "files = !ls *.py \\\n  -l\nprint(files)",
        "%matplotlib inline",
        "t = %timeit -o 1",
        "x?\nnumpy.array??",
        "?print",
        "%%bash\nfor x in a b; do echo $x; done",
        "\n%%writefile a.txt\nnot ( python",
        "%%time\nx = 1",
        "await something()",
        "async with x as y:\n    pass",
        "  indented = 1\n  more = 2",
        ">>> x = 1\n>>> x",
        "if True:\n    !echo a\n    %cd /",
        "x = (10\n% 3)",
        "s = '''\n!not a command\n'''",
        "for i in range(3):\n    !echo {i}",
        "'\\d'",
        '%matplotlib inline\nprint("loss=%f" % loss)',
        "%matplotlib inline\naccuracy = (\n    correct\n    / total\n)",
        "!ls\nmessage = ('%s %s'\n           % (a, b))",
        "!ls\nx = f(1\n    , 2)",
        "d['a=b'] = !ls\nx = (1\n/ 2)",
    ],
)
def test_what_ipython_reads_is_not_refused(tmp_path: Path, cell: str) -> None:
    assert not read(tmp_path, cell).problems


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("def f(:\n  pass", 1),
        ("x = 1\ny = = 2", 2),
        ("!ls\nprint('a'", 2),
        ("return 1", 1),
        ("%%time\nx = 1\ny = (", 3),
    ],
)
def test_a_syntax_error_is_told_with_cell_and_line(tmp_path: Path, cell: str, line: int) -> None:
    (problem,) = read(tmp_path, "x = 1", cell).problems
    assert problem.field == "notebook"
    assert problem.message.startswith(f"Cell 2, line {line} has a syntax error")


def test_all_syntax_errors_are_told_but_not_of_skipped_cells(tmp_path: Path) -> None:
    facts = read(tmp_path, "x = (", code("y = (", "longboat:skip"), "z = (")
    assert [p.message[:6] for p in facts.problems] == ["Cell 1", "Cell 2"]


LINES = [
    "x = 1", "!ls", "y = !ls -l", "%time x", "x?", "x.y??", "if True:", "    pass", "    !echo",
    "def f():", "    return 1", "# c?", "'''", "!not", "(", "1,", "% 3", ")", "a = [", "]", "/f 1",
    "/ 2", ", 3", "print('a=%d' % x)",
    ";f a", "await g()", "!ls \\", " -l", "'what?'", "return", "*int*?", ">>> x = 1", "a.b = %x",
    "d['k'] = !ls", "else:", "f(a)?", "x: int = !ls", "yield 1", "    ", "!!ls", "\tx = 2",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=5).map("\n".join))
def test_no_cell_that_ipython_would_run_is_refused(cell: str) -> None:
    try:
        parse(TransformerManager().transform_cell(cell))
    except SyntaxError:
        return
    _, problems = _parse_cells((Cell(1, cell),))
    assert not problems.found


def test_a_cell_with_help_in_it_still_counts(tmp_path: Path) -> None:
    facts = read(tmp_path, "import longboat\nlongboat.params?\nlongboat.params(lr=1)\n!ls")
    assert facts.parameters.defaults == {"lr": 1}


def test_parameters_by_call(tmp_path: Path) -> None:
    facts = read(
        tmp_path,
        "import longboat as lb\nfrom longboat import params as p",
        "a = lb.params(lr=0.1, epochs=3, flag=True, names=['a'], n=-1, computed=1 + x)",
        "b = p(other='text')\nparams(not_ours=1)\nelse_.params(nor_this=2)",
    )
    assert facts.parameters.defaults == {
        "lr": 0.1,
        "epochs": 3,
        "flag": True,
        "names": ["a"],
        "n": -1,
        "computed": Default.COMPUTED,
        "other": "text",
    }
    assert not facts.parameters.open
    assert read(tmp_path, "import longboat\nlongboat.params(**defaults)").parameters.open


def test_parameters_by_tag(tmp_path: Path) -> None:
    cell = code("lr = 0.1\na, b = 1, 2\nc: int = 3\nd = f()\nx.y = 5", "parameters")
    defaults = read(tmp_path, cell, "not_one = 1").parameters.defaults
    assert defaults == {"lr": 0.1, "a": 1, "b": 2, "c": 3, "d": Default.COMPUTED}


def test_a_script(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text("import longboat\np = longboat.params(lr=1.5)\n")
    facts = read_notebook(script)
    assert (facts.kind, facts.parameters.defaults) == ("script", {"lr": 1.5})
    script.write_text("x = 1\ny = (\n")
    (problem,) = read_notebook(script).problems
    assert "line 2" in problem.message
    script.write_bytes(b"# -*- coding: latin-1 -*-\nx = '\xe9'\n")
    assert not read_notebook(script).problems
    script.write_bytes(b"x = 1\0")
    assert read_notebook(script).problems


NOTEBOOK = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [code("1")]}
REFUSED = {
    "empty": (b"", "is empty"),
    "no JSON": (b"{nope", "not valid JSON.* line 1, column 2"),
    "cut off": (json.dumps(NOTEBOOK).encode()[:-9], "not valid JSON"),
    "not UTF-8": (b"\xff\xfe\x00", "not UTF-8"),
    "nested": (b"[" * 200_000, "nested too deeply"),
    "a list": (b"[]", "has no nbformat"),
    "other JSON": (b'{"a": 1}', "has no nbformat"),
    "format 3": (json.dumps(NOTEBOOK | {"nbformat": 3}).encode(), "of format 3.*nbconvert"),
    "format 5": (json.dumps(NOTEBOOK | {"nbformat": 5}).encode(), "of format 5"),
    "cells no list": (json.dumps(NOTEBOOK | {"cells": {}}).encode(), "no list of cells"),
    "cell no object": (json.dumps(NOTEBOOK | {"cells": [1]}).encode(), "item 1 .* is not a cell"),
    "source a number": (
        json.dumps(NOTEBOOK | {"cells": [code(1)]}).encode(),  # type: ignore[arg-type]  # on purpose
        "item 1 .* is not a cell",
    ),
    "metadata a list": (json.dumps(NOTEBOOK | {"metadata": []}).encode(), "metadata"),
    "no cells": (json.dumps(NOTEBOOK | {"cells": []}).encode(), "no code to run"),
    "blank cells": (json.dumps(NOTEBOOK | {"cells": [code(" \n")]}).encode(), "no code to run"),
    "all skipped": (
        json.dumps(NOTEBOOK | {"cells": [code("1", "longboat:skip")]}).encode(),
        "every cell is tagged longboat:skip",
    ),
    "julia": (
        json.dumps(NOTEBOOK | {"metadata": {"kernelspec": {"language": "julia"}}}).encode(),
        "written in julia",
    ),
    "R": (
        json.dumps(NOTEBOOK | {"metadata": {"language_info": {"name": "R"}}}).encode(),
        "written in R",
    ),
}


def test_a_notebook_that_was_saved_before_its_kernel_spoke_is_taken(tmp_path: Path) -> None:
    facts = read(tmp_path, code("1"), metadata={"language_info": {"name": ""}})
    assert facts.kind == "notebook"


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_notebook_is_refused(tmp_path: Path, case: str) -> None:
    data, sentence = REFUSED[case]
    path = tmp_path / "a.ipynb"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=sentence) as caught:
        read_notebook(path)
    assert [problem.field for problem in caught.value.problems] == ["notebook"]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "text.txt").write_text("x")
    with (tmp_path / "huge.ipynb").open("wb") as file:
        file.truncate(LARGEST + 1)
    for name, sentence in {
        "missing.ipynb": "does not exist",
        "text.txt/a.ipynb": "does not exist",
        "folder.ipynb": "is a folder",
        "pipe.ipynb": "not a regular file",
        "text.txt": "neither a notebook",
        "missing.txt": "does not exist",
        "huge.ipynb": "100 MB",
        "nul\0.ipynb": "cannot be read",
        "caf\udce9.ipynb": "not UTF-8",
    }.items():
        with pytest.raises(BadInput, match=sentence):
            read_notebook(tmp_path / name)


@settings(max_examples=60)
@given(cells=st.lists(st.text(max_size=40), min_size=1, max_size=3))
def test_any_cells_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    try:
        facts = read(folder, *cells)
    except BadInput:
        assert not "".join(cells).strip()
    else:
        assert len(facts.cells) == sum(bool(cell.strip()) for cell in cells)
