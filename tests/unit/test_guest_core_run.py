"""Notebooks through the zipapp with IPython: what works in a kernel works in a job."""

import json
import signal
import time

import nbformat
import pytest
from guest_core_tools import code, finish, notebook, run_notebook, start, write

import longboat
from longboat.backends.last_word import read_last_word
from longboat.records.layout import ReplicaDirectory


def test_cells_share_a_main_module_and_outputs_are_kept(tmp_path):
    done = run_notebook(tmp_path, "x = 20", "print('hello')\nx + 1", "__name__")
    assert done.code == 0
    assert done.status == {"state": "succeeded", "exit_code": 0, "error": None}
    assert done.text(1) == "hello\n"
    assert done.outputs(1)[1] == {
        "output_type": "execute_result",
        "execution_count": 2,
        "data": {"text/plain": "21"},
        "metadata": {},
    }
    assert done.outputs(2)[0]["data"] == {"text/plain": "'__main__'"}
    assert done.log.splitlines() == ["hello", "21", "'__main__'"]
    nbformat.validate(done.notebook)


def test_each_cell_is_an_event(tmp_path):
    done = run_notebook(
        tmp_path, "1", code("boom", "longboat:skip"), "", "import time; time.sleep(0.2)"
    )
    seen = [(e["index"], e["of"], e["state"]) for e in done.events("cell")]
    assert seen == [
        (1, 2, "started"),
        (1, 2, "finished"),
        (1, 2, "skipped"),
        (2, 2, "started"),
        (2, 2, "finished"),
    ]
    assert 0.2 <= done.events("cell")[-1]["seconds"] < 5


def test_magics_shell_commands_and_bash(tmp_path):
    done = run_notebook(
        tmp_path,
        "!echo out; echo err >&2; echo {1 + 1}",
        "lines = !printf 'a\\nb'\nlist(lines)",
        "%%bash\necho from bash",
        "%%capture kept\nprint('swallowed')\n!echo swallowed too",
        "print(repr(kept.stdout))",
        "%%time\npass",
        "!exit 3",
        "_exit_code",
    )
    assert done.code == 0
    # How the two streams are interleaved is the system's to decide.
    texts = {"stdout": "", "stderr": ""}
    for output in done.outputs(0):
        texts[output["name"]] += output["text"]
    assert texts == {"stdout": "out\n2\n", "stderr": "err\n"}
    assert done.outputs(1)[0]["data"]["text/plain"] == "['a', 'b']"
    assert done.text(2) == "from bash\n"
    assert done.outputs(3) == []
    assert done.text(4) == "'swallowed\\nswallowed too\\n'\n"
    assert "Wall time" in done.text(5)
    assert done.outputs(7)[0]["data"]["text/plain"] == "3"


def test_cd_moves_the_code_and_neither_outputs_nor_imports(tmp_path):
    write(tmp_path, "beside.py", "value = 7")
    (tmp_path / "elsewhere").mkdir()
    done = run_notebook(
        tmp_path,
        "import beside",
        f"%cd -q {tmp_path / 'elsewhere'}",
        "import os, longboat\nprint(os.getcwd(), beside.value)\nlongboat.report(a=1)",
    )
    assert done.text(2) == f"{tmp_path / 'elsewhere'} 7\n"
    assert done.events("metrics")


def test_displays_updates_and_clearing(tmp_path):
    done = run_notebook(
        tmp_path,
        "h = display('first', display_id='x')\ndisplay({'text/html': '<b>b</b>'}, raw=True)",
        "h.update('second')",
        "import IPython.display as d\nprint('gone')\nd.clear_output(wait=True)\nprint('stays')",
        "class Png:\n    def _repr_png_(self): return b'\\x89PNG'\nPng()",
    )
    assert done.outputs(0)[0]["data"] == {"text/plain": "'second'"}
    assert done.outputs(0)[1]["data"] == {"text/html": "<b>b</b>"}
    assert done.outputs(1) == []
    assert done.text(2) == "stays\n"
    assert done.outputs(3)[0]["data"]["image/png"].strip() == "iVBORw=="
    nbformat.validate(done.notebook)


def test_a_progress_bar_is_stored_as_it_looks_at_the_end(tmp_path):
    bar = "for i in range(101):\n    print(f'\\r{i:3d} %', end='')"
    done = run_notebook(tmp_path, bar)
    assert done.text(0) == "100 %"
    assert done.log.count("\r") == 101


def test_top_level_await(tmp_path):
    done = run_notebook(
        tmp_path, "import asyncio\nawait asyncio.sleep(0.01)\nawait asyncio.sleep(0, 5)"
    )
    assert done.outputs(0)[0]["data"]["text/plain"] == "5"


