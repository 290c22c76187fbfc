"""The index: fast, always true, and rebuilt whatever happens to its file."""

import fcntl
import os
import shutil
import sqlite3
import sys
import textwrap
import time
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from records_tools import record

from longboat.errors import Unavailable
from longboat.records.index import JobIndex
from longboat.records.layout import Home
from longboat.records.status import JobStatus
from longboat.records.store import JobStore


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def store(home):
    return JobStore(home)


@pytest.fixture
def index(home, store):
    made = JobIndex(home, store)
    yield made
    made.close()


@pytest.fixture
def jobs(store, index):
    """Three jobs: a settled one, one that runs, and one that waits."""
    for number, state in enumerate(["succeeded", "running", "queued"]):
        job = record(f"job{number:07d}", name=f"name-{number % 2}", created=float(number))
        status = JobStatus(state=state, settled=state == "succeeded")
        store.create(job, {}, None)
        store.write_status(job.id, status)
        index.put(job, status)
    return ["job0000000", "job0000001", "job0000002"]


def ids(index, **wanted):
    return [entry.record.id for entry in index.list(**wanted)]


def file_of(home):
    return home.local / "index.sqlite"


def test_a_name_means_its_newest_job_that_is_no_rehearsal(store, index, jobs):
    for job_id, name in (("rehearsal0", "name-0"), ("rehearsal1", "tried")):
        job = record(job_id, name=name, created=9.0, rehearse=True)
        store.create(job, {}, None)
        index.put(job, JobStatus())
    assert index.newest_named("name-0") == jobs[2]
    assert index.newest_named("tried") == "rehearsal1"


def test_lists_the_newest_first(index, jobs):
    assert ids(index) == jobs[::-1]
    assert ids(index, limit=2) == jobs[:0:-1]
    assert ids(index, state="running") == [jobs[1]]
    assert ids(index, name="name-0") == [jobs[2], jobs[0]]
    assert ids(index, name="name-0", state="succeeded") == [jobs[0]]
    assert index.newest_named("name-0") == jobs[2]
    assert index.newest_named("nobody") is None


def test_entries_are_what_the_store_says(index, store, jobs):
    for entry in index.list():
        assert entry.record == store.read(entry.record.id)
        assert entry.status == store.status(entry.record.id)


def test_an_empty_home_lists_nothing(index):
    assert ids(index) == []
    assert index.settled() == frozenset()
    assert not index.any_unsettled()


def test_a_change_that_nobody_put_is_listed(index, store, jobs):
    store.write_status(jobs[1], JobStatus(state="failed", reason="killed"))
    assert [e.status.reason for e in index.list(state="failed")] == ["killed"]
    assert ids(index, state="running") == []


def test_jobs_that_came_or_went_without_the_index_are_noticed(index, home, store, jobs):
    past = time.time() - 60
    os.utime(home.jobs, (past, past))
    assert ids(index) == jobs[::-1]
    store.remove(jobs[0])
    store.create(record("zzzzzzzzzz", created=9.0), {}, None)
    assert ids(index) == ["zzzzzzzzzz", jobs[2], jobs[1]]


def test_settled_and_unsettled(index, store, jobs):
    assert index.settled() == {jobs[0]}
    assert index.any_unsettled()
    for job_id in jobs[1:]:
        store.write_status(job_id, JobStatus(state="stopped", settled=True))
    assert not index.any_unsettled()
    assert index.settled() == set(jobs)


def test_removing_a_row_of_a_job_that_is_there_brings_it_back(index, jobs):
    index.remove(jobs[1])
    assert ids(index) == jobs[::-1]


def test_a_damaged_record_is_told_and_does_not_hide_the_others(index, home, jobs):
    home.run(jobs[1]).job.write_bytes(b"garbage")
    index.rebuild()
    assert ids(index) == [jobs[2], jobs[0]]
    assert list(index.damaged()) == [jobs[1]]
    assert "is damaged" in index.damaged()[jobs[1]]


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"garbage")])
def test_an_open_job_that_nobody_can_read_keeps_no_steward(index, home, jobs, store, spoil):
    store.write_status(jobs[1], JobStatus(state="stopped", settled=True))
    assert index.any_unsettled()
    spoil(home.run(jobs[2]).job)
    assert not index.any_unsettled()
    assert list(index.damaged()) == [jobs[2]]


def test_a_record_that_is_mended_is_listed_again(index, home, jobs):
    good = home.run(jobs[2]).job.read_bytes()
    home.run(jobs[2]).job.write_bytes(b"garbage")
    index.rebuild()
    assert jobs[2] not in ids(index)
    home.run(jobs[2]).job.write_bytes(good)
    assert ids(index) == jobs[::-1]


def garbage(path):
    path.write_bytes(b"not a database, but long enough to look like something" * 100)


def empty(path):
    path.write_bytes(b"")


def truncated(path):
    with path.open("r+b") as file:
        file.truncate(5000)


