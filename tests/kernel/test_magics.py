"""``%longboat`` in a real kernel of a real Jupyter server."""

from __future__ import annotations

import pytest
from lab import Lab, write

from longboat.api import Client


def printed(client: Client, name: str) -> str:
    """All that the leader of a job has printed."""
    job = client.job(name)
    replica = client.engine.home.run(job.id).attempt(1).replica(job.record.spec.leader)
    return replica.log.read_text()


def test_it_submits_the_notebook_it_is_written_in(here: Lab, client: Client) -> None:
    done = here.run("%longboat submit --name mine --wait", "submit")
    assert (done.status, done.err) == ("ok", "")
    assert "mine" in done.out and "succeeded" in done.results[-1]["text/plain"]
    assert client.job("mine").record.spec.entry == "a.ipynb"
    assert "hello from a cell" in printed(client, "mine")


def test_a_cell_that_is_not_saved_as_it_was_run_is_refused(here: Lab, client: Client) -> None:
    here.run("print('changed')", "greet")
    refused = here.run("%longboat submit", "submit")
    assert refused.status == "error"
    assert "the cell that begins with \"print('changed')\"" in refused.err
    assert "Save it (Ctrl+S)" in refused.err
    write(here.folder / "a.ipynb", {"greet": "print('changed')"})
    assert here.run("%longboat submit --wait", "submit").status == "ok"


def test_a_new_cell_must_be_saved_and_a_deleted_one_need_not(here: Lab) -> None:
    here.run("y = 1", "new")
    assert 'begins with "y = 1"' in here.run("%longboat submit", "submit").err
    assert here.run("%longboat submit --wait", "submit", deleted=("new",)).status == "ok"


def test_a_renamed_notebook_is_found(here: Lab, client: Client) -> None:
    session = here.session["id"]
    (here.folder / "a.ipynb").rename(here.folder / "b.ipynb")
    here.ask(f"sessions/{session}", "PATCH", {"path": "b.ipynb", "name": "b.ipynb"})
    try:
        assert here.run("%longboat submit --wait", "submit").status == "ok"
        assert client.jobs()[0].record.spec.entry == "b.ipynb"
    finally:
        here.ask(f"sessions/{session}", "PATCH", {"path": "a.ipynb", "name": "a.ipynb"})


def test_the_command_line_is_there_with_its_exit_codes(here: Lab) -> None:
    assert here.run("%longboat models").out.startswith("No models yet.")
    bad = here.run("%longboat status nosuch-job")
    assert bad.status == "error" and "There is no job 'nosuch-job'" in bad.err
    assert bad.results == [] and "Traceback" not in bad.err + bad.out
    assert bad.error == "Nothing was done; the reason is above."
    assert "cannot be read" in here.run('%longboat status "open').err


def test_a_failed_one_stops_what_was_to_run_after_it(here: Lab) -> None:
    waits = "import os, time\nwhile not os.path.exists('sent'): time.sleep(0.01)\n"
    first = here.start(waits + "%longboat status nosuch-job")
    second = here.start("print('not this')")
    (here.folder / "sent").touch()
    assert here.finish(first).status == "error"
    assert here.finish(second).out == ""


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("%longboat su", "submit"),
        ("%longboat submit --wor", "--workers"),
        ("%longboat submit --workers 2 --fol", "--follow"),
        ("%%longboat tra", "train"),
        ("%%longboat train --work", "--workers"),
        ("%%longboat train --workers 2 --pu", "--push"),
    ],
)
def test_it_is_completed(here: Lab, typed: str, offered: str) -> None:
    assert offered in here.complete(typed)


def test_a_cell_is_a_job_of_its_own(here: Lab, client: Client) -> None:
    here.run("x, text = 20, 'twice: '")
    cell = "%%longboat train --push x,text --name cell --wait\nprint(text, 2 * x)"
    done = here.run(cell)
    assert done.status == "ok", done.err
    assert "twice:  40" in printed(client, "cell")
    assert sorted(path.name for path in here.folder.glob("*-cell*")) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train --push nothing", 'There is no variable "nothing"'),
        ("train --push", "Name the variables that go along"),
        ("train --push lock", '"lock" cannot be sent to another process'),
        ("train --push large", "most of it large; at most 8 MiB go along"),
        ("train --workers none", "workers"),
        ("run", "write %%longboat train [OPTIONS] above it"),
    ],
)
def test_what_cannot_be_sent_is_refused(here: Lab, client: Client, line: str, said: str) -> None:
    here.run("import threading; lock = threading.Lock(); large = bytes(9 << 20)")
    before = len(client.jobs())
    refused = here.run(f"%%longboat {line}\npass")
    assert refused.status == "error" and said in refused.err, refused
    assert len(client.jobs()) == before
    assert not list(here.folder.glob("*-cell*"))
