"""A carrier brings out all that a replica says and leaves, in real processes."""

from __future__ import annotations

import json
import os
import signal
import time
from itertools import pairwise

import psutil
import pytest
from carry_tools import (
    HANG,
    NONCE,
    Stream,
    carrying,
    contents,
    finish,
    is_alive,
    stopped_while_it_runs,
    wait_for,
)
from guest_core_tools import notebook

from longboat.guest import inband, wire
from longboat.guest.inband import Reader, Record

__all__ = ["carrying"]
ALL_BYTES = bytes(range(256)) + b"\r 50%\r100%\n\x1b[31mred\x1b[0m\n"


def test_all_that_is_printed_comes_out_byte_for_byte(carrying):
    source = f"import sys\nsys.stdout.buffer.write({ALL_BYTES!r})\nprint('err', file=sys.stderr)"
    stream = carrying(source).whole()
    assert stream.code == 0
    assert stream.text == ALL_BYTES + b"err\n"
    assert stream.complaints == b""


def test_records_are_numbered_and_say_how_much_text_came_before_them(carrying):
    stream = carrying("for i in range(20000): print('line', i)").whole()
    assert stream.text == b"".join(b"line %d\n" % i for i in range(20000))
    assert [record.sequence for record in stream.records] == list(range(len(stream.records)))
    reader, seen = Reader(NONCE), 0
    for piece in reader.feed(stream.raw):
        if isinstance(piece, Record):
            assert piece.offset == seen
        else:
            seen += len(piece)
    assert stream.records[0].kind == inband.BEGAN
    assert stream.end["exit_code"] == 0


def test_what_flows_is_marked_so_often_that_little_can_be_lost_unseen(carrying):
    stream = carrying("print('y' * 10**6)").whole()
    places = [record.offset for record in stream.records]
    steps = [after - before for before, after in pairwise(places)]
    assert max(steps) <= 2 << 16


def test_a_line_without_end_is_visible_within_a_second(carrying):
    carrier = carrying("import time\nprint('tell me: ', end='')\ntime.sleep(600)").start()
    # A collector of logs shows what ends with a newline: the mark's.
    raw = wait_for(carrier, lambda raw: b"tell me: \x1e" in raw and raw.endswith(b"\n"))
    carrier.terminate()
    assert Reader(NONCE).feed(raw)[-2] == b"tell me: "
    assert finish(carrier).code == 143


def test_a_progress_bar_is_seen_to_move(carrying):
    bar = "import time\nfor i in range(20):\n    print(f'\\r{i} %', end='')\n    time.sleep(0.05)"
    stream = carrying(bar).whole()
    assert len(stream.of(inband.MARK)) >= 3
    assert stream.text == b"".join(b"\r%d %%" % i for i in range(20))


def test_events_come_out_as_they_were_written(carrying):
    source = (
        "import longboat, os\nlongboat.report(step=1, loss=0.5)\n"
        "with open(os.environ['LONGBOAT_REPLICA_DIR'] + '/events.jsonl', 'ab') as file:\n"
        '    file.write(b\'{"kind": "long", "x": "\' + b\'y\' * 9000 + b\'\\xff"}\\n\')\n'
        "longboat.report(step=2, loss=0.25)"
    )
    carried = carrying(source)
    stream = carried.whole()
    # Files have parts, too, but come after the events.
    records = stream.records[: [record.kind for record in stream.records].index(inband.FILE)]
    events = [record for record in records if record.kind in (inband.EVENT, inband.PART)]
    data = b"".join(inband.unpack(record.fields["data"]) for record in events)
    assert data == (carried.run / "events.jsonl").read_bytes()
    assert [record.fields["last"] for record in events] == [True, False, False, False, True, True]


def test_an_event_comes_while_the_replica_runs(carrying):
    carrier = carrying("import longboat\nlongboat.report(step=1, loss=2)\n" + HANG).start()
    raw = wait_for(carrier, lambda raw: b'"k":"event"' in raw)
    carrier.terminate()
    (event,) = (p for p in Reader(NONCE).feed(raw) if getattr(p, "kind", "") == inband.EVENT)
    (read,) = wire.decode(inband.unpack(event.fields["data"]))
    assert read["values"] == {"loss": 2}
    finish(carrier)


