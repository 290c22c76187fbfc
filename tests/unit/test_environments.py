"""Environments over an interpreter: built once, whole or not at all, found again, removed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from longboat.api import Client
from longboat.environments import store as stores
from longboat.environments.building import why
from longboat.environments.record import RECORD
from longboat.errors import BadInput
from longboat.spec.requirements import read_requirements
from tiny_wheel import write_wheel

CODE = "import tiny, msgspec\nprint('tiny', tiny.VERSION, 'beside', msgspec.__name__)"
STOPPED = """\
import sys
from pathlib import Path
from longboat.environments import building, store

def stop(*_):
    print("half", flush=True)
    input()

building._install = stop
store.EnvironmentStore(Path(sys.argv[1]), Path(sys.argv[2])).ready(sys.executable, ("tiny",), print)
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a script, and pip told where packages come from."""
    index = tmp_path / "index"
    index.mkdir()
    write_wheel(index, "1.0")
    write_wheel(index, "2.0", "msgspec>=0.1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("LONGBOAT_STEWARD_LINGER", "0.2")
    work = tmp_path / "work"
    work.mkdir()
    (work / "job.py").write_text(CODE)
    (work / "requirements.txt").write_text("# what it needs\ntiny >= 1  # any\nmsgspec\n")
    return work


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def client(tmp_path: Path, said: list[str]) -> Client:
    return Client(tmp_path / "home", said.append)


def test_a_job_runs_in_its_environment_which_is_built_once(
    client: Client, work: Path, said: list[str]
) -> None:
    job = client.submit(work / "job.py", requirements=work / "requirements.txt")
    status = job.wait(timeout=60)
    log = client.engine.home.run(job.id).attempt(1).replica(job.record.spec.leader).log
    assert (status.state, log.read_text()) == ("succeeded", "tiny 2.0 beside msgspec\n")
    assert job.record.spec.requirements == ("msgspec", "tiny>=1")
    (kept,) = client.engine.environments.kept()
    assert kept.record.installed == {"tiny": "2.0"}, "the rest is the base's"
    assert (kept.record.base, kept.python) == (sys.executable, job.record.spec.python)
    again = job.again()
    assert again.record.spec.python == kept.python
    assert again.wait(timeout=60).state == "succeeded"
    assert said == ["Building the environment of 2 requirements …"]
    for each in (job, again):
        each.wait_settled()
    assert client.engine.prune_environments() == [], "it was used just now"
    long_ago = time.time() - 2 * stores.FRESH_SECONDS
    os.utime(kept.path, (long_ago, long_ago))
    assert [each.key for each in client.engine.prune_environments()] == [kept.key]
    assert not kept.path.exists()


@pytest.mark.parametrize(
    ("requirements", "told"),
    [
        (["no-such-package"], "there is no no-such-package for this Python"),
        (["tiny>=3"], "there is no tiny>=3 for this Python"),
        (["tiny==1.0", "tiny==2.0"], "the versions that are asked for exclude each other"),
    ],
)
def test_what_cannot_be_built_is_no_job(
    client: Client, work: Path, requirements: list[str], told: str
) -> None:
    with pytest.raises(BadInput, match=told) as caught:
        client.submit(work / "job.py", requirements=requirements)
    assert [problem.field for problem in caught.value.problems] == ["requirements"]
    assert client.jobs() == [] and client.engine.environments.kept() == []
    assert list(client.engine.home.environments.iterdir()) == []


def test_what_a_killed_builder_leaves_is_built_anew(client: Client, work: Path) -> None:
    home = client.engine.home
    places = [str(home.environments), str(home.local)]
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED, *places], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as builder:
        assert builder.stdout is not None
        said = [builder.stdout.readline() for _ in range(2)]
        assert said[-1] == b"half\n"
        os.kill(builder.pid, signal.SIGKILL)
    (left,) = home.environments.iterdir()
    assert client.engine.environments.kept() == [] and not (left / RECORD).exists()
    job = client.submit(work / "job.py", requirements=["tiny"])
    assert job.record.spec.python == str(left / "bin/python")
    assert job.wait(timeout=60).state == "succeeded"


def test_requirements_and_environment_files_are_read_alike(tmp_path: Path) -> None:
    text = tmp_path / "requirements.txt"
    lines = [
        "\ufeffB>=1.0 ; python_version > '3'\n\n# a\n",
        "a[x] == 2.* \\\n , >1\n",
        "B >= 1.0;python_version>'3'\n",
    ]
    text.write_text("".join(lines))
    assert read_requirements(text) == ('B>=1.0; python_version > "3"', "a[x]==2.*,>1")
    yaml = tmp_path / "environment.yml"
    yaml.write_text("name: x\ndependencies:\n- python=3.11\n- pip\n- pip:\n  - scipy\n  - a~=1.0\n")
    assert read_requirements(str(yaml)) == ("a~=1.0", "scipy")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ERROR: [Errno 28] No space left on device", "no space is left on the disk"),
        ("x: Max retries exceeded with url: /simple/", "the package index cannot be reached"),
        ("error: command 'gcc' failed: No such file", "it needs a compiler"),
        ("ERROR: odd thing at ftp://me:secret@index/simple.", "odd thing at ftp://…@index/simple"),
        ("", "it said nothing"),
    ],
)
def test_pips_words_in_ours(said: str, told: str) -> None:
    assert why(said) == told
