"""One machine's resources, shared by processes that do not know of each other."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_stage import until

from longboat.backends.local.capacity import CAPACITY, capacity, measure
from longboat.backends.local.pool import MEMORY_SLOT, Lease, Pool, Shortage, Used
from longboat.backends.local.pool_file import POOL, open_pool, pool_folder
from longboat.errors import BadInput, Unavailable
from longboat.spec.capacity import Machine
from longboat.system.locks import lock_range, unlock_range

GIB = 1 << 30
TOTAL = Machine(cpu=4.0, memory=8 * GIB, gpu=3)


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    return Pool(tmp_path / "pool", TOTAL)


def lease(found: Lease | Shortage) -> Lease:
    assert isinstance(found, Lease), found
    return found


def test_what_is_held_is_used_until_it_is_closed(pool: Pool) -> None:
    held = lease(pool.acquire(1.5, GIB + 1, 1))
    assert pool.usage() == {
        "cpu": Used(1.5, 4.0),
        "memory": Used(GIB + MEMORY_SLOT, 8 * GIB),
        "gpu": Used(1, 3),
    }
    held.close()
    assert {each.used for each in pool.usage().values()} == {0}


@pytest.mark.parametrize(
    ("wanted", "shortage"),
    [
        ((2.6, GIB, 0), Shortage("cpu", 2.6, 2.5, 4.0)),
        ((1.0, 8 * GIB, 0), Shortage("memory", 8 * GIB, 7 * GIB, 8 * GIB)),
        ((1.0, GIB, 3), Shortage("gpu", 3, 2, 3)),
    ],
)
def test_what_is_missing_is_told_and_nothing_is_held(
    pool: Pool, wanted: tuple[float, int, int], shortage: Shortage
) -> None:
    held = lease(pool.acquire(1.5, GIB, 1))
    before = pool.usage()
    assert pool.acquire(*wanted) == shortage
    assert pool.usage() == before
    held.close()
    lease(pool.acquire(*wanted)).close()


def test_tenths_add_up(pool: Pool) -> None:
    held = [lease(pool.acquire(0.1 * 3, 0)) for _ in range(13)]
    assert pool.acquire(0.2, 0) == Shortage("cpu", 0.2, 0.1, 4.0)
    last = lease(pool.acquire(0.1, 0))
    for each in (*held, last):
        each.close()


def test_gpus_are_told_apart_and_taken_from_the_gaps(pool: Pool) -> None:
    leases = [lease(pool.acquire(0, 0, 1)) for _ in range(3)]
    assert [each.gpus for each in leases] == [(0,), (1,), (2,)]
    leases[0].close()
    leases[2].close()
    pair = lease(pool.acquire(0, 0, 2))
    assert pair.gpus == (0, 2)
    pair.close()
    leases[1].close()


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 25), st.integers(0, 40), st.integers(0, 2)),
        max_size=25,
    )
)
def test_it_agrees_with_counting(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[bool, int, int, int]]
) -> None:
    pool = Pool(tmp_path_factory.mktemp("pool"), TOTAL)
    held: list[tuple[Lease, tuple[int, int, int]]] = []
    for release, tenths, slots, gpus in steps:
        if release and held:
            held.pop(tenths % len(held))[0].close()
        free = [40, 128, 3]
        for _, amounts in held:
            free = [left - amount for left, amount in zip(free, amounts, strict=True)]
        wanted = (tenths, slots, gpus)
        found = pool.acquire(tenths / 10, slots * MEMORY_SLOT, gpus)
        assert isinstance(found, Lease) == all(a <= b for a, b in zip(wanted, free, strict=True))
        if isinstance(found, Lease):
            held.append((found, wanted))
    taken = [index for each, _ in held for index in each.gpus]
    assert len(taken) == len(set(taken))
    for each, _ in held:
        each.close()


def test_what_can_never_fit_is_told(pool: Pool) -> None:
    held = lease(pool.acquire(4.0, 8 * GIB, 3))
    assert pool.lacking(4.0, 8 * GIB, 3) == []
    assert pool.lacking(4.1, 8 * GIB + 1, 4) == [
        Shortage("cpu", 4.1, 4.0, 4.0),
        Shortage("memory", 8 * GIB + MEMORY_SLOT, 8 * GIB, 8 * GIB),
        Shortage("gpu", 4, 3, 3),
    ]
    held.close()


HOLDER = """
import os, signal, sys
from pathlib import Path
from longboat.spec.capacity import Machine
from longboat.backends.local.pool import Lease, Pool
pool = Pool(Path(sys.argv[1]), Machine(4.0, 8 << 30, 3))
held = []
while isinstance(found := pool.acquire(0.1, 64 << 20), Lease):
    held.append(found)
if os.fork():
    print(len(held), flush=True)
