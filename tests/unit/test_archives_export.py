"""What of a job goes into an archive, and how it comes to be there."""

from __future__ import annotations

import json
import os
import resource
import signal
import tarfile
import threading
from pathlib import Path

import pytest
from archives_tools import JOB, LOG, ended, leader, tree, write_notebook

from longboat.api import Client, Job
from longboat.archives import limits
from longboat.errors import BadInput, Broken, Conflict, NotFound, TooLarge, Unavailable
from longboat.records.status import JobStatus

RECORDS = ["longboat.json", "job/job.json", "job/receipt.json", "job/status.json"]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return ended(tmp_path / "home", write_notebook(tmp_path / "work"))


def names(archive: Path) -> list[str]:
    """Paths below the one folder of an archive."""
    with tarfile.open(archive) as opened:
        assert {name.partition("/")[0] for name in opened.getnames()} == {JOB}
        return [name.partition("/")[2] for name in opened.getnames()]


@pytest.mark.parametrize("name", ["job.tar", "job.tar.gz", "job.tgz"])
def test_all_of_a_job_is_there_for_any_tar(job: Job, tmp_path: Path, name: str) -> None:
    made = job.export(tmp_path / name)
    found = names(made.path)
    assert found[: len(RECORDS)] == RECORDS
    assert (len(found), made.path.stat().st_size) == (made.files + 1, made.size)
    replica = "job/attempts/2/worker-0"
    assert {f"{replica}/log", f"{replica}/output.ipynb", f"{replica}/work/.hidden"} <= {*found}
    assert "job/attempts/1/worker-0/log" in found
    assert not [path for path in found if "__pycache__" in path or ".tmp" in path]
    with tarfile.open(made.path) as opened:
        log = opened.extractfile(f"{JOB}/{replica}/log")
        assert log is not None and log.read() == LOG
        assert {(m.uid, m.uname, m.mode & 0o777) for m in opened} == {(0, "", 0o644)}


def test_it_says_what_stays_behind_and_packs_it_on_request(job: Job, tmp_path: Path) -> None:
    (job.directory / "checkpoints").mkdir()
    (job.directory / "checkpoints" / "epoch-1").write_bytes(bytes(100))
    (job.directory / "attempts/2/worker-0/model").mkdir()
    (job.directory / "attempts/2/worker-0/model/saved_model.pb").write_bytes(bytes(10))
    left = {each.what: each.size for each in job.export(tmp_path / "a.tar").left}
    assert (left["checkpoints"], left["model"]) == (100, 10)
    assert "attempts/2/worker-0/work/link" in left
    made = job.export(tmp_path / "b.tar", checkpoints=True)
    assert "job/checkpoints/epoch-1" in names(made.path)
    assert "checkpoints" not in {each.what for each in made.left}
    with pytest.raises(NotFound, match="has left no model"):
        job.export(tmp_path / "c.tar", model=True)
    assert not (tmp_path / "c.tar").exists()


def test_a_name_that_is_no_text_stays_behind(job: Job, tmp_path: Path) -> None:
    work = leader(Client(tmp_path / "home").engine.home).work
    (work / os.fsdecode(b"\xff.bin")).write_bytes(b"1")
    left = [each.what for each in job.export(tmp_path / "a.tar").left]
    assert any(what.endswith("\udcff.bin") for what in left)


def test_nothing_is_written_over(job: Job, tmp_path: Path) -> None:
    there = tmp_path / "there.tar"
    there.symlink_to("nowhere")
    with pytest.raises(BadInput, match="is there already"):
        job.export(there)
    assert str(there.readlink()) == "nowhere"
    with pytest.raises(BadInput, match=r"must end in \.tar or \.tar\.gz"):
        job.export(tmp_path / "job.zip")


def test_only_one_of_two_at_once_has_the_name(job: Job, tmp_path: Path) -> None:
    ends: list[str] = []

    def export() -> None:
        try:
            job.export(tmp_path / "one.tar")
            ends.append("written")
        except BadInput as error:
            assert "is there already" in str(error)
            ends.append("refused")

    threads = [threading.Thread(target=export) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["refused"] * 3 + ["written"]
    assert [path.name for path in tmp_path.glob("*one*")] == ["one.tar"]


def test_a_job_that_has_not_ended_is_refused(tmp_path: Path) -> None:
    job = ended(tmp_path / "home", write_notebook(tmp_path / "work"), backend="gone")
    store = Client(tmp_path / "home").engine.store
    store.write_status(job.id, JobStatus(state="queued"))
    with pytest.raises(Conflict, match="is queued; stop it, or wait"):
        job.export(tmp_path / "a.tar")
    store.write_status(job.id, JobStatus(state="failed"))
    with pytest.raises(Unavailable, match="left on gone is not cleared away"):
        job.wait_settled(timeout=0)
    assert not (tmp_path / "a.tar").exists()


def test_a_full_disk_leaves_nothing(job: Job, tmp_path: Path) -> None:
    before = tree(tmp_path)
    child = os.fork()
    if not child:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            job.export(tmp_path / "a.tar")
        except BadInput as error:
            os._exit(0 if "cannot be written: File too large" in str(error) else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert tree(tmp_path) == before


def test_a_damaged_job_is_told_and_leaves_nothing(job: Job, tmp_path: Path) -> None:
    (job.directory / "receipt.json").unlink()
    with pytest.raises(Conflict, match=r"receipt\.json of job abcdefghij is missing"):
        job.export(tmp_path / "a.tar")
    engine = Client(tmp_path / "home").engine
    engine.snapshots.manifest_path(job.record.snapshot).write_text("{}")
    with pytest.raises(Broken, match="damaged"):
        job.export(tmp_path / "a.tar")
    assert not list(tmp_path.glob("*.tar*"))


def test_what_an_import_would_refuse_is_not_written(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader(Client(tmp_path / "home").engine.home).log.write_bytes(b"again\n" * 100_000)
    monkeypatch.setattr(limits, "UNJUDGED", 0)
    monkeypatch.setattr(limits, "RATIO", 10)
    with pytest.raises(TooLarge, match=r"name a file that ends in \.tar"):
        job.export(tmp_path / "a.tar.gz")
    job.export(tmp_path / "a.tar")
    monkeypatch.setattr(limits, "MOST_BYTES", 1000)
    with pytest.raises(TooLarge, match="over the limit of 1000 bytes; the largest is job/attempts"):
        job.export(tmp_path / "b.tar")
    assert [path.name for path in tmp_path.glob("*.tar*")] == ["a.tar"]


def test_secret_values_are_never_in_it(tmp_path: Path) -> None:
    job = ended(tmp_path / "home", write_notebook(tmp_path / "work"))
    made = job.export(tmp_path / "a.tar", checkpoints=True)
    data = made.path.read_bytes()
    assert b'"TOKEN"' in data and b"hush" not in data
    record = json.loads(Path(job.directory, "job.json").read_bytes())
    assert record["spec"]["secrets"] == ["TOKEN"]