def test_an_executed_notebook_its_model_and_its_files_come_out(carrying):
    cells = [
        "import longboat, pathlib",
        "model = pathlib.Path(longboat.model_dir())",
        "(model / 'variables').mkdir()",
        "(model / 'saved_model.pb').write_bytes(bytes(range(256)) * 1000)",
        "(model / 'variables' / 'index').write_text('')",
        "pathlib.Path('results').mkdir(); pathlib.Path('results/é.txt').write_text('42')",
        "pathlib.Path('data.csv').write_text('changed')",
        "!mkdir __pycache__; touch __pycache__/main.pyc; ln -s /etc/passwd link",
    ]
    carried = carrying(entry="main.ipynb")
    carried.pack({"main.ipynb": json.dumps(notebook(*cells)), "data.csv": "old", "same": "x"})
    stream = carried.whole()
    assert stream.code == 0, stream.text
    files = contents(stream)
    assert files == {
        "status.json": (carried.run / "status.json").read_bytes(),
        "output.ipynb": (carried.run / "output.ipynb").read_bytes(),
        "model/saved_model.pb": bytes(range(256)) * 1000,
        "model/variables/index": b"",
        "work/results/é.txt": b"42",
        "work/data.csv": b"changed",
    }
    assert stream.end["files"] == len(files)
    assert stream.of(inband.LEFT) == []


def test_only_the_leader_sends_its_model(carrying):
    source = "import os\nopen(os.environ['LONGBOAT_MODEL_DIR'] + '/weights', 'w').write('w')"
    cluster = {"chief": ["127.0.0.1:1"], "worker": ["127.0.0.1:2"]}
    carried = carrying(source, cluster=cluster, job="")
    leader = carried.whole(LONGBOAT_REPLICA_ROLE="chief")
    other = carried.whole(LONGBOAT_REPLICA_ROLE="worker")
    assert leader.sent == ["status.json", "model/weights"]
    assert other.sent == ["status.json"]


def test_small_files_are_sent_before_large_ones_as_far_as_they_fit(carrying):
    source = "import os\nfor n in (1, 5000, 900_000): open(str(n), 'wb').write(os.urandom(n))"
    stream = carrying(source).whole("--limit", "20000")
    assert stream.sent == ["status.json", "work/1", "work/5000"]
    assert [record.fields for record in stream.of(inband.LEFT)] == [
        {"path": "work/900000", "size": 900_000}
    ]
    assert stream.end["exit_code"] == 0


def test_a_model_is_sent_whole_or_not_at_all(carrying):
    source = "import longboat\nd = longboat.model_dir()\nopen(d + '/small', 'w').write('x')\n"
    source += "open(d + '/large', 'w').write('x' * 90000)\nopen('file', 'w').write('y')"
    stream = carrying(source).whole("--limit", "20000")
    assert stream.sent == ["status.json", "work/file"]
    left = {record.fields["path"]: record.fields["size"] for record in stream.of(inband.LEFT)}
    assert left == {"model/small": 1, "model/large": 90000}


def test_files_with_odd_names_are_sent_or_named(carrying):
    source = "import os\nos.mkdir('d' * 200)\nos.chdir('d' * 200)\n"
    source += "for name in (b'caf\\xe9', b'new\\nline', b'\\x01' * 250, b'z' * 255):\n"
    source += "    open(name, 'w').write('x')\n"
    stream = carrying(source).whole()
    folder = "work/" + "d" * 200
    assert stream.sent[1:] == [
        f"{folder}/{name}" for name in ("\x01" * 250, "new\nline", "z" * 255)
    ]
    assert [record.fields["path"] for record in stream.of(inband.LEFT)] == [
        f"'{folder}/caf\\udce9'"
    ]


def test_of_very_many_files_that_are_left_only_some_are_named(carrying):
    source = "for n in range(150): open(f'{n:03}', 'w').write('x' * (n + 5000))"
    stream = carrying(source).whole("--limit", "3000")
    left = [record.fields for record in stream.of(inband.LEFT)]
    assert len(left) == 101
    assert left[-1]["path"] == "(50 more files)"
    assert left[-1]["size"] == sum(n + 5000 for n in range(100, 150))


@pytest.mark.parametrize(
    ("ending", "exit_code", "code"),
    [
        ("import sys; sys.exit(3)", 3, 3),
        ("import os; os.kill(os.getpid(), 9)", -9, 137),
        ("import os; os.abort()", -6, 134),
        ("raise ValueError('boom')", 1, 1),
    ],
)
def test_it_ends_as_its_child_has_ended(carrying, ending, exit_code, code):
    before = time.time()
    stream = carrying(f"print('before')\n{ending}").whole()
    assert (stream.end["exit_code"], stream.code) == (exit_code, code)
    assert before < stream.end["at"] < time.time()
    assert stream.end["memory_peak"] > 1 << 20
    assert stream.end["oom"] is False
    assert stream.text.startswith(b"before\n")


def test_an_evaluators_pod_succeeds_whatever_becomes_of_the_evaluator(carrying):
    """An engine would take its failure for the job's, and end the pods that train."""
    cluster = {"worker": ["127.0.0.1:1"], "evaluator": ["127.0.0.1:2"]}
    carried = carrying("import sys; sys.exit(3)", cluster=cluster, job="")
    stream = carried.whole(LONGBOAT_REPLICA_ROLE="evaluator")
    assert (stream.end["exit_code"], stream.code) == (3, 0)


