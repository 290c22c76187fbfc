"""An archive becomes a job of another home: whole, known as foreign, and like any other."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from archives_tools import JOB, LOG, METRICS, end, ended, leader, tree, write_notebook

from longboat.api import Client, Job
from longboat.backends.local.pool_file import POOL
from longboat.cli.main import run
from longboat.errors import BadInput, Conflict, NotFound, Unavailable
from longboat.records.layout import Home
from longboat.records.sources import GuestEvent, JobEvent, Line
from longboat.steward import LINGER
from longboat.summoning import lock_of
from serving_tools import saved_models

WRITES = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink"})


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return ended(tmp_path / "there", write_notebook(tmp_path / "work"))


@pytest.fixture
def archive(job: Job, tmp_path: Path) -> Path:
    return job.export(tmp_path / "job.tar.gz").path


@pytest.fixture
def with_model(tmp_path: Path) -> Path:
    """An archive of a job that registered a model as ``digits@2``, with that model."""
    job = ended(tmp_path / "modelled", write_notebook(tmp_path / "work"), "modelledxx")
    client = Client(tmp_path / "modelled")
    replica = leader(client.engine.home, job.id)
    shutil.rmtree(job.directory / "attempts")
    end(client, job.record, (), state="succeeded", reason="", message="", model="digits@2")
    shutil.copytree(saved_models() / "v1", replica.model)
    return job.export(tmp_path / "modelled.tar", model=True).path


@pytest.fixture
def here(tmp_path: Path) -> Client:
    return Client(tmp_path / "here")


def test_it_is_here_with_all_it_had(job: Job, archive: Path, here: Client) -> None:
    found, new = here.import_job(archive)
    assert (found.id, new) == (JOB, True)
    assert [each.id for each in here.jobs()] == [JOB]
    before, after = job.to_dict(), found.to_dict()
    assert before.pop("imported") is None
    there = after.pop("imported")
    assert before == after and after["metrics"] == METRICS
    assert (there["model"], bool(there["who"]), bool(there["host"])) == (None, True, True)
    assert there["when"] < there["at"]
    assert found.receipt()["imported"] == there
    assert {**found.receipt(), "imported": None} == {**job.receipt(), "imported": None}
    items = list(found.events())
    assert [i.data for i in items if isinstance(i, Line) and i.attempt == 2] == [
        line + b"\n" for line in LOG.splitlines()
    ]
    assert any(isinstance(i, GuestEvent) and i.event["kind"] == "metrics" for i in items)
    states = [i.event["state"] for i in items if isinstance(i, JobEvent)]
    assert states == ["queued", "failed"]
    assert {file.path for file in found.files()} == {"result.csv", "figures/é\n.txt", ".hidden"}
    assert found.file("result.csv").read() == b"1\n"
    assert found.notebook().read_bytes() == job.notebook().read_bytes()


def test_files_that_travelled_keep_their_content_and_their_right(
    job: Job, archive: Path, here: Client, tmp_path: Path
) -> None:
    found, _ = here.import_job(archive)
    shutil.rmtree(tmp_path / "there")
    place = found.restore(tmp_path / "restored")
    assert (place / "data.csv").read_text() == "a,b\n1,2\n"
    assert os.access(place / "tool.sh", os.X_OK)
    assert json.loads((place / "digits.ipynb").read_text())["cells"][1]["source"] == ["print(2)"]
    assert found.diff(found).same


def test_a_second_import_changes_nothing(archive: Path, here: Client, tmp_path: Path) -> None:
    here.import_job(archive)
    before = tree(tmp_path / "here" / "jobs")
    found, new = here.import_job(archive)
    assert (found.id, new) == (JOB, False)
    assert tree(tmp_path / "here" / "jobs") == before
    there = Client(tmp_path / "there")
    before = tree(tmp_path / "there" / "jobs")
    found, new = there.import_job(archive)
    assert (found.record.imported, new) == (None, False)
    assert tree(tmp_path / "there" / "jobs") == before


def test_the_id_of_another_job_is_not_taken(archive: Path, tmp_path: Path) -> None:
    ended(tmp_path / "other", write_notebook(tmp_path / "work"), name="mine")
    before = tree(tmp_path / "other" / "jobs"), tree(tmp_path / "other" / "snapshots")
    with pytest.raises(Conflict, match=f"{JOB} is taken by another job here, mine"):
        Client(tmp_path / "other").import_job(archive)
    after = tree(tmp_path / "other" / "jobs"), tree(tmp_path / "other" / "snapshots")
    assert after == before


def test_it_can_be_packed_again(archive: Path, here: Client, tmp_path: Path) -> None:
    found, _ = here.import_job(archive)
    third, new = Client(tmp_path / "third").import_job(found.export(tmp_path / "again.tar").path)
    assert new and third.record.spec == found.record.spec
    assert third.status == found.status


def test_nothing_takes_it_for_something_that_runs_here(archive: Path, here: Client) -> None:
    found, _ = here.import_job(archive)
    assert not here.engine.anything_unfinished()
    before = tree(found.directory)
    for controller in here.engine.controllers():
        assert not controller.step() and not controller.unfinished
    assert tree(found.directory) == before
    assert found.wait(timeout=0).state == "failed"
    found.remove()
    assert here.jobs() == [] and not found.directory.exists()


def test_a_wish_to_remove_it_does_not_travel(job: Job, here: Client, tmp_path: Path) -> None:
    job.stop()
    archive = job.export(tmp_path / "stopped.tar").path
    found, _ = here.import_job(archive)
    assert here.engine.store.intent(found.id).target == "run"


def test_a_model_comes_on_request_as_one_of_here(with_model: Path, here: Client) -> None:
    found, _ = here.import_job(with_model)
    assert found.status.model == "digits@1"
    assert found.record.imported is not None and found.record.imported.model == "digits@2"
    facts = found.model.record.record.facts
    assert (facts.job, facts.attempt, facts.python) == (found.id, 2, None)
    assert here.import_job(with_model)[1] is False
    assert [model.version for model in here.versions("digits")] == [1]


def test_a_model_that_is_gone_is_told(with_model: Path, tmp_path: Path) -> None:
    there = Client(tmp_path / "modelled").job("modelledxx")
    shutil.rmtree(leader(Home(tmp_path / "modelled"), there.id).model)
    with pytest.raises(NotFound, match="is gone; export it without the model"):
        there.export(tmp_path / "gone.tar", model=True)
    assert not (tmp_path / "gone.tar").exists()


def test_a_model_that_stayed_is_not_mixed_up_with_one_of_here(
    with_model: Path, here: Client, tmp_path: Path
) -> None:
    there = Client(tmp_path / "modelled").job("modelledxx")
    found, _ = here.import_job(there.export(tmp_path / "without.tar").path)
    assert found.status.model is None
    with pytest.raises(NotFound, match=r"The model digits@2 of job .* did not come with it"):
        _ = found.model


def test_a_full_disk_is_told_before_and_while_it_is_filled(
    archive: Path, here: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=10)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: usage)
        with pytest.raises(Unavailable, match="has 10 bytes free; make room there"):
            here.import_job(archive)
    (tmp_path / "here").write_text("a file is in the way")
    with pytest.raises(Unavailable, match=r"cannot be written to .*Not a directory"):
        here.import_job(archive)


def test_the_page_says_where_it_came_from(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("LONGBOAT_HOME", str(tmp_path / "here"))
    assert run(["import", str(archive)]) == 0
    said = capsys.readouterr().out
    assert f"Job {JOB} (digits) is imported." in said and "exported it" in said
    assert f"longboat restore {JOB} digits" in said
    assert run(["import", str(archive), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new"] is False
    assert run(["status", "digits"]) == 0
    assert "Imported" in capsys.readouterr().out


# --- killed at every effect


def effects(action: Callable[[], object], kill_at: int) -> int | None:
    """Act in a child that kills itself before effect ``kill_at``; their count if none is."""
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        count = 0

        def hook(event: str, args: tuple[Any, ...]) -> None:
            nonlocal count
            writes = event == "open" and isinstance(args[2], int) and args[2] & os.O_ACCMODE
            if writes or event in WRITES:
                if count == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                count += 1

        sys.addaudithook(hook)
        try:
            action()
            os.write(tell, str(count).encode())
        finally:
            os._exit(0)
    os.close(tell)
    with os.fdopen(told, "rb") as reading:
        answer = reading.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL)
    return int(answer) if answer else None


def moments(place: Path, archive: Path) -> Iterator[Path]:
    """Give one home after the other in which an import was killed, each an effect later."""
    for number in range(10_000):
        home = place / str(number)
        count = effects(lambda home=home: Client(home).import_job(archive), number)  # type: ignore[misc]
        if count is not None:
            assert count == number, "it got through only when nothing was left to kill it at"
            return
        yield home


def nothing_is_half_there(home: Home, whole: Callable[[Job], None]) -> None:
    """Demand a whole job or none, and of snapshots and models only whole ones."""
    client = Client(home.path)
    for found in client.jobs():
        whole(found)
    assert not client.engine.index.damaged() and not client.engine.models.damaged()
    assert {each.id for each in client.jobs()} == set(client.engine.store.ids())
    store = client.engine.snapshots
    for manifest in store.manifests.glob("*.json") if store.manifests.exists() else ():
        for file in store.manifest(manifest.stem).files:
            store.blobs.read(file.sha256)
    for version in client.models():
        assert {"saved_model.pb", "variables", "model.json"} <= {
            path.name for path in version.path.iterdir()
        }


@pytest.mark.parametrize("kind", ["plain", "with_model"])
def test_killed_at_every_effect(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    archive = request.getfixturevalue("archive" if kind == "plain" else "with_model")
    done, _ = Client(tmp_path / "done").import_job(archive)
    wanted = tree(done.directory)
    varying = ("job.json", "receipt.json")

    def whole(found: Job) -> None:
        there = tree(found.directory)
        assert {**there, **dict.fromkeys(varying)} == {**wanted, **dict.fromkeys(varying)}
        assert found.status == done.status and found.record.spec == done.record.spec
        assert found.receipt()["imported"]

    seen = 0
    for home in moments(tmp_path, archive):
        seen += 1
        nothing_is_half_there(Home(home), whole)
        Client(home).import_job(archive)
        nothing_is_half_there(Home(home), whole)
        assert [each.id for each in Client(home).jobs()] == [done.id]
        assert [m.version for m in Client(home).models()] == ([1] if kind == "with_model" else [])
        shutil.rmtree(home)
    assert seen > 40


def test_what_a_killed_import_leaves_is_swept(archive: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "killed")
    assert effects(lambda: Client(home.path).import_job(archive), 20) is None
    left = list(home.jobs.iterdir())
    assert [path.name.startswith(f".new-{JOB}-") for path in left] == [True]
    past = left[0].stat().st_mtime - 2 * 24 * 3600
    os.utime(left[0], (past, past))
    Client(home.path).engine.store.sweep()
    assert list(home.jobs.iterdir()) == []


def test_an_export_killed_at_every_effect_is_whole_or_not_there(job: Job, tmp_path: Path) -> None:
    archive = tmp_path / "killed.tar.gz"
    for number in range(1000):
        count = effects(lambda: job.export(archive), number)
        if archive.exists():
            assert Client(tmp_path / str(number)).import_job(archive)[1]
            archive.unlink()
        if count is not None:
            assert number >= 3
            return
    raise AssertionError("it never got through")


def test_a_restore_killed_at_every_effect_is_whole_or_not_there(job: Job, tmp_path: Path) -> None:
    whole = tree(job.restore(tmp_path / "whole"))
    for number in range(1000):
        place = tmp_path / "killed"
        count = effects(lambda: job.restore(tmp_path / "killed"), number)
        if place.exists():
            assert tree(place) == whole
            shutil.rmtree(place)
        if count is not None:
            assert number >= 5
            return
    raise AssertionError("it never got through")


def test_of_several_at_once_one_imports(archive: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda _: Client(tmp_path / "here").import_job(archive), range(4)))
    assert sorted(new for _, new in ends) == [False, False, False, True]
    assert [path.name for path in (tmp_path / "here" / "jobs").iterdir()] == [JOB]


def test_again_takes_an_interpreter_of_here(
    archive: Path, here: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LINGER, "0")
    monkeypatch.setenv(POOL, str(tmp_path / "pool"))
    found, _ = here.import_job(archive)
    again = found.again(secrets=[], cpu=0.1)
    try:
        assert again.record.spec.python not in (None, found.record.spec.python)
        assert (again.record.again, again.record.imported) == (found.id, None)
        assert again.wait(timeout=60).state == "succeeded"
        assert again.receipt()["git"] == found.receipt()["git"]
    finally:
        again.wait_settled()
    deadline = time.monotonic() + 30
    while lock_of(here.engine.home).held():
        assert time.monotonic() < deadline, "the steward did not leave"
        time.sleep(0.02)


def test_damage_is_told_with_the_field(here: Client, tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"x")
    with pytest.raises(BadInput) as caught:
        here.import_job(tmp_path / "x.tar")
    assert [problem.field for problem in caught.value.problems] == ["file"]
