"""A folder that is too much for Secrets runs on the cluster all the same, by the shared volume."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster.client import Cluster, wait_until
from cluster.homes import ENGINES, kill, processes_of, succeeded
from longboat.api import Client, Job
from longboat.backends.kubernetes.erasures import ErasureNotes
from longboat.backends.kubernetes.objects.render_errand import ERRAND

READS = """\
import hashlib, json, os, pathlib
print("code", json.loads(pathlib.Path("/longboat/job/order.json").read_text())["code"])
print("digest", hashlib.sha256(pathlib.Path("noise.bin").read_bytes()).hexdigest())
print("kept", *sorted(os.listdir("/longboat/volume/code")))
"""


@pytest.fixture
def client(client_with_volume: Client) -> Client:
    return client_with_volume


@pytest.fixture
def noise() -> bytes:
    """What nothing packs, and no other test has brought."""
    return os.urandom(24 << 20)


@pytest.fixture
def submit(client: Client, tmp_path: Path, noise: bytes) -> Callable[..., Job]:
    """Submit a job of two workers with much beside it, or with nothing."""

    def make(engine: str, beside: bytes = noise) -> Job:
        folder = tmp_path / ("much" if beside else "little")
        folder.mkdir(exist_ok=True)
        (folder / "reads.py").write_text(READS)
        (folder / "noise.bin").write_bytes(beside)
        return client.submit(folder / "reads.py", backend=engine, workers=2, cpu=0.2, memory="128M")

    return make


@pytest.fixture
def digests(noise: bytes) -> list[str]:
    """What both of its workers must print."""
    return [hashlib.sha256(noise).hexdigest()] * 2


def said(job: Job, word: str) -> list[str]:
    """What each worker printed after a word."""
    logs = sorted(job.directory.glob("attempts/1/*/log"))
    lines = [line for log in logs for line in log.read_text().splitlines()]
    return [line.partition(" ")[2] for line in lines if line.startswith(word)]


def errands_left(cluster: Cluster) -> list[str]:
    return cluster.pods(f"{ERRAND}=code")


@pytest.mark.parametrize("engine", ENGINES)
def test_every_replica_has_all_of_it(
    submit: Callable[..., Job], engine: str, cluster: Cluster, digests: list[str]
) -> None:
    job = submit(engine)
    told = wait_until(lambda: job.status.reason == "bringing-code" and job.status, "it is said")
    assert told.message.startswith("The job's files are being brought to the volume ")
    succeeded(job)
    assert said(job, "digest") == digests
    wait_until(lambda: not errands_left(cluster), "nothing is left of what brought it")


def test_a_steward_that_is_killed_meanwhile_is_followed_by_one_who_goes_on(
    client: Client, submit: Callable[..., Job], digests: list[str]
) -> None:
    job = submit(ENGINES[0])
    wait_until(lambda: "MiB of" in job.status.message, "a part of it is there")
    kill(wait_until(lambda: processes_of(client, "longboat.steward"), "a steward"))
    client.engine.revive()
    succeeded(job)
    assert said(job, "digest") == digests


def test_it_goes_with_the_last_job_that_needs_it(
    client: Client, submit: Callable[..., Job], digests: list[str]
) -> None:
    first = succeeded(submit(ENGINES[0]))
    code = said(first, "code")[0] + ".tar.gz"
    assert code in kept(first)
    second = succeeded(first.again())
    assert said(second, "digest") == digests
    remove(client, first)
    assert code in kept(succeeded(submit(ENGINES[0], b"")))
    remove(client, second)
    assert code not in kept(succeeded(submit(ENGINES[0], b"")))


def kept(job: Job) -> set[str]:
    """What code a job has seen on the volume."""
    return {name for name in said(job, "kept")[0].split() if name.endswith(".tar.gz")}


def remove(client: Client, job: Job) -> None:
    job.remove()
    notes = ErasureNotes(client.engine.home, ENGINES[0])
    wait_until(lambda: not list(notes.jobs()), "what it had on the volume is gone")
