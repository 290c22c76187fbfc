"""Scripts, plain Python without IPython, and what keeps a run from starting."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from guest_core_tools import code, finish, notebook, run_notebook, run_script, start, write
from hypothesis import given
from hypothesis import strategies as st

import longboat.errors
import longboat.guest
from longboat.guest.bundle import build
from longboat.guest.plain import unsupported

WITHOUT_IPYTHON = ("-I", "-S")


def test_a_script_runs_as_main_with_its_arguments(tmp_path):
    write(tmp_path, "helper.py", "value = 4")
    source = """
import multiprocessing, pickle, sys
import helper, longboat

class Point:
    x = helper.value

def double(x):
    return 2 * x

if __name__ == "__main__":
    print(sys.argv[1:], __file__.endswith("entry.py"), pickle.loads(pickle.dumps(Point())).x)
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(1) as pool:
            print(pool.map(double, [1, 2]))
    longboat.report(loss=1)
    longboat.deploy("m").wait()
"""
    done = run_script(tmp_path, source, "a", "b")
    assert done.code == 0, done.log
    assert done.log.splitlines() == [
        "['a', 'b'] True 4",
        "[2, 4]",
        "[2, 4]",
        "longboat.deploy does nothing here: this already runs inside a job.",
    ]
    assert len(done.events("metrics")) == 1
    assert done.status["state"] == "succeeded"


def test_a_script_ends_with_its_threads(tmp_path):
    source = "import threading\nthreading.Timer(0.2, print, ['late']).start()"
    assert run_script(tmp_path, source).log == "late\n"


def test_a_scripts_error_names_its_line(tmp_path):
    done = run_script(tmp_path, "def f():\n    raise KeyError('k')\n\nf()\n")
    assert done.code == 1
    assert (done.error["reason"], done.error["ename"], done.error["line"]) == (
        "script-failed",
        "KeyError",
        2,
    )
    assert "cell" not in done.error
    assert done.log.startswith("Traceback") and done.log.count("File ") == 2


def test_a_script_that_closed_standard_error_still_says_why(tmp_path):
    done = run_script(tmp_path, "import sys\nsys.stderr.close()\nraise ValueError('why')")
    assert (done.error["reason"], done.error["ename"]) == ("script-failed", "ValueError")
    assert "ValueError: why" in done.log


def test_plain_python_runs_cells(tmp_path):
    done = run_notebook(
        tmp_path,
        "from __future__ import annotations\nx = 20",
        "def f(a: nonsense): return a\nf(x) + 1",
        "import asyncio\nawait asyncio.sleep(0, 5)",
        "x;",
        "display(x)\nNone",
        "import pickle\nclass P: pass\ntype(pickle.loads(pickle.dumps(P())))",
        python=WITHOUT_IPYTHON,
    )
    assert done.code == 0, done.log
    shown = [[o["data"]["text/plain"] for o in done.outputs(n)] for n in range(6)]
    assert shown == [[], ["21"], ["5"], [], ["20"], ["<class '__main__.P'>"]]
    assert [e["state"] for e in done.events("cell")].count("finished") == 6


def test_plain_python_names_cell_and_line(tmp_path):
    done = run_notebook(
        tmp_path, "def f():\n    return 1 / 0", "x = 1\nf()", python=WITHOUT_IPYTHON
    )
    assert (done.error["reason"], done.error["cell"], done.error["line"]) == ("cell-failed", 2, 2)
    assert 'File "Cell In[1]", line 2, in f\n    return 1 / 0' in done.log
    assert done.outputs(1)[0]["traceback"][0].startswith("Traceback")
    assert "longboat/guest" not in done.error["traceback"]


def test_plain_python_refuses_magics_before_the_first_cell(tmp_path):
    done = run_notebook(
        tmp_path,
        "open('ran', 'w')",
        code("%skipped", "longboat:skip"),
        "import os\n%matplotlib inline",
        python=WITHOUT_IPYTHON,
    )
    assert done.error == {
        "reason": "unsupported-cell",
        "cell": 2,
        "line": 2,
        "what": "%matplotlib inline",
    }
    assert not (tmp_path / "work" / "ran").exists()
    assert "needs IPython" in done.log and "Traceback" not in done.log


def test_plain_python_lets_a_syntax_error_fail_in_its_cell(tmp_path):
    done = run_notebook(tmp_path, "print('first')", "x = 1\nif x", python=WITHOUT_IPYTHON)
    assert (done.error["ename"], done.error["cell"], done.error["line"]) == ("SyntaxError", 2, 2)
    assert "first" in done.log


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("%matplotlib inline", 1),
        ("\n%%bash\nls", 2),
        ("import os\n!ls", 2),
        ("if True:\n    !ls -l\n", 2),
        ("files = !ls", 1),
        ("print?", 1),
        ("?print", 1),
        ("x = 1\nx.y??", 2),
        ("x = 5 % 3\ny = '%%bash'\nawait z", None),
        ("if x", None),
        ("'''\n%cd\n'''", None),
        ("", None),
    ],
)
def test_what_only_ipython_can_run_is_found(source, line):
    found = unsupported(source)
    assert (found and found[0]) == line


@given(st.text(alphabet="%!?x =\n()'#1"))
def test_looking_for_it_never_fails(source):
    found = unsupported(source)
    assert found is None or 1 <= found[0] <= len(source.splitlines())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "is not a notebook"),
        ("[]", "no cells"),
        (json.dumps({"worksheets": [], "nbformat": 3}), "no cells"),
        (json.dumps({**notebook("1"), "metadata": {"kernelspec": {"language": "R"}}}), "in R"),
    ],
)
def test_what_is_no_python_notebook_does_not_start(tmp_path, text, words):
    write(tmp_path, "entry.ipynb", text)
    done = finish(start(tmp_path, "entry.ipynb"), tmp_path)
    assert done.code == 1 and done.error["reason"] == "start-failed"
    assert words in done.error["error"] and "Traceback" not in done.log


def test_by_hand_nothing_is_needed_and_nothing_written(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "n.ipynb").write_text(
        json.dumps(notebook("import os, longboat\nprint(os.path.basename(os.getcwd()))"))
    )
    zipapp = build(tmp_path / "guests").rename(tmp_path / "longboat.pyz")
    (tmp_path / "guests").rmdir()
    command = [sys.executable, zipapp.name, "run", "sub/n.ipynb", "--role", "worker:0"]
    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("sub\n", "")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["longboat.pyz", "n.ipynb", "sub"]
    subprocess.run(
        [*command, "--output", "out.ipynb"], cwd=tmp_path, check=True, capture_output=True
    )
    assert json.loads((tmp_path / "out.ipynb").read_text())["cells"][0]["execution_count"] == 1


def test_the_command_line_does_nothing_inside(tmp_path):
    done = run_notebook(
        tmp_path,
        "import sys\nfrom longboat.cli.main import main\nsys.argv = ['x', 'submit']\nmain()",
    )
    assert done.code == 0 and "The command longboat does nothing here" in done.log


def test_what_starting_calls_give_can_be_used_and_does_nothing(tmp_path):
    cell = """
