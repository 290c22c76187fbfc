"""Locks that belong to open files and end with their holders."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longboat.errors import Unavailable
from longboat.system.locks import FileLock, lock_range, locked_ranges, unlock_range

HOLD = """
import signal, sys
from pathlib import Path
from longboat.system.locks import FileLock
lock = FileLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
signal.pause()
"""


def test_one_at_a_time(tmp_path: Path) -> None:
    one, other = (FileLock(tmp_path / "deep" / "lock") for _ in range(2))
    assert not one.held() and not other.held()
    assert one.acquire()
    assert one.held() and other.held()
    assert not other.acquire() and not one.acquire()
    one.release()
    one.release()
    assert not other.held()
    assert other.acquire()
    other.release()


def test_asking_takes_nothing_and_loses_nothing(tmp_path: Path) -> None:
    """Closing any descriptor of the file would lose a POSIX lock; not this one."""
    lock = FileLock(tmp_path / "lock")
    assert lock.acquire()
    for _ in range(3):
        assert FileLock(tmp_path / "lock").held()
    lock.release()


def test_it_is_kept_by_a_forked_child_and_ends_with_the_last(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = FileLock(path)
    assert lock.acquire()
    child = os.fork()
    if child == 0:
        signal.pause()
    os.close(lock._descriptor or -1)
    lock._descriptor = None
    assert FileLock(path).held()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert not FileLock(path).held()


def test_a_release_is_for_copies_too(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    assert lock.acquire()
    child = os.fork()
    if child == 0:
        signal.pause()
    lock.release()
    try:
        assert not FileLock(tmp_path / "lock").held()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_the_kernel_frees_what_a_killed_process_held(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"True\n"
    assert FileLock(path).held() and not FileLock(path).acquire()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert not FileLock(path).held()


def test_holding_waits_and_gives_up(tmp_path: Path) -> None:
    one, other = (FileLock(tmp_path / "lock") for _ in range(2))
    with one.hold(1.0):
        with pytest.raises(Unavailable, match="lock"), other.hold(0.02):
            pass
        assert one.held()
    with other.hold(1.0):
        assert not one.acquire()


@given(st.sets(st.integers(0, 60)), st.integers(0, 60), st.integers(0, 60))
def test_locked_ranges_are_all_found(
    tmp_path_factory: pytest.TempPathFactory, taken: set[int], start: int, end: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "ranges"
    flags = os.O_RDWR | os.O_CREAT
    holders = [os.open(path, flags) for _ in range(2)]
    asking = os.open(path, flags)
    for byte in taken:
        assert lock_range(holders[byte % 2], byte, 1)
    found = locked_ranges(asking, start, end)
    assert found == sorted(found)
    bytes_found = [byte for low, high in found for byte in range(low, high)]
    assert sorted(bytes_found) == [byte for byte in sorted(taken) if start <= byte < end]
    for byte in taken:
        unlock_range(holders[byte % 2], byte, 1)
    assert locked_ranges(asking, 0, 100) == []
    for descriptor in (*holders, asking):
        os.close(descriptor)


def test_a_lock_that_is_removed_and_made_anew_has_one_holder_at_a_time(tmp_path: Path) -> None:
    """Whoever opened the removed file before does not take what it locks there for the lock."""
    inside: list[int] = []

    def take_turns(number: int) -> int:
        turns = 0
        while turns < 200:
            lock = FileLock(tmp_path / "lock")
            if lock.acquire():
                inside.append(number)
                assert inside == [number]
                inside.remove(number)
                lock.remove()
                turns += 1
        return turns

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take_turns, range(4))) == 800
    assert not (tmp_path / "lock").exists()
