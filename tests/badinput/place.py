"""A folder full of wrong things, a home with jobs and a model in it, and what of it may change."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import time
import venv
from pathlib import Path
from typing import Any

from badinput.archives import forgeries
from badinput.requirement_rows import FILES
from longboat.api import Client
from longboat.records.layout import Home
from longboat.records.status import JobRecord, JobStatus, ReplicaStatus
from longboat.snapshots.receipt import receipt
from longboat.spec.job import Replica

EXPORTED = "importable"
"""Id of a job in another home, of which there is a sound archive."""
JOBS = ("abcdefghij", "abcdefghik", "zyxwvutsrq")
"""Ids in the home; all of a job named ``digits``, the last of which has run."""
LATER_RECORD, DAMAGED_RECORD = "laterlater", "brokenjobs"
"""Ids in the home; of jobs that have run, and whose status.json cannot be read."""
GOOD = ["import longboat", "p = longboat.params(lr=0.1, epochs=3, name='x')", "print(p.lr)"]
KEY = "-----BEGIN " + "PRIVATE KEY-----\n" + "A" * 64 + "\n-----END " + "PRIVATE KEY-----\n"


def cell(source: str, *tags: str, kind: str = "code") -> dict[str, Any]:
    """One cell of a notebook."""
    made: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
    if tags:
        made["metadata"] = {"tags": list(tags)}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def notebook(*cells: dict[str, Any], **changes: Any) -> str:
    """A notebook's text, with ``changes`` to the document."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    document = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {"kernelspec": kernel},
        "cells": list(cells),
    }
    return json.dumps(document | changes)


def write_work(work: Path) -> None:
    """Write the folder in which the rows of the table are tried."""
    work.mkdir()
    good = notebook(cell("\n".join(GOOD)))
    (work / "nb.ipynb").write_text(good)
    (work / "plain.ipynb").write_text(notebook(cell("print(1)")))
    (work / "tf.ipynb").write_text(notebook(cell("import tensorflow as tf\ntf.zeros(3)")))
    (work / "plain").mkdir()
    (work / "plain" / "nb.ipynb").write_text(notebook(cell("print(1)")))
    _write_notebooks(work, good)
    _write_scripts(work)
    _write_files(work, good)
    _write_interpreters(work)
    _write_kernels(work)
    _write_bodies(work)
    _write_models(work)
    (work / "needs").mkdir()
    for name, text in FILES.items():
        (work / "needs" / name).write_text(text)


def _write_notebooks(work: Path, good: str) -> None:
    kernel = {"name": "julia-1.10", "display_name": "Julia", "language": "julia"}
    texts = {
        "cut": good[: len(good) // 2],
        "brace": "{",
        "empty": "",
        "list": "[1, 2]",
        "other": '{"a": 1}',
        "v3": json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}),
        "v5": notebook(cell("1"), nbformat=5),
        "cells": notebook(cell("1"), cells={"a": 1}),
        "cell": notebook(cell("1"), cells=[cell("1"), "2"]),
        "prose": notebook(cell("# Title", kind="markdown")),
        "blank": notebook(cell("  \n")),
        "skipped": notebook(cell("1", "longboat:skip")),
        "julia": notebook(cell("1"), metadata={"kernelspec": kernel}),
        "gone-kernel": notebook(
            cell("1"), metadata={"kernelspec": {"name": "left-behind", "language": "python"}}
        ),
        "syntax": notebook(cell("1"), cell("a = 1\nb = 2\nc = = 3")),
        "two-errors": notebook(cell("a ="), cell("1"), cell("def f(:\n  pass")),
        "return": notebook(cell("x = 1\nreturn x")),
        "magic": notebook(cell("import os"), cell("x = 1\n%matplotlib inline")),
        "shell": notebook(cell("!nvidia-smi"), cell("1"), cell("%%bash\nls")),
        "deep": "[" * 100_000,
    }
    for name, text in texts.items():
        (work / f"{name}.ipynb").write_text(text)
    (work / "latin1.ipynb").write_bytes(good.replace("print", "# é print").encode("latin-1"))
    with (work / "huge.ipynb").open("wb") as file:
        file.truncate(120_000_000)
    (work / "folder.ipynb").mkdir()
    os.mkfifo(work / "pipe.ipynb")
    (work / "dangling.ipynb").symlink_to("nowhere.ipynb")
    (work / "circle.ipynb").symlink_to("circle.ipynb")
    (work / "notes.txt").write_text("no notebook")


