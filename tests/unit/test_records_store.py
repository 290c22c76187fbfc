"""The job store: durable creation, monotone intents, damage told in sentences."""

import json
import os
import re
import resource
import shutil
import signal
import stat
import sys
import textwrap
import threading
import time
from subprocess import PIPE, Popen

import msgspec
import pytest
from records_tools import record

from longboat.errors import BadInput, Broken, Conflict, NotFound
from longboat.records import store as stores
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
def job(store):
    store.create(record("abcdefghij"), {"who": "me"}, {"TOKEN": "hush"})
    return "abcdefghij"


def test_ids_have_the_promised_form(store):
    for _ in range(50):
        assert re.fullmatch(r"[a-z][a-z0-9]{9}", store.new_id())


def test_a_created_job_is_read_back_whole(store, home, job):
    assert store.ids() == [job]
    assert store.read(job) == record(job)
    assert store.receipt(job)["who"] == "me"
    assert store.status(job) == JobStatus()
    assert store.intent(job).target == "run"
    assert [(e["kind"], e["state"], e["t"]) for e in store.events(job)] == [
        ("state", "queued", 1000.0)
    ]
    assert sorted(p.name for p in home.jobs.iterdir()) == [job]


def test_secrets_lie_apart_for_the_owner_only_until_forgotten(store, home, job):
    file = home.secrets / f"{job}.json"
    assert json.loads(file.read_bytes()) == {"TOKEN": "hush"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.secrets.stat().st_mode) == 0o700
    inside = [p for p in home.run(job).path.rglob("*") if p.is_file()]
    assert inside and not any(b"hush" in p.read_bytes() for p in inside)
    store.forget_secrets(job)
    store.forget_secrets(job)
    assert not file.exists()


def test_a_taken_id_is_refused_and_nothing_of_the_first_is_touched(store, home, job):
    with pytest.raises(Conflict, match=job):
        store.create(record(job, name="other"), {}, {"TOKEN": "mine"})
    assert store.read(job).spec.name == "digits"
    assert json.loads((home.secrets / f"{job}.json").read_bytes()) == {"TOKEN": "hush"}
    store.forget_secrets(job)
    with pytest.raises(Conflict, match=job):
        store.create(record(job, name="other"), {}, {"TOKEN": "mine"})
    assert not (home.secrets / f"{job}.json").exists()
    assert sorted(p.name for p in home.jobs.iterdir()) == [job]


def test_an_id_that_is_no_id_never_becomes_a_path(store, home, job):
    for name in ("../abcdefghij", "", ".", "ABCDEFGHIJ", "abcdefghij/", "abcdefghi\n"):
        with pytest.raises(NotFound):
            store.read(name)
        with pytest.raises(NotFound):
            store.remove(name)
    assert store.ids() == [job]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is damaged"),
        (b"{", "is damaged"),
        (b"\xff\xfe", "is damaged"),
        (b"[]", "is damaged"),
        (b'{"format":1}', "is damaged"),
        (b'{"id":"abcdefghij"}', "is damaged"),
        (b'{"format":99}', "was written by a later Longboat; use that one"),
    ],
)
def test_a_damaged_record_is_told_in_a_sentence(store, home, job, content, sentence):
    home.run(job).job.write_bytes(content)
    with pytest.raises(Broken, match=sentence) as caught:
        store.read(job)
    assert str(home.run(job).job) in str(caught.value)


def test_a_missing_record_and_a_missing_job_are_different(store, home, job):
    home.run(job).job.unlink()
    with pytest.raises(Broken, match="missing"):
        store.read(job)
    for call in (store.read, store.status, store.intent, store.events, store.receipt):
        with pytest.raises(NotFound):
            call("zzzzzzzzzz")
    with pytest.raises(NotFound):
        store.want("zzzzzzzzzz", "stop")
    with pytest.raises(NotFound):
        store.append_event("zzzzzzzzzz", "state")
    with pytest.raises(NotFound):
        store.write_status("zzzzzzzzzz", JobStatus())


