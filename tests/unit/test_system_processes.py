"""Finding processes, ending them, and starting ones that outlive their maker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from longboat.system import prctl
from longboat.system.identity import start_time
from longboat.system.processes import descendants, end_descendants, send, table
from longboat.system.spawn import BLOCKED, detach, execute
from longboat.system.sweep import marked, processes_of, sweep


def until(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.002)
    return found


@pytest.fixture
def endings() -> Iterator[list[int]]:
    """Processes that a test detached, to be killed at its end."""
    pids: list[int] = []
    yield pids
    for pid in pids:
        if (started := start_time(pid)) is not None:
            send(pid, started, signal.SIGKILL)


# --- detach


def test_a_detached_function_is_on_its_own(tmp_path: Path) -> None:
    log = tmp_path / "log"
    inherited = os.open(tmp_path / "inherited", os.O_CREAT | os.O_RDWR)
    kept = os.open(tmp_path / "kept", os.O_CREAT | os.O_RDWR)
    before = os.umask(0o077)

    def report() -> None:
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        opened = {int(path.name) for path in Path("/proc/self/fd").iterdir()}
        print(os.getpid() != os.getsid(0), Path.cwd(), oct(os.umask(0)), blocked == BLOCKED)
        print({0, 1, 2, kept} <= opened, inherited in opened, len(opened))
        print(Path("/proc/self/fd/0").readlink(), signal.getsignal(signal.SIGUSR1) == 0)
        print("complaint", file=sys.stderr)

    signal.signal(signal.SIGUSR1, lambda *_: None)
    print("not flushed yet", end="")
    try:
        pid = detach(report, keep=[kept], log=log)
    finally:
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)
        os.umask(before)
        os.close(inherited)
        os.close(kept)
    until(lambda: start_time(pid) is None)
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, 0)
    assert log.read_text().splitlines() == [
        "True / 0o22 True",
        "True False 5",
        "/dev/null True",
        "complaint",
    ]


def test_a_detached_command_is_executed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = "import os; print(os.environ.get('A'), os.getcwd(), len(os.listdir('/proc/self/fd')))"
    pid = detach([sys.executable, "-c", code], log=log, environment={"A": "b"})
    until(lambda: start_time(pid) is None)
    assert log.read_text() == "b / 4\n"


def test_a_command_that_cannot_be_executed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        detach(["/nowhere/program"])
    (tmp_path / "text").write_text("x")
    with pytest.raises(PermissionError):
        detach([str(tmp_path / "text")])


def test_what_a_detached_function_raises_is_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    pid = detach(lambda: 1 / 0, log=log)
    until(lambda: start_time(pid) is None)
    assert "ZeroDivisionError" in log.read_text()


def test_a_signal_right_after_the_start_waits_for_the_handler(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def careful() -> None:
        time.sleep(0.1)
        signal.signal(signal.SIGTERM, lambda *_: print("handled"))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, BLOCKED)

    pid = detach(careful, log=log)
    os.kill(pid, signal.SIGTERM)
    until(lambda: start_time(pid) is None)
    assert log.read_text() == "handled\n"


# --- execute


def test_a_child_gets_what_it_is_given_and_nothing_else(tmp_path: Path) -> None:
    read, write = os.pipe()
    code = (
        "import os, signal, sys; print(sorted(os.environ), os.getcwd(), sys.stdin.read(), "
        "len(os.listdir('/proc/self/fd')), signal.pthread_sigmask(signal.SIG_BLOCK, ()))"
    )
    child = execute(
        [sys.executable, "-I", "-c", code],
        environment={"A": "1", "LC_ALL": "C.UTF-8"},
        folder=tmp_path,
        output=write,
        prepare=lambda: None,
    )
    os.close(write)
    with os.fdopen(read) as output:
        assert output.read() == f"['A', 'LC_ALL'] {tmp_path}  4 set()\n"
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("fault", ["program", "folder"])
def test_a_child_that_cannot_start_says_what_is_missing(tmp_path: Path, fault: str) -> None:
    program = "/nowhere/program" if fault == "program" else sys.executable
    folder = tmp_path / "nowhere" if fault == "folder" else tmp_path
    before = {row.pid for row in descendants(os.getpid())}
    with pytest.raises(FileNotFoundError) as caught:
        execute([program], environment={}, folder=folder, output=1, prepare=lambda: None)
    assert caught.value.filename == (program if fault == "program" else str(folder))
    assert {row.pid for row in descendants(os.getpid())} <= before


# --- trees

TREE = """
import os, subprocess, sys, time
subprocess.Popen(["sleep", "3600"], start_new_session=True)
if os.fork() == 0:
    if os.fork() == 0:
        time.sleep(3600)
    os._exit(0)