signal.pause()
"""


def test_processes_contend_and_the_kernel_frees_what_the_dead_held(
    pool: Pool, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "pool")]
    holders = [
        subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) for _ in range(3)
    ]
    try:
        counts = [int(each.stdout.readline()) for each in holders if each.stdout]
        assert sum(counts) == 40
        assert pool.acquire(0.1, 0) == Shortage("cpu", 0.1, 0.0, 4.0)
        os.kill(holders[0].pid, signal.SIGKILL)
        holders[0].wait()
        assert isinstance(pool.acquire(0.1, 0), Shortage), "its forked child holds it too"
    finally:
        for each in holders:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(each.pid, signal.SIGKILL)
            each.wait()
            if each.stdout:
                each.stdout.close()
    until(lambda: pool.usage()["cpu"].used == 0)


def test_of_two_at_once_one_gets_all(pool: Pool) -> None:
    for _ in range(20):
        with ThreadPoolExecutor(4) as executor:
            found = list(executor.map(lambda _: pool.acquire(3.0, 0), range(4)))
        leases = [each for each in found if isinstance(each, Lease)]
        assert len(leases) == 1
        leases[0].close()


def test_a_door_that_stays_shut_is_an_error(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longboat.backends.local.pool._DOOR_SECONDS", 0.05)
    lease(pool.acquire(0.1, 0)).close()
    descriptor = open_pool(pool._folder)
    assert lock_range(descriptor, 0, 1)
    with pytest.raises(Unavailable, match="pool"):
        pool.acquire(0.1, 0)
    unlock_range(descriptor, 0, 1)
    os.close(descriptor)
    lease(pool.acquire(0.1, 0)).close()


def test_everybody_may_lock_and_nobody_may_replace(pool: Pool, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        lease(pool.acquire(0.1, 0)).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "pool").stat().st_mode) == 0o1777
    assert stat.S_IMODE((tmp_path / "pool" / "pool").stat().st_mode) == 0o666
    assert os.listdir(tmp_path / "pool") == ["pool"]  # noqa: PTH208


@pytest.mark.skipif(os.getuid() != 0, reason="needs two users")
def test_two_users_share(pool: Pool, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    held = lease(pool.acquire(3.5, 0))
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        os.write(write, repr(pool.acquire(1.0, 0)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 1000).decode() == repr(Shortage("cpu", 1.0, 0.5, 4.0))
    os.close(read)
    os.close(write)
    held.close()


@pytest.mark.parametrize("wrong", ["symlink", "file", "open to all", "filled", "dangling"])
def test_a_pool_that_cannot_be_trusted_is_refused(pool: Pool, tmp_path: Path, wrong: str) -> None:
    folder = tmp_path / "pool"
    victim = tmp_path / "victim"
    victim.mkdir()
    match wrong:
        case "symlink":
            folder.symlink_to(victim)
        case "file":
            folder.touch()
        case "open to all":
            make_foreign(folder)
        case "filled":
            folder.mkdir()
            (folder / "pool").write_text("x")
        case "dangling":
            folder.mkdir()
            (folder / "pool").symlink_to(victim / "new")
    with pytest.raises(Unavailable, match=POOL):
        pool.acquire(0.1, 0)
    assert list(victim.glob("new")) == []


def test_who_dies_while_making_the_file_leaves_it_usable(pool: Pool) -> None:
    folder = pool._folder
    assert folder is not None
    lease(pool.acquire(0.1, 0)).close()
    (folder / ".pool.half-made").hardlink_to(folder / "pool")
    lease(pool.acquire(0.1, 0)).close()


def make_foreign(folder: Path) -> None:
    """A folder of somebody else's, where everybody may replace everything."""
    if os.getuid() != 0:
        pytest.skip("needs two users")
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    folder.chmod(0o777)


def test_the_machines_pool_is_named_by_the_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(POOL, raising=False)
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()
    assert pool_folder().name == f"longboat-{boot[:8]}"
    monkeypatch.setenv(POOL, "elsewhere")
    assert pool_folder() == Path.cwd() / "elsewhere"


def test_the_capacity_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CAPACITY, json.dumps({"cpu": 1.5, "memory": 3}))
    assert capacity() == Machine(1.5, 3, 0)
    monkeypatch.setenv(CAPACITY, '{"cpu": 1, "memory": 3, "gpus": 1}')
    with pytest.raises(BadInput, match=CAPACITY):
        capacity()


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


MEMINFO = {"proc/meminfo": "MemTotal:       16384 kB\nMemFree: 1 kB\n"}
CORES = float(len(os.sched_getaffinity(0)))


@pytest.mark.parametrize(
    ("files", "cpu", "memory"),
    [
        ({}, CORES, 16 << 20),
        (
            {
                "proc/self/cgroup": "0::/user/job\n",
                "sys/fs/cgroup/user/job/cpu.max": "max 100000\n",
                "sys/fs/cgroup/user/cpu.max": "50000 100000\n",
                "sys/fs/cgroup/user/job/memory.max": "max\n",
                "sys/fs/cgroup/user/memory.max": "1048576\n",
            },
            0.5,
            1 << 20,
        ),
        (
            {
                "proc/self/cgroup": "3:cpu,cpuacct:/a\n2:memory:/docker/0123\n0::/\n",
                "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "25000\n",
                "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "2097152\n",
            },
            0.25,
            2 << 20,
        ),
    ],
)
def test_the_limits_of_control_groups_count(
    tmp_path: Path, files: dict[str, str], cpu: float, memory: int
) -> None:
    write(tmp_path, {**MEMINFO, **files})
    assert measure(tmp_path) == Machine(cpu, memory, 0)


def test_gpus_are_counted_by_their_devices(tmp_path: Path) -> None:
    names = ("nvidia0", "nvidia1", "nvidia10", "nvidiactl", "nvidia-uvm", "nvidia-caps/x")
    write(tmp_path, {**MEMINFO, **{f"dev/{name}": "" for name in names}})
    assert measure(tmp_path).gpu == 3


def test_this_machine_can_be_measured() -> None:
    found = measure(Path("/"))
    assert found.cpu > 0 and found.memory > 0