def test_unknown_fields_are_passed_over_except_in_the_spec(store, home, job):
    run = home.run(job)
    raw = json.loads(run.job.read_bytes())
    run.job.write_text(json.dumps({**raw, "colour": "blue"}))
    assert store.read(job) == record(job)
    run.job.write_text(json.dumps({**raw, "spec": {**raw["spec"], "colour": "blue"}}))
    with pytest.raises(Broken, match="colour"):
        store.read(job)


def test_a_folder_that_was_renamed_is_not_mistaken_for_another_job(store, home, job):
    home.run(job).path.rename(home.jobs / "zzzzzzzzzz")
    with pytest.raises(Broken, match=job):
        store.read("zzzzzzzzzz")


def test_status_is_read_back(store, job):
    status = JobStatus(state="failed", reason="killed", message="It was.", ended=3.0, attempt=2)
    store.write_status(job, status)
    assert store.status(job) == status


def test_intents_only_go_forward(store, job):
    assert store.want(job, "stop").target == "stop"
    at = store.intent(job).at
    assert store.want(job, "run").target == "stop"
    assert store.want(job, "stop").at == at
    assert store.want(job, "remove").target == "remove"
    assert store.want(job, "stop").target == "remove"
    assert store.intent(job).target == "remove"


def test_of_two_writers_the_further_intent_always_wins(store, home):
    for number in range(30):
        job_id = f"race{number:06d}"
        store.create(record(job_id), {}, None)
        start = threading.Barrier(4)

        def write(target, job_id=job_id, start=start):
            start.wait()
            JobStore(home).want(job_id, target)

        threads = [
            threading.Thread(target=write, args=[t]) for t in ("stop", "remove", "stop", "run")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.intent(job_id).target == "remove"


def test_an_event_that_finds_no_room_is_told(store, home, job):
    events = home.run(job).events
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (events.stat().st_size + 10, before[1]))
    try:
        with pytest.raises(OSError, match="No space left"):
            store.append_event(job, "state", state="running", attempt=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    store.append_event(job, "state", state="running", attempt=1)
    assert [event["state"] for event in store.events(job)] == ["queued", "running"]


def test_a_torn_event_spoils_only_itself(store, home, job):
    with home.run(job).events.open("ab") as file:
        file.write(b'{"t":1,"kind":"sta')
    store.append_event(job, "state", state="running", attempt=1)
    assert [e["state"] for e in store.events(job)] == ["queued", "running"]
    assert home.run(job).events.read_bytes().endswith(b"\n")


def test_removing_leaves_nothing(store, home, job):
    locked = home.run(job).path / "work" / "sealed"
    locked.mkdir(parents=True)
    (locked / "file").write_text("x")
    locked.chmod(0o500)
    store.remove(job)
    assert store.ids() == []
    assert list(home.jobs.iterdir()) == []
    assert list(home.secrets.iterdir()) == []
    with pytest.raises(NotFound):
        store.remove(job)


def test_a_link_in_a_removed_job_is_not_followed(store, home, job, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    (home.run(job).path / "link").symlink_to(outside)
    store.remove(job)
    assert (outside / "precious").exists()


def test_sweeping_takes_what_crashes_left_and_nothing_else(store, home, job):
    old = time.time() - 2 * 24 * 3600
    leftovers = [home.jobs / ".new-aaaaaaaaaa-00000000", home.jobs / ".trash-bbbbbbbbbb-00000000"]
    for folder in leftovers:
        folder.mkdir()
        (folder / "job.json").write_text("{}")
        os.utime(folder, (old, old))
    fresh = home.jobs / ".new-cccccccccc-00000000"
    fresh.mkdir()
    orphan = home.secrets / "dddddddddd.json"
    orphan.write_text("{}")
    os.utime(orphan, (old, old))
    os.utime(home.secrets / f"{job}.json", (old, old))
    store.sweep()
    assert not any(folder.exists() for folder in [*leftovers, orphan])
    assert fresh.exists()
    assert (home.secrets / f"{job}.json").exists()
    assert store.ids() == [job]


class TestResolve:
    @pytest.fixture(autouse=True)
    def jobs(self, store):
        store.create(record("fitaaaaaaa", name="digits", created=1), {}, None)
        store.create(record("fitabbbbbb", name="digits", created=2), {}, None)
        store.create(record("zebra00000", name="fit", created=0), {}, None)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("fitaaaaaaa", "fitaaaaaaa"),
            ("fitaa", "fitaaaaaaa"),
            ("zeb", "zebra00000"),
            ("digits", "fitabbbbbb"),
            ("fit", "zebra00000"),
        ],
    )
    def test_finds(self, store, text, expected):
        assert store.resolve(text) == expected

    def test_lists_the_candidates_of_an_ambiguous_beginning(self, store):
        with pytest.raises(BadInput) as caught:
            store.resolve("fita")
        assert "fitaaaaaaa, fitabbbbbb" in str(caught.value)

    @pytest.mark.parametrize("text", ["", "nothing", "../fitaaaaaaa"])
    def test_refuses_what_is_not_there(self, store, text):
        with pytest.raises(NotFound, match="no job"):
            store.resolve(text)

    def test_says_that_a_beginning_is_too_short(self, store):
        with pytest.raises(NotFound, match="3 characters"):
            store.resolve("ze")


