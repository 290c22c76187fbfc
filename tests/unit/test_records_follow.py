"""Following a job: everything once, in order, to the end; resumed anywhere."""

import json
import struct
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longboat.errors import NotFound
from longboat.guest import wire
from longboat.records.follow import Follower, GuestEvent, JobEvent, Line, tail_position
from longboat.records.layout import Home
from longboat.records.logs import LogWriter
from longboat.records.status import JobRecord, JobStatus
from longboat.records.store import JobStore
from longboat.spec.job import JobSpec, Replica, Resources

JOB = "abcdefghij"
WORKERS = [Replica("worker", 0), Replica("worker", 1)]


class Stage:
    """A job that a test plays: what steward, keepers and guests would write."""

    def __init__(self, root):
        self.home = Home(root)
        self.store = JobStore(self.home)
        self.run = self.home.run(JOB)
        self.now = 1000.0
        spec = JobSpec(
            name="digits",
            entry="digits.ipynb",
            kind="notebook",
            workers=2,
            resources=Resources(cpu=0.5, memory=10**9),
            model="digits",
        )
        record = JobRecord(id=JOB, created=self.now, spec=spec, snapshot="a" * 64, guest="b" * 64)
        self.store.create(record, {}, None)

    def directory(self, attempt=1, worker=0):
        found = self.run.attempt(attempt).replica(WORKERS[worker])
        found.path.mkdir(parents=True, exist_ok=True)
        return found

    def tick(self):
        self.now += 1
        return self.now

    def state(self, state, attempt=1, **more):
        event = {"state": state, "reason": "", "message": "", "attempt": attempt, **more}
        self.store.append_event(JOB, "state", t=self.tick(), **event)
        self.store.write_status(JOB, JobStatus(state=state, attempt=attempt))

    def print(self, data, attempt=1, worker=0):
        directory = self.directory(attempt, worker)
        size = directory.log.stat().st_size if directory.log.exists() else 0
        with directory.log_times.open("ab") as file:
            file.write(struct.pack("<QQ", int(self.tick() * 10**9), size))
        with directory.log.open("ab") as file:
            file.write(data)

    def report(self, kind, attempt=1, worker=0, **fields):
        line = wire.encode(kind, t=self.tick(), **fields)
        wire.append(str(self.directory(attempt, worker).events), line)

    def follow(self, **options):
        return Follower(self.run, **options)


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def told(items):
    """Items in short: states, lines, kinds."""
    short = []
    for item in items:
        if isinstance(item, JobEvent):
            short.append(item.event.get("state", item.event["kind"]))
        elif isinstance(item, Line):
            short.append(f"{item.attempt}/{item.replica}: {item.data.decode()}")
        else:
            short.append(f"{item.attempt}/{item.replica} {item.event['kind']}")
    return short


def play_whole_job(stage):
    """Two attempts of two workers; returns what a follower must tell."""
    stage.state("queued", reason="waiting-queue", message="1 job is before it.")
    stage.state("starting")
    stage.state("running")
    stage.print(b"hello\n")
    stage.print(b"hi\n", worker=1)
    stage.report("cell", index=1, of=2, state="started")
    stage.print(b"Traceback")
    stage.state("starting", attempt=2)
    stage.print(b"again\n", attempt=2)
    stage.report("metrics", attempt=2, worker=1, values={"loss": 1.0})
    stage.print(b"bye", attempt=2, worker=1)
    stage.state("succeeded", attempt=2)
    return [
        "queued",
        "queued",
        "starting",
        "running",
        "1/worker-0: hello\n",
        "1/worker-1: hi\n",
        "1/worker-0 cell",
        "1/worker-0: Traceback",
        "starting",
        "2/worker-0: again\n",
        "2/worker-1 metrics",
        "2/worker-1: bye",
        "succeeded",
    ]


def test_an_ended_job_is_told_in_the_order_of_time(stage):
    expected = play_whole_job(stage)
    follower = stage.follow()
    assert told(follower) == expected
    assert follower.ended
    assert follower.poll() == []