def _write_scripts(work: Path) -> None:
    (work / "empty.py").write_text("")
    (work / "script.py").write_text("print(1)\n")
    (work / "comment.py").write_text("# nothing else\n")
    (work / "broken.py").write_text("x = 1\nif x\n")
    (work / "keyed").mkdir()
    (work / "keyed" / "train.py").write_text(f'KEY = """{KEY}"""\n')


def _write_files(work: Path, good: str) -> None:
    (work.parent / "outside.csv").write_text("1")
    files = work / "files"
    files.mkdir()
    (files / "nb.ipynb").write_text(good)
    (files / "data.csv").write_text("1")
    (files / ".env").write_text("TOKEN=1")
    (files / "key.txt").write_text(KEY)
    os.mkfifo(files / "pipe")
    (files / "outside").symlink_to(work.parent / "outside.csv")
    (files / "circle").symlink_to("circle")
    (files / "empty").mkdir()
    large = work / "large"
    large.mkdir()
    (large / "nb.ipynb").write_text(good)
    with (large / "big.bin").open("wb") as file:
        file.truncate(60_000_000)


def _write_interpreters(work: Path) -> None:
    folder = work / "pythons"
    folder.mkdir()
    old = json.dumps(
        {"version": "3.6.9", "implementation": "CPython", "prefix": "/", "paths": []}
        | {"distributions": {}}
    )
    for name, body in {
        "silent": "exit 0",
        "failing": "echo no licence >&2; exit 3",
        "chatty": "echo hello",
        "old": f"echo '{old}'",
    }.items():
        _write_tool(folder / name, body)
    (folder / "plain-file").write_text("#!/bin/sh\n")
    (folder / "text").write_text("hello")
    (folder / "text").chmod(0o755)
    venv.create(folder / "bare", with_pip=False, symlinks=True)
    (folder / "bare" / "kept").mkdir()


