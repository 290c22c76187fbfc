"""Who a process is, over reused pids, zombies, reboots and hosts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from longboat.system import identity
from longboat.system.identity import Identity, alive, host_identity, identify, start_time
from longboat.system.processes import table
from server_waits import until


def myself() -> Identity:
    found = identify(os.getpid())
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def fresh_host(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("LONGBOAT_HOST_IDENTITY", raising=False)
    host_identity.cache_clear()
    yield
    host_identity.cache_clear()


def test_i_live() -> None:
    me = myself()
    assert me.pid == os.getpid()
    assert alive(me) is True
    assert identify(os.getpid()) == me


def test_a_reused_pid_is_somebody_else() -> None:
    me = myself()
    assert alive(replace(me, started=me.started - 1)) is False


def test_a_zombie_is_gone() -> None:
    child = os.fork()
    if child == 0:
        signal.pause()
    found = identify(child)
    assert found is not None and alive(found) is True
    os.kill(child, signal.SIGKILL)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert alive(found) is False and identify(child) is None
    os.waitpid(child, 0)
    assert alive(found) is False and start_time(child) is None


HEADLESS = """\
import ctypes, platform, sys, threading
threading.Thread(target=sys.stdin.read).start()
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[platform.machine()], 0)
"""
"""Its first thread leaves alone, by exit(2), and the other one waits for the end of its input."""


def test_a_zombie_whose_threads_still_run_is_there() -> None:
    with subprocess.Popen([sys.executable, "-c", HEADLESS], stdin=subprocess.PIPE) as child:
        found = identify(child.pid)
        stat = Path(f"/proc/{child.pid}/stat")
        until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "Z", "a zombie")
        assert found is not None and alive(found) is True
        assert child.pid in table()
        child.communicate()
        assert alive(found) is False


def test_a_name_with_brackets_does_not_confuse() -> None:
    child = os.fork()
    if child == 0:
        Path("/proc/self/comm").write_text(") Z (x")
        signal.pause()
    try:
        assert start_time(child) is not None
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("{machine}/another-boot/{namespace}", False),
        ("{machine}/{boot}/another-namespace", None),
        ("elsewhere/{boot}/{namespace}", None),
        ("elsewhere/another-boot/{namespace}", None),
    ],
)
def test_other_hosts(host: str, expected: bool | None) -> None:
    machine, boot, namespace = identity._parts(host_identity())
    there = host.format(machine=machine, boot=boot, namespace=namespace)
    assert alive(replace(myself(), host=there)) is expected


def test_the_host_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    before = myself()
    machine, _, namespace = identity._parts(host_identity())
    monkeypatch.setenv("LONGBOAT_HOST_IDENTITY", f"{machine}/next-boot/{namespace}")
    host_identity.cache_clear()
    assert alive(before) is False, "the machine was restarted since"
    assert alive(myself()) is True
    monkeypatch.setenv("LONGBOAT_HOST_IDENTITY", "pod-uid")
    host_identity.cache_clear()
    assert alive(before) is None