def test_items_carry_what_they_are(stage):
    stage.report("cell", index=1, of=2, state="started")
    stage.print(b"one\n")
    queued, cell, line = stage.follow().poll()
    assert queued == JobEvent(1000.0, queued.event)
    assert cell == GuestEvent(1001.0, 1, WORKERS[0], cell.event)
    assert cell.event["index"] == 1
    assert line == Line(1002.0, 1, WORKERS[0], 0, b"one\n")


def test_things_are_told_as_they_come(stage):
    follower = stage.follow()
    assert told(follower.poll()) == ["queued"]
    assert follower.poll() == []
    stage.state("running")
    stage.print(b"one\ntwo\nthr")
    assert told(follower.poll()) == ["running", "1/worker-0: one\n", "1/worker-0: two\n"]
    stage.print(b"ee\n")
    assert told(follower.poll()) == ["1/worker-0: three\n"]
    stage.report("progress", done=1, total=2)
    assert told(follower.poll()) == ["1/worker-0 progress"]
    assert not follower.ended


def test_the_end_state_comes_last_and_only_with_the_status(stage):
    follower = stage.follow()
    stage.state("running")
    stage.store.append_event(JOB, "state", state="succeeded", attempt=1, t=stage.tick())
    assert told(follower.poll()) == ["queued", "running"]
    stage.print(b"last words\n")
    assert told(follower.poll()) == ["1/worker-0: last words\n"]
    stage.store.write_status(JOB, JobStatus(state="succeeded"))
    stage.print(b"very last\n")
    assert told(follower.poll()) == ["1/worker-0: very last\n", "succeeded"]
    assert follower.ended


def test_a_state_that_a_dying_steward_said_twice_is_told_once(stage):
    for _ in range(2):
        stage.store.append_event(JOB, "state", state="running", attempt=1)
    stage.state("succeeded")
    assert told(stage.follow()) == ["queued", "running", "succeeded"]


def test_an_unfinished_line_is_told_after_a_while_and_goes_on(stage):
    follower = stage.follow(partial_after=0.05)
    stage.print(b"Continue? ")
    assert told(follower.poll()) == ["queued"]
    assert told(follower.items(timeout=0.5)) == ["1/worker-0: Continue? "]
    stage.print(b"yes\n")
    assert told(follower.poll()) == ["1/worker-0: yes\n"]


def test_only_some_replicas(stage):
    expected = play_whole_job(stage)
    wanted = [line for line in expected if "worker-0" not in line]
    assert told(stage.follow(replicas=[WORKERS[1]])) == wanted


def test_only_one_attempt(stage):
    play_whole_job(stage)
    first = stage.follow(attempt=1)
    assert told(first)[-2:] == ["1/worker-0 cell", "1/worker-0: Traceback"]
    assert first.ended
    assert told(stage.follow(attempt=2)) == [
        "starting",
        "2/worker-0: again\n",
        "2/worker-1 metrics",
        "2/worker-1: bye",
        "succeeded",
    ]


def test_resuming_after_every_item(stage):
    expected = play_whole_job(stage)
    position, seen = None, []
    while True:
        follower = stage.follow(position=position)
        items = follower.poll(limit=1)
        if not items:
            break
        seen += told(items)
        position = json.loads(json.dumps(follower.position()))
    assert seen == expected
    assert follower.ended


def test_the_position_within_iteration_is_that_of_the_item_in_hand(stage):
    expected = play_whole_job(stage)
    follower = stage.follow()
    for number, _ in enumerate(follower.items()):
        rest = told(stage.follow(position=follower.position()))
        assert rest == expected[number + 1 :]


def test_tailing(stage):
    play_whole_job(stage)
    stage.print(b"\nmore\nend\n", attempt=2, worker=1)
    position = tail_position(stage.run, 1)
    lines = [item for item in stage.follow(position=position) if not isinstance(item, JobEvent)]
    assert told(lines) == ["2/worker-0: again\n", "2/worker-1: end\n"]


