"""What ``%longboat`` shows below a cell: tables, cards, and a job while it runs."""

from __future__ import annotations

import re

from lab import Lab, write

from longboat.api import Client

STAYS = """\
import os, time, longboat
for step in range(8):
    longboat.report(step, loss=1 / (1 + step))
    print('<b>step</b>', step, flush=True)
while not os.path.exists({gate!r}): time.sleep(0.02)
"""
FAILS = "a = 1\n\nraise ValueError('<i>no</i>')\nb = 2"


def test_jobs_are_a_table_of_text_and_of_html(here: Lab, client: Client) -> None:
    write(here.folder / "t.ipynb", {"one": "1"})
    client.submit(here.folder / "t.ipynb", name="tabled", cpu=0.1, memory="128M").wait()
    done = here.run("%longboat jobs")
    assert (done.status, done.displays, done.out, done.err) == ("ok", 1, "", "")
    assert done.results[0]["text/plain"].startswith("ID ")
    shown = done.results[0]["text/html"]
    assert "<table" in shown and ">tabled</td>" in shown and "succeeded" in shown
    assert "<script" not in shown


def test_what_a_job_says_is_text(here: Lab, client: Client) -> None:
    write(here.folder / "t.ipynb", {"one": "raise ValueError('<img src=x>')"})
    job = client.submit(here.folder / "t.ipynb", name="said", cpu=0.1, memory="128M")
    job.wait()
    shown = here.run("%longboat status said").results[-1]["text/html"]
    assert "&lt;img src=x&gt;" in shown and "<img" not in shown
    assert f"%longboat again {job.id}" in shown


def test_a_followed_job_is_one_output_that_changes(here: Lab) -> None:
    write(here.folder / "s.ipynb", {"stay": STAYS.format(gate="s.ipynb")})
    done = here.run("%longboat submit s.ipynb --cpu 0.1 --memory 128M --follow")
    assert (done.status, done.displays) == ("ok", 1), done
    assert "step" not in done.out
    plain, shown = done.results[-1]["text/plain"], done.results[-1]["text/html"]
    assert "succeeded" in plain and "<b>step</b> 7" in plain
    assert "&lt;b&gt;step&lt;/b&gt; 7" in shown and "<b>" not in shown
    assert shown.count("<polyline") == 1 and "loss from 1 to 0.125" in shown


def test_a_failed_job_shows_cell_and_line(here: Lab) -> None:
    write(here.folder / "f.ipynb", {"good": "1", "bad": FAILS})
    done = here.run("%longboat submit f.ipynb --cpu 0.1 --memory 128M --wait")
    assert done.status == "error" and "Traceback" not in done.err
    plain, shown = done.results[-1]["text/plain"], done.results[-1]["text/html"]
    assert "Cell 2, line 3, on worker-0:" in plain
    marked = re.findall(r"font-weight: 700[^>]*>.*?</span>(.*?)</span>", shown)
    assert marked == ["raise ValueError(&#x27;&lt;i&gt;no&lt;/i&gt;&#x27;)"]


def until_shown(here: Lab, request: str, text: str) -> str:
    """Wait until this is in a display of the cell; gives what it has printed so far."""
    printed = ""
    for message in here.output(request):
        content = message["content"]
        printed += content.get("text", "")
        if text in content.get("data", {}).get("text/plain", ""):
            return printed
    raise AssertionError(f"{text} was never shown; printed was: {printed}")


def interrupt(here: Lab) -> None:
    here.ask(f"kernels/{here.session['kernel']['id']}/interrupt", "POST", {})


def test_interrupted_it_leaves_the_job_and_goes_on_when_run_again(
    here: Lab, client: Client
) -> None:
    gate = here.folder / "go"
    write(here.folder / "stay.ipynb", {"stay": STAYS.format(gate=str(gate))})
    line = "%longboat submit stay.ipynb --cpu 0.1 --memory 128M --follow"
    request = here.start(line, "watch")
    until_shown(here, request, "<b>step</b> 7")
    interrupt(here)
    done = here.finish(request)
    assert done.status == "error" and "The job goes on" in done.out
    assert "Traceback" not in done.err + done.out
    left = done.results[-1]["text/plain"]
    assert "Not watched since" in left and "Run this cell again" in left
    job = client.job("stay")
    assert job.status.state == "running"

    request = here.start(line, "watch")
    printed = until_shown(here, request, "<b>step</b> 7")
    assert f"Job {job.id} (stay) goes on, and is watched again." in printed
    gate.touch()
    again = here.finish(request)
    assert again.status == "ok" and "succeeded" in again.results[-1]["text/plain"]
    assert [each.id for each in client.jobs(name="stay")] == [job.id]


def test_another_cell_than_the_one_that_was_left_is_another_job(here: Lab, client: Client) -> None:
    gate = here.folder.parent / "gone"
    write(here.folder / "two.ipynb", {"stay": STAYS.format(gate=str(gate))})
    line = "%longboat submit two.ipynb --cpu 0.1 --memory 128M --follow"
    request = here.start(line, "two")
    until_shown(here, request, "<b>step</b> 7")
    interrupt(here)
    here.finish(request)
    first = client.job("two")
    write(here.folder / "two.ipynb", {"stay": "print('changed')"})
    other = here.run(line, "two")
    assert f"Job {first.id} (two) goes on beside" in other.out
    assert len(client.jobs(name="two")) == 2
    gate.touch()
    assert first.wait(timeout=60).state == "succeeded"


def test_names_of_jobs_are_completed(here: Lab, client: Client) -> None:
    write(here.folder / "n.ipynb", {"one": "1"})
    job = client.submit(here.folder / "n.ipynb", name="named-one", cpu=0.1, memory="128M")
    job.wait()
    assert "named-one" in here.complete("%longboat status nam")
    assert job.id in here.complete(f"%longboat logs {job.id[:4]}")