def test_an_error_names_cell_and_line_and_ends_the_run(tmp_path):
    done = run_notebook(
        tmp_path, "def f(x):\n    return 1 / x", "1", "y = 2\nf(0)", "print('never')"
    )
    assert (done.code, done.status["state"]) == (1, "failed")
    assert (done.error["reason"], done.error["ename"]) == ("cell-failed", "ZeroDivisionError")
    assert (done.error["cell"], done.error["line"]) == (3, 2)
    assert "Cell In[3], line 2" in done.error["traceback"]
    assert "Cell In[3], line 2" in done.log
    assert "\x1b" not in done.error["traceback"] + done.log
    assert "never" not in done.log
    assert done.outputs(2)[0]["ename"] == "ZeroDivisionError"
    assert done.notebook["cells"][3]["execution_count"] is None
    assert [e["state"] for e in done.events("cell")][-1] == "failed"
    nbformat.validate(done.notebook)


@pytest.mark.parametrize(
    ("source", "ename", "words", "line"),
    [
        ("x = 1\nif x", "SyntaxError", "expected ':'", 2),
        ("%nothing_like_this", "UsageError", "nothing_like_this", 1),
        ("x = 1\ninput('name?')", "RuntimeError", "longboat.params", 2),
        ("raise ExceptionGroup('several', [ValueError('a')])", "ExceptionGroup", "several", 1),
        ("def f():\n    raise KeyError('k')\nf()", "KeyError", "k", 2),
    ],
)
def test_what_an_error_looks_like(tmp_path, source, ename, words, line):
    done = run_notebook(tmp_path, source)
    assert done.code == 1
    assert (done.error["reason"], done.error["ename"]) == ("cell-failed", ename)
    assert words in done.error["evalue"]
    assert done.error.get("line") == line
    shown = [o for o in done.outputs(0) if o["output_type"] == "error"]
    assert [o["ename"] for o in shown] == [ename]
    assert ename in done.log
    assert done.error["traceback"]


def test_a_missing_module_is_its_own_reason(tmp_path):
    done = run_notebook(tmp_path, "1", "import no_such_module_anywhere.inner")
    assert done.error["reason"] == "import-missing"
    assert (done.error["module"], done.error["cell"]) == ("no_such_module_anywhere", 2)


def test_a_full_disk_is_its_own_reason(tmp_path):
    done = run_notebook(tmp_path, "with open('/dev/full', 'w') as f:\n    f.write('x' * 10**6)")
    assert done.error["reason"] == "disk-full"


def test_an_expected_error_lets_the_run_go_on(tmp_path):
    done = run_notebook(tmp_path, code("1 / 0", "raises-exception"), "print('on')")
    assert done.code == 0
    assert done.outputs(0)[0]["ename"] == "ZeroDivisionError"
    assert done.text(1) == "on\n"


@pytest.mark.parametrize(
    ("call", "exit_code", "state"),
    [
        ("import sys; sys.exit()", 0, "succeeded"),
        ("import sys; sys.exit(0)", 0, "succeeded"),
        ("quit()", 0, "succeeded"),
        ("exit", 0, "succeeded"),
        ("import sys; sys.exit(3)", 3, "failed"),
        ("import sys; sys.exit(256)", 1, "failed"),
        ("import sys; sys.exit('no data')", 1, "failed"),
    ],
)
def test_exits_are_honoured(tmp_path, call, exit_code, state):
    done = run_notebook(tmp_path, "print('before')", call, "print('never')")
    assert (done.code, done.status["state"]) == (exit_code, state)
    assert done.status["exit_code"] == exit_code
    assert "before" in done.log and "never" not in done.log and "To exit" not in done.log
    assert [e["state"] for e in done.events("cell")][-1] == (
        "finished" if state == "succeeded" else "failed"
    )
    if state == "failed":
        assert (done.error["reason"], done.error["code"]) == ("exit-code", exit_code)
        assert (done.error["cell"], done.error["line"]) == (2, 1)


@pytest.mark.parametrize(
    "source", ["import sys\nsys.__stdout__.detach()", "import sys\nsys.stderr.close()"]
)
def test_streams_that_are_gone_do_not_cost_the_last_word(tmp_path, source):
    done = run_notebook(tmp_path, source, "print('bye', file=open('here', 'w'))")
    assert (done.code, done.status["state"]) == (0, "succeeded"), done.log
    assert (tmp_path / "work" / "here").read_text() == "bye\n"


def test_a_message_for_a_closed_stream_is_in_the_log(tmp_path):
    done = run_notebook(tmp_path, "import sys\nsys.stderr.close()\nsys.exit('too early')")
    assert (done.code, done.error["reason"], done.error["cell"]) == (1, "exit-code", 1)
    assert "too early" in done.log