def _write_tool(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def _write_kernels(work: Path) -> None:
    specs = {
        "ir": {"argv": ["R", "--slave"], "language": "R"},
        "moved": {"argv": ["/nowhere/env/bin/python", "-m", "x"], "language": "python"},
        "wrapped": {"argv": ["/opt/run-it", "{connection_file}"], "language": "python"},
        "bash": {"argv": ["python", "-m", "bash_kernel"], "language": "bash"},
    }
    for name, spec in specs.items():
        folder = work / "jupyter" / "kernels" / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(json.dumps({"display_name": name, **spec}))
    damaged = work / "jupyter" / "kernels" / "damaged"
    damaged.mkdir()
    (damaged / "kernel.json").write_text("{")


def _write_bodies(work: Path) -> None:
    bodies = {
        "number": "3",
        "text": '"x"',
        "deep": "[" * 100_000,
        "half": '{"instances": [',
        "empty": "",
        "nan": '{"instances": [[NaN, 1, 1, 1]]}',
        "good": "[[1, 2, 3, 4]]",
        "rank": "[[[1, 2, 3, 4]]]",
        "shape": "[[1, 2, 3]]",
        "dtype": '[["a", "b", "c", "d"]]',
        "ragged": "[[1, 2, 3, 4], [1]]",
        "name": '[{"y": [1, 2, 3, 4]}]',
        "both": '{"instances": [[1, 2, 3, 4]], "inputs": [[1, 2, 3, 4]]}',
        "neither": "{}",
        "signature": '{"signature_name": "other", "instances": [[1, 2, 3, 4]]}',
        "null": "[[null, 1, 1, 1]]",
        "none": "[]",
    }
    folder = work / "bodies"
    folder.mkdir()
    for name, text in bodies.items():
        (folder / f"{name}.json").write_text(text)
    (folder / "binary.json").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")


def _write_models(work: Path) -> None:
    folder = work / "exported"
    (folder / "nothing").mkdir(parents=True)
    (folder / "a-file").write_text("x")
    for name, content in {"damaged": b"no model", "callable": b"", "bare": b""}.items():
        (folder / name).mkdir()
        (folder / name / "saved_model.pb").write_bytes(content)
        if name != "bare":
            (folder / name / "variables").mkdir()
    (folder / "linked").mkdir()
    (folder / "linked" / "saved_model.pb").write_bytes(b"")
    (folder / "linked" / "variables").mkdir()
    (folder / "linked" / "assets").symlink_to(work)


def write_home(home: Home, work: Path) -> None:
    """Fill a home with jobs that have ended and need nobody."""
    for number, job_id in enumerate(JOBS):
        add_job(home, work, job_id, time.time() - 60 + number)
    _add_result(home, JOBS[-1])
    _write_archives(work)
    for job_id, status in ((LATER_RECORD, b'{"format": 99}'), (DAMAGED_RECORD, b"{")):
        add_job(home, work, job_id, time.time() - 3600)
        home.run(job_id).status.write_bytes(status)


def add_job(home: Home, work: Path, job_id: str, created: float) -> None:
    """Make a job of that id which has ended, and needs nobody."""
    engine = Client(home.path).engine
    plan = engine.submission.plan(work / "plain" / "nb.ipynb", name="digits")
    record = JobRecord(
        id=job_id,
        created=created,
        spec=plan.spec,
        snapshot=plan.snapshot.address,
        guest="g",
    )
    made = receipt(plan.snapshot, plan.spec, folder=None, cache=home.local / "interpreters")
    engine.store.create(record, made, None)
    status = JobStatus(
        state="succeeded",
        ended=time.time(),
        settled=True,
        replicas=(ReplicaStatus("worker", 0, "succeeded", 0),),
    )
    engine.store.write_status(job_id, status)
    engine.index.put(record, status)


def _add_result(home: Home, job_id: str) -> None:
    leader = home.run(job_id).attempt(1).replica(Replica("worker", 0))
    leader.work.mkdir(parents=True)
    (leader.work / "result.csv").write_text("1")
    leader.log.write_text("1\n")


def _write_archives(work: Path) -> None:
    """Export jobs of another home, and make of one all that is to be refused."""
    home, folder = Home(work.parent / "elsewhere"), work / "archives"
    folder.mkdir()
    for job_id in (EXPORTED, JOBS[0]):
        add_job(home, work, job_id, 1_800_000_000.0)
        _add_result(home, job_id)
        Client(home.path).job(job_id).export(folder / f"{job_id}.tar")
    for name, data in forgeries(folder / f"{EXPORTED}.tar").items():
        (folder / f"{name}.tar").write_bytes(data)
    os.mkfifo(folder / "pipe.tar")
    (folder / "folder.tar").mkdir()


def records(home: Home, live: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Everything durable in the home: path → what it holds, or when it was changed.

    ``live`` are names of files that a running service writes by itself.
    """
    found: dict[str, Any] = {}
    for room in (home.jobs, home.snapshots, home.models, home.services, home.secrets, home.guests):
        for path in [room, *room.rglob("*")]:
            if path.name not in live:
                with contextlib.suppress(FileNotFoundError):
                    found[str(path.relative_to(home.path))] = _content(path)
    return found


def _content(path: Path) -> Any:
    state = path.lstat()
    if not stat.S_ISREG(state.st_mode):
        return stat.S_IFMT(state.st_mode)
    return path.read_bytes() if state.st_size < 10_000 else (state.st_size, state.st_mtime_ns)


def rows_of_index(home: Home) -> list[tuple[Any, ...]]:
    """What the index lists."""
    listed = Client(home.path).engine.index.list()
    return [(entry.record.id, entry.record.spec.name, entry.status.state) for entry in listed]


def processes(home: Home) -> set[int]:
    """Every process of this home, by its command line or by a LONGBOAT_ mark in its environment."""
    mark, found = os.fsencode(home.path), set[int]()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            marks = (folder / "environ").read_bytes().split(b"\0")
            named = [m for m in marks if m.startswith(b"LONGBOAT_") and mark in m]
            if named or mark in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
    return found - {os.getpid()}