def test_a_timeout_gives_the_turn_back(stage):
    follower = stage.follow()
    begun = time.monotonic()
    assert told(follower.items(timeout=0.1)) == ["queued"]
    assert time.monotonic() - begun >= 0.1
    assert not follower.ended


def test_a_job_that_is_not_there_or_is_removed(stage):
    with pytest.raises(NotFound):
        Follower(stage.home.run("zzzzzzzzzz"))
    follower = stage.follow()
    follower.poll()
    stage.store.remove(JOB)
    with pytest.raises(NotFound, match="removed"):
        follower.poll()


def test_foreign_things_in_the_attempts_are_passed_over(stage):
    for name in ("attempts/notes", "attempts/1/tmp", "attempts/1/worker-x", "attempts/1/worker-01"):
        (stage.run.path / name).mkdir(parents=True)
    (stage.run.path / "attempts" / "readme").write_text("x")
    stage.state("succeeded")
    assert told(stage.follow()) == ["queued", "succeeded"]


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_nothing_is_lost_or_doubled_whatever_the_timing(tmp_path_factory, data):
    stage = Stage(tmp_path_factory.mktemp("timing"))
    follower, got = stage.follow(partial_after=0.0), []
    written, reported = {}, []
    for attempt in range(1, data.draw(st.integers(1, 3)) + 1):
        stage.state("running", attempt)
        for number in range(data.draw(st.integers(0, 8))):
            worker = data.draw(st.integers(0, 1))
            piece = data.draw(st.sampled_from([b"a\n", b"b", b"c\nd", b"\n"]))
            stage.print(piece, attempt, worker)
            key = (attempt, WORKERS[worker])
            written[key] = written.get(key, b"") + piece
            stage.report("cell", attempt, worker, number=number)
            reported.append((attempt, WORKERS[worker], number))
            action = data.draw(st.sampled_from(["poll", "part", "resume", "none"]))
            if action in ("poll", "part"):
                got += follower.poll(limit=1000 if action == "poll" else 2)
            elif action == "resume":
                position = json.loads(json.dumps(follower.position()))
                follower = stage.follow(partial_after=0.0, position=position)
    stage.state("succeeded", attempt)
    got += list(follower)
    for key, content in written.items():
        lines = [i for i in got if isinstance(i, Line) and (i.attempt, i.replica) == key]
        assert b"".join(line.data for line in lines) == content
    cells = [(i.attempt, i.replica, i.event["number"]) for i in got if isinstance(i, GuestEvent)]
    assert sorted(cells) == sorted(reported)
    assert told(got)[-1] == "succeeded"


WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from longboat.records.logs import LogWriter

    folder = Path(sys.argv[1])
    writer = LogWriter(folder / "log", folder / "log.times")
    for number in range(int(sys.argv[2])):
        writer.write(f"{number} {'x' * (number % 150)}\\n".encode())
    writer.close()
    """
)


def test_a_flood_is_followed_live_without_loss(stage):
    stage.state("running")
    lines = 10_000
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, stage.directory(worker=worker).path, str(lines)]
        )
        for worker in range(2)
    ]

    def finish():
        for writer in writers:
            writer.wait()
        stage.state("succeeded")

    ending = threading.Thread(target=finish)
    ending.start()
    got = {replica: [] for replica in WORKERS}
    for item in stage.follow():
        if isinstance(item, Line):
            got[item.replica].append(item.data)
    ending.join()
    for replica in WORKERS:
        assert b"".join(got[replica]) == stage.directory(worker=replica.index).log.read_bytes()
        assert len(got[replica]) == lines


def test_a_log_written_by_the_keepers_writer_has_sane_times(stage):
    writer = LogWriter(stage.directory().log, stage.directory().log_times)
    before = time.time()
    writer.write(b"now\n")
    writer.close()
    stage.state("succeeded")
    [line] = [item for item in stage.follow() if isinstance(item, Line)]
    assert before - 0.1 <= line.time <= time.time() + 0.1