def test_names_that_are_not_unicode_can_be_read_by_everybody(tmp_path):
    done = run_notebook(
        tmp_path,
        "import longboat\nlongboat.report(**{'caf\\udce9': 1})",
        "raise ValueError('caf\\udce9.csv')",
    )
    word = read_last_word(ReplicaDirectory(done.folder))
    assert word is not None and word.error is not None
    assert (word.error["reason"], word.error["evalue"]) == ("cell-failed", "caf?.csv")
    assert done.events("metrics")[0]["values"] == {"caf?": 1}


def test_the_version_is_that_of_the_host(tmp_path):
    done = run_notebook(tmp_path, "import longboat\nprint(longboat.__version__)")
    assert done.text(0) == f"{longboat.__version__}\n"


def test_pickles_and_forked_pools_know_what_cells_define(tmp_path):
    done = run_notebook(
        tmp_path,
        "import pickle\nclass Point:\n    x = 1\npickle.loads(pickle.dumps(Point())).x",
        "import multiprocessing as mp\ndef square(x):\n    print('child', x)\n    return x * x",
        "with mp.get_context('fork').Pool(2) as pool:\n    print(pool.map(square, [1, 2, 3]))",
        "child = 'import longboat; longboat.submit(1)'",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', child], check=True)",
    )
    assert done.code == 0, done.log
    assert done.outputs(0)[0]["data"]["text/plain"] == "1"
    assert done.text(2) == "[1, 4, 9]\n"
    assert done.log.count("child") == 3
    assert "longboat.submit does nothing here" in done.log


def test_a_child_of_a_fork_leaves_the_record_alone(tmp_path):
    cell = """
import os
print('parent')
if os.fork() == 0:
    print('child')
    raise SystemExit(5)
os.wait()
print('end')
"""
    done = run_notebook(tmp_path, cell)
    assert done.text(0) == "parent\nend\n"
    assert done.status["state"] == "succeeded"
    assert "child" in done.log


def test_sigterm_runs_finally_blocks_and_says_stopped(tmp_path):
    cell = """
import time
try:
    open('ready', 'w').close()
    time.sleep(60)
finally:
    print('cleaned')
"""
    write(tmp_path, "entry.ipynb", json.dumps(notebook(cell, "print('never')")))
    process = start(tmp_path, "entry.ipynb")
    deadline = time.monotonic() + 30
    while not (tmp_path / "work" / "ready").exists():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    done = finish(process, tmp_path)
    assert done.code == 143
    assert done.status == {"state": "stopped", "exit_code": 143, "error": None}
    assert done.text(0) == "cleaned\n"
    assert "never" not in done.log and "Traceback" not in done.log


def test_nothing_that_is_left_running_holds_the_end(tmp_path):
    cell = """
import atexit, threading, time
threading.Thread(target=time.sleep, args=(100,)).start()
left_open = open('left.txt', 'w'); left_open.write('whole')
_ = atexit.register(print, 'bye')
"""
    done = run_notebook(tmp_path, cell)
    assert done.code == 0
    assert (tmp_path / "work" / "left.txt").read_text() == "whole"
    assert done.log == "bye\n" and done.text(0) == "bye\n"


def test_a_print_cannot_forge_an_event(tmp_path):
    forged = json.dumps({"t": 0, "kind": "metrics", "step": 1, "values": {"acc": 1.0}})
    done = run_notebook(tmp_path, f"print({forged!r})\nprint('\\x1e' + {forged!r})")
    assert done.events("metrics") == []
    assert forged in done.log


def test_the_notebook_is_written_while_a_long_cell_runs(tmp_path):
    cell = """
import os, time
deadline = time.monotonic() + 30
while time.monotonic() < deadline and not os.path.exists('enough'):
    print('still here')
    time.sleep(0.02)
"""
    write(tmp_path, "entry.ipynb", json.dumps(notebook(cell)))
    process = start(tmp_path, "entry.ipynb")
    output = tmp_path / "replica" / "output.ipynb"
    deadline = time.monotonic() + 30
    while not (output.exists() and json.loads(output.read_text())["cells"][0]["outputs"]):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    (tmp_path / "work" / "enough").touch()
    done = finish(process, tmp_path)
    assert done.code == 0 and done.text(0).startswith("still here\n")


def test_a_flood_is_whole_in_the_log_and_short_in_the_notebook(tmp_path):
    done = run_notebook(tmp_path, "for i in range(20_000): print('line' + ' ' * 30, i)")
    assert done.log.count("\n") == 20_000
    kept = done.text(0)
    assert kept.startswith("line   ") and kept.endswith(" 19999\n")
    assert len(kept) < 300_000 and "left out here" in kept