def test_sigterm_lets_the_replica_tidy_up(carrying):
    source = "import time\ntry:\n    print('ready')\n    time.sleep(600)\nfinally:\n"
    stream = stopped_while_it_runs(carrying(source + "    print('cleaned')").start())
    assert stream.text == b"ready\ncleaned\n"
    assert json.loads(contents(stream)["status.json"])["state"] == "stopped"
    assert (stream.end["exit_code"], stream.code) == (143, 143)


def test_a_deaf_replica_is_killed_five_seconds_later(carrying):
    source = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + HANG
    began = time.monotonic()
    stream = stopped_while_it_runs(carrying(source).start())
    assert 5 <= time.monotonic() - began < 15
    assert (stream.end["exit_code"], stream.code) == (-9, 137)


def test_nothing_of_the_replica_survives_and_nothing_it_printed_is_lost(carrying):
    # Each line is one write: many processes share the stream.
    source = """\
import os, subprocess, sys, time
chatter = r'''
import itertools, sys, time
for number in itertools.count():
    sys.stdout.write("still here\\n")
    sys.stdout.flush()
    if number == 100:
        open(sys.argv[1], "w").close()
    time.sleep(0.001)
'''
command = [sys.executable, "-c", chatter]
talks = ["first", "second"]
children = [subprocess.Popen([*command, name], start_new_session=name == "first") for name in talks]
deaf = "trap '' TERM; echo deaf; while :; do sleep 1; done"
children.append(subprocess.Popen(["bash", "-c", deaf], start_new_session=True))
pids = [str(child.pid) for child in children]
sys.stdout.write(" ".join(["pids", *pids]) + "\\n")
while not all(os.path.exists(name) for name in talks):
    time.sleep(0.01)
"""
    stream = carrying(source).whole()
    assert stream.code == 0
    lines = stream.text.splitlines()
    (pids,) = (line.split()[1:] for line in lines if line.startswith(b"pids"))
    assert len(pids) == 3
    assert not [pid for pid in pids if is_alive(int(pid))]
    assert lines.count(b"still here") > 100 and b"deaf" in lines


def test_orphans_do_not_pile_up_as_zombies(carrying):
    source = (
        "import os, subprocess, time\n"
        "for _ in range(20): subprocess.run('sleep 0.01 & exit', shell=True)\n" + HANG
    )
    carrier = carrying(source).start()
    wait_for(carrier, lambda raw: b"ready\n" in raw)
    whole_tree = psutil.Process(carrier.pid)
    deadline = time.monotonic() + 10
    while len(found := whole_tree.children(recursive=True)) > 1:
        assert time.monotonic() < deadline, found
        time.sleep(0.01)
    carrier.terminate()
    finish(carrier)


def test_a_reader_that_stops_reading_holds_it_only_so_long(carrying):
    source = "import sys\nprint('ready')\nsys.stdout.write('x' * 10**7)"
    carrier = carrying(source).start("--patience", "0.5")
    wait_for(carrier, lambda raw: b"ready\n" in raw)
    carrier.send_signal(signal.SIGTERM)
    assert carrier.wait(timeout=30) in (137, 143)
    carrier.communicate()


def test_a_slow_reader_loses_nothing(carrying):
    source = "import sys\nfor i in range(40): sys.stdout.write(f'{i % 10}' * 99_999 + '\\n')"
    carrier = carrying(source).start()
    assert carrier.stdout is not None
    raw = b""
    while data := os.read(carrier.stdout.fileno(), 1 << 18):
        raw += data
        time.sleep(0.002)
    text = Stream(carrier.wait(), raw, b"").text
    assert text == b"".join(b"%d" % (i % 10) * 99_999 + b"\n" for i in range(40))


def test_a_reader_that_goes_away_does_not_end_the_replica(carrying):
    carried = carrying("import time\nfor _ in range(9): print('x')\nopen('done', 'w')")
    carrier = carried.start()
    assert carrier.stdout is not None
    carrier.stdout.close()
    assert carrier.wait(timeout=30) == 0
    assert (carried.work / "done").exists()
    assert carrier.stderr is not None and carrier.stderr.read() == b""
    carrier.stderr.close()


def test_it_needs_nothing_installed(carrying):
    cells = ["x = 20", "x + 1"]
    carried = carrying(entry="main.ipynb")
    carried.pack({"main.ipynb": json.dumps(notebook(*cells))})
    # An option like -S would not reach the child; this does, and makes IPython a module not found.
    (carried.path / "hide").mkdir()
    (carried.path / "hide" / "sitecustomize.py").write_text(
        "import sys\nsys.modules['IPython'] = None"
    )
    stream = carried.whole(PYTHONPATH=str(carried.path / "hide"))
    assert stream.text == b"21\n", stream.text
    assert stream.code == 0