def scrambled(path):
    data = bytearray(path.read_bytes())
    data[2048:] = bytes(b ^ 0x5A for b in data[2048:])
    path.write_bytes(data)


def foreign(path):
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE jobs (something TEXT)")
    connection.close()


def older(path):
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=0")
    connection.close()


def without_a_table(path):
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE listing")
    connection.close()


def with_a_bad_row(path):
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE jobs SET record = x'ff'")
    connection.close()


def deleted(path):
    path.unlink()


def folder_deleted(path):
    shutil.rmtree(path.parent)


DAMAGE = [
    garbage,
    empty,
    truncated,
    scrambled,
    foreign,
    older,
    without_a_table,
    with_a_bad_row,
    deleted,
    folder_deleted,
]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("is_open", [True, False])
def test_whatever_happens_to_the_file_the_list_is_right(home, store, index, jobs, damage, is_open):
    assert ids(index) == jobs[::-1]
    index.close()  # the write-ahead log goes into the file: damage then reaches all of it
    assert ids(index) == jobs[::-1]
    if not is_open:
        index.close()
    damage(file_of(home))
    again = index if is_open else JobIndex(home, store)
    assert ids(again) == jobs[::-1]
    index.put(record("zzzzzzzzzz"), JobStatus())
    again.close()
    index.close()
    assert ids(JobIndex(home, store)) == jobs[::-1]


def test_a_replaced_file_is_noticed_by_others(home, store, index, jobs):
    other = JobIndex(home, store)
    assert ids(other) == jobs[::-1]
    index.rebuild()
    store.create(record("zzzzzzzzzz", created=9.0), {}, None)
    index.put(record("zzzzzzzzzz", created=9.0), JobStatus())
    assert ids(other)[0] == "zzzzzzzzzz"
    other.put(record("zzzzzzzzzz", created=9.0), JobStatus(state="running"))
    other.close()
    assert ids(index)[0] == "zzzzzzzzzz"


def test_where_no_file_can_be_had_the_list_is_made_in_memory(home, store, index, jobs):
    index.close()
    shutil.rmtree(home.local)
    home.local.write_text("a file where the folder should be")
    assert ids(index) == jobs[::-1]
    index.put(record("zzzzzzzzzz"), JobStatus())
    assert ids(index) == jobs[::-1]


def test_a_file_in_use_is_not_replaced(home, index, jobs, monkeypatch):
    monkeypatch.setattr("longboat.records.database.BUSY_SECONDS", 0.05)
    index.close()
    inode = file_of(home).stat().st_ino
    holder = sqlite3.connect(file_of(home), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="try again"):
        index.put(record("zzzzzzzzzz"), JobStatus())
    holder.execute("ROLLBACK")
    holder.close()
    assert file_of(home).stat().st_ino == inode


def test_who_is_suspended_over_the_file_does_not_hang_the_others(home, index, jobs, monkeypatch):
    monkeypatch.setattr("longboat.records.database.LOCK_SECONDS", 0.05)
    with (home.local / "index.sqlite.lock").open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Unavailable, match="try again"):
            index.list()
    assert ids(index) == jobs[::-1]


WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from longboat.records.index import JobIndex
    from longboat.records.layout import Home
    from longboat.records.status import JobStatus
    from longboat.records.store import JobStore

    home = Home(Path(sys.argv[1]))
    store = JobStore(home)
    index = JobIndex(home, store)
    for number in range(150):
        rows = index.list()
        assert sorted(r.record.id for r in rows) == sys.argv[2:], rows
        index.put(rows[0].record, rows[0].status)
        if number % 50 == 25:
            index.rebuild()
    """
)


def test_processes_that_list_write_and_rebuild_at_once_agree(home, index, jobs):
    index.list()
    writers = [
        Popen([sys.executable, "-c", WRITER, home.path, *jobs], stderr=PIPE) for _ in range(3)
    ]
    damaged = 0
    deadline = time.monotonic() + 60
    while any(writer.poll() is None for writer in writers) and time.monotonic() < deadline:
        if damaged < 5 and file_of(home).exists():
            file_of(home).unlink(missing_ok=True)
            damaged += 1
        assert ids(index) == jobs[::-1]
    for writer in writers:
        _, errors = writer.communicate(timeout=30)
        assert writer.returncode == 0, errors.decode()
    assert damaged == 5


def test_a_listing_that_has_something_to_write_lets_another_write_before(
    home, store, index, jobs, monkeypatch
):
    other = JobIndex(home, store)
    store.write_status(jobs[1], JobStatus(state="failed"))
    real = JobIndex._reread

    def another_comes_between(this, connection, row):
        monkeypatch.undo()
        other.put(store.read(jobs[0]), store.status(jobs[0]))
        real(this, connection, row)

    monkeypatch.setattr(JobIndex, "_reread", another_comes_between)
    assert [entry.record.id for entry in index.list(state="failed")] == [jobs[1]]
    other.close()
