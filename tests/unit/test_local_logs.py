"""What a replica prints is in its log, byte for byte, as fast as it prints."""

from __future__ import annotations

import time

from local_stage import Stage, stage, until

__all__ = ["stage"]


def test_a_million_lines_are_whole(stage: Stage) -> None:
    job = stage.job(
        "import sys\nfor i in range(0, 1_000_000, 1000):\n"
        "    sys.stdout.write(''.join('%09d\\n' % j for j in range(i, i + 1000)))\n"
    ).started()
    assert job.end(60).phase == "succeeded"
    assert job.log() == b"".join(b"%09d\n" % i for i in range(1_000_000))


def test_large_records_of_both_streams_are_whole(stage: Stage) -> None:
    job = stage.job(
        "for i in range(20):\n"
        "    os.write(1, b'o' * 299_999 + b'\\n'); os.write(2, b'e' * 299_999 + b'\\n')\n"
    ).started()
    job.end()
    lines = job.log().splitlines()
    assert lines == [b"o" * 299_999, b"e" * 299_999] * 20


def test_a_hundred_megabytes_a_second(stage: Stage) -> None:
    """The script itself notes how long it took; the machine may be busy, so the best of three."""
    job = stage.job(
        "block = b'x' * (1 << 20)\n"
        "for _ in range(3):\n"
        "    began = time.monotonic()\n"
        "    for _ in range(60): os.write(1, block)\n"
        "    Path('times').open('a').write(f'{time.monotonic() - began}\\n')\n"
    ).started()
    job.end(60)
    assert len(job.log()) == 180 << 20
    times = (job.attempt.path / "worker-0" / "work" / "times").read_text().split()
    assert 60 / min(map(float, times)) > 100


def test_what_children_printed_before_they_were_ended_is_kept(stage: Stage) -> None:
    job = stage.job(
        "subprocess.Popen(['sh', '-c', 'echo from a child; exec sleep 3600'])\n"
        "gate('go'); os.write(1, b'y' * 60_000); os._exit(0)"
    ).started()
    until(lambda: b"from a child" in job.log())
    job.open("go")
    job.end()
    assert job.log() == b"from a child\n" + b"y" * 60_000


def test_an_output_that_was_closed_early_is_no_end(stage: Stage) -> None:
    job = stage.job("say('x'); os.close(1); os.close(2); gate('go')").started()
    job.said("x")
    began = time.process_time()
    assert job.look().phase in ("starting", "running")
    job.open("go")
    assert job.end().phase == "succeeded"
    assert time.process_time() - began < 5
