"""The role that is shipped for users: enough for every job, and taken away in the middle of one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.accounts import give_rights, make_account, rules_of_role, take_rights, write_kubeconfig
from cluster.client import Cluster, wait_until
from cluster.homes import ENGINES, home_of, succeeded, write_clusters
from longboat.api import Client

SMALL = {"cpu": 0.1, "memory": "128M"}
SCRIPT = """\
import time
import longboat
while longboat.params(wait=False).wait:
    time.sleep(1)
"""


@pytest.fixture
def account() -> str:
    """The name of a service account, and of its role and binding."""
    return f"user-{secrets.token_hex(4)}"


@pytest.fixture
def client(
    tmp_path: Path, cluster: Cluster, kubeconfig: Path, python_image: str, account: str
) -> Iterator[Client]:
    """A person with that role."""
    token = make_account(cluster, account, rules_of_role())
    write_kubeconfig(tmp_path / "kubeconfig", kubeconfig, token)
    write_clusters(tmp_path / "home", cluster, tmp_path / "kubeconfig", python_image)
    with home_of(tmp_path / "home") as client:
        yield client


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "sources" / "script.py"
    path.parent.mkdir()
    path.write_text(SCRIPT)
    return path


@pytest.mark.parametrize("engine", ENGINES)
def test_the_role_is_enough(client: Client, script: Path, engine: str) -> None:
    job = succeeded(client.submit(script, backend=engine, workers=2, **SMALL))
    wait_until(lambda: job.status.settled, "its objects are deleted with the same rights")


@pytest.mark.parametrize("engine", ENGINES)
def test_rights_are_taken_away_and_given_back(
    client: Client, script: Path, engine: str, cluster: Cluster, account: str
) -> None:
    """A job that cannot be looked at is not declared ended; what was asked is done later."""
    job = client.submit(script, backend=engine, parameters={"wait": True}, **SMALL)
    wait_until(lambda: job.status.state == "running", "the job runs")
    take_rights(cluster, account)
    job.stop()
    with pytest.raises(TimeoutError):
        job.wait(timeout=4)
    give_rights(cluster, account)
    assert job.wait(timeout=120).state == "stopped"