os.wait()
print("ready", flush=True)
time.sleep(3600)
"""


def test_everything_below_is_ended(tmp_path: Path) -> None:
    """In a process of its own, since adopting orphans is for life."""
    read, write = os.pipe()

    def parent() -> None:
        prctl.adopt_orphans()
        spared = subprocess.Popen(["sleep", "3600"])
        tree = subprocess.Popen([sys.executable, "-c", TREE], stdout=subprocess.PIPE)
        assert tree.stdout is not None
        tree.stdout.readline()
        counts = [len(descendants(os.getpid()))]
        os.kill(tree.pid, signal.SIGKILL)
        ended = [end_descendants(5.0, spare=[spared.pid])]
        counts.append(len(descendants(os.getpid())))
        ended.append(end_descendants(5.0))
        counts.append(len(descendants(os.getpid())))
        os.write(write, f"{counts} {ended}".encode())

    pid = detach(parent, keep=[write], log=tmp_path / "log")
    os.close(write)
    with os.fdopen(read) as answer:
        assert answer.read() == "[4, 1, 0] [True, True]", (tmp_path / "log").read_text()
    until(lambda: start_time(pid) is None)


def test_a_child_dies_with_its_parent(endings: list[int], tmp_path: Path) -> None:
    def parent() -> None:
        me = os.getpid()
        if os.fork() == 0:
            prctl.die_with_parent(me)
            (tmp_path / "child").write_text(str(os.getpid()))
        signal.pause()

    pid = detach(parent)
    endings.append(pid)
    child = int(until(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text()))
    endings.append(child)
    os.kill(pid, signal.SIGKILL)
    until(lambda: start_time(child) is None)


def test_one_whose_parent_is_gone_already_dies_at_once() -> None:
    child = os.fork()
    if child == 0:
        prctl.die_with_parent(1 << 30)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_a_name_is_shown() -> None:
    child = os.fork()
    if child == 0:
        prctl.set_name("longboat-test")
        signal.pause()
    try:
        comm = Path(f"/proc/{child}/comm")
        until(lambda: comm.read_text() == "longboat-test\n")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_signal_does_not_hit_who_got_the_pid_later() -> None:
    child = os.fork()
    if child == 0:
        signal.pause()
    started = start_time(child)
    assert started is not None
    assert not send(child, started - 1, signal.SIGKILL)
    assert start_time(child) == started
    assert send(child, started, signal.SIGKILL)
    os.waitpid(child, 0)
    assert not send(child, started, signal.SIGKILL)


def test_the_table_has_living_processes_only() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    rows = table()
    assert child not in rows
    assert rows[os.getpid()].parent == os.getppid()
    assert rows[os.getpid()].resident > 1 << 20
    os.waitpid(child, 0)


# --- sweep


def mark(job: str, attempt: int, *command: str) -> subprocess.Popen[bytes]:
    marks = {"LONGBOAT_JOB_ID": job, "LONGBOAT_ATTEMPT": str(attempt)}
    return subprocess.Popen(command, env={**os.environ, **marks}, start_new_session=True)


def test_a_sweep_ends_one_attempt_and_no_other() -> None:
    job = f"sweep-{os.getpid()}"
    victim = mark(job, 1, "sh", "-c", "setsid sleep 3600 & sleep 3600")
    others = [mark(job, 2, "sleep", "3600"), mark(job + "0", 1, "sleep", "3600")]
    try:
        until(lambda: len(processes_of(job)) == 4 and len(processes_of(job + "0")) == 1)
        assert len(processes_of(job, 1)) == 3
        assert (len(marked()[job]), len(marked()[job + "0"])) == (4, 1)
        assert sweep(job, 1, seconds=5)
        assert processes_of(job, 1) == []
        assert victim.wait() == -signal.SIGKILL
        assert [other.poll() for other in others] == [None, None]
    finally:
        for each in (victim, *others):
            each.kill()
            each.wait()