%load_ext longboat
%longboat submit me.ipynb
import longboat
job = longboat.submit("me.ipynb", workers=2)
job.follow()
for line in job.logs():
    print("never")
with longboat.Client() as client:
    print(f"{job.metrics()['loss']:.3f}", bool(client))
try:
    raise longboat.NotFound("x")
except longboat.errors.UserError:
    print("errors are real")
"""
    done = run_notebook(tmp_path, cell)
    assert done.code == 0, done.log
    for name in ("%longboat submit me.ipynb", "longboat.submit", "longboat.Client"):
        assert f"{name} does nothing here" in done.log
    assert "never" not in done.log and "errors are real" in done.log


def test_the_zipapp_is_the_same_bytes_and_built_once(tmp_path):
    first, again = build(tmp_path / "a"), build(tmp_path / "b")
    assert first.name == again.name and first.read_bytes() == again.read_bytes()
    before = first.stat()
    assert build(tmp_path / "a").stat().st_ino == before.st_ino


def test_the_guest_is_python_3_9_and_imports_only_the_standard_library():
    folder = Path(longboat.guest.__file__).parent
    sources = [p for p in folder.glob("*.py") if p.name not in ("bundle.py", "shell.py")]
    for path in [*sources, Path(longboat.errors.__file__)]:
        tree = ast.parse(path.read_text(), feature_version=(3, 9))
        for node in tree.body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                root = name.split(".")[0]
                assert root in sys.stdlib_module_names or root == "longboat", (path, name)
                parts = name.split(".")
                assert root != "longboat" or parts[1:2] in ([], ["guest"], ["errors"]), (path, name)


def test_importing_longboat_is_light():
    heavy = "{'numpy', 'msgspec', 'click', 'json', 'longboat.errors'}"
    source = f"import sys, longboat; print(sorted({heavy} & {{*sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