def test_a_listing_token_stays_only_while_the_listing_does(store, home, job):
    assert store.listing_token() is None
    past = time.time() - 60
    os.utime(home.jobs, (past, past))
    token = store.listing_token()
    assert token is not None and store.listing_token() == token
    store.create(record("zzzzzzzzzz"), {}, None)
    assert store.listing_token() != token


CREATOR = textwrap.dedent(
    """
    import sys, msgspec
    from pathlib import Path
    from longboat.records.layout import Home
    from longboat.records.status import JobRecord
    from longboat.records.store import JobStore

    store = JobStore(Home(Path(sys.argv[1])))
    template = msgspec.json.decode(sys.argv[2], type=JobRecord)
    while True:
        job = msgspec.structs.replace(template, id=store.new_id())
        store.create(job, {"x": "y" * 10000}, {"KEY": "value"})
        print(job.id, flush=True)
    """
)


def test_a_killed_submitter_leaves_whole_jobs_or_none(store, home):
    template = msgspec.json.encode(record("abcdefghij")).decode()
    acknowledged = set()
    for wanted in (1, 2, 3, 5, 8):
        creator = Popen([sys.executable, "-c", CREATOR, home.path, template], stdout=PIPE)
        try:
            for _ in range(wanted):
                acknowledged.add(creator.stdout.readline().decode().strip())
        finally:
            creator.send_signal(signal.SIGKILL)
            rest = creator.communicate()[0].decode()
        acknowledged |= {line for line in rest.splitlines(keepends=False) if len(line) == 10}
    assert acknowledged <= set(store.ids())
    for job_id in store.ids():
        assert store.read(job_id).id == job_id
        assert store.receipt(job_id)["x"]
        assert (home.secrets / f"{job_id}.json").exists()


def test_a_removal_that_is_obeyed_at_once_has_succeeded(store, monkeypatch):
    job = record("a" * 10)
    store.create(job, {}, None)
    write = stores.write_atomic

    def obeyed(path, data):
        write(path, data)
        shutil.rmtree(path.parent)
        raise FileNotFoundError(path.parent)

    monkeypatch.setattr(stores, "write_atomic", obeyed)
    assert store.want(job.id, "remove").target == "remove"
    with pytest.raises(NotFound):
        store.want(job.id, "remove")
