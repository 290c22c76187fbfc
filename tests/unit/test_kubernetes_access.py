"""Access against a small HTTP server: what it asks, its credentials, and when they are read."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from kubernetes.config import incluster_config
from kubernetes_server import PODS, Server, serving, write_kubeconfig

from longboat.backends.kubernetes.api import connection, credentials
from longboat.backends.kubernetes.api.access import Access, Refused
from longboat.backends.kubernetes.api.border import TimedOut, Unauthorized, Unreachable
from longboat.backends.kubernetes.api.kinds import (
    ALL_KINDS,
    CONFIG_MAPS,
    NODES,
    POD_LOGS,
    SECRETS,
    TRAIN_JOBS,
)
from longboat.backends.kubernetes.api.kinds import PODS as POD
from longboat.errors import NotFound, Unavailable
from longboat.spec.cluster import ClusterConfig


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def access(server: Server, tmp_path: Path) -> Access:
    return Access(server.kubeconfig(tmp_path))


def test_paths_are_those_of_the_api() -> None:
    assert POD.path("ns") == "/api/v1/namespaces/ns/pods"
    assert POD_LOGS.path("ns", "p") == "/api/v1/namespaces/ns/pods/p/log"
    assert NODES.path("ns", "n") == "/api/v1/nodes/n"
    assert TRAIN_JOBS.path("ns", "j") == (
        "/apis/trainer.kubeflow.org/v1alpha1/namespaces/ns/trainjobs/j"
    )
    assert POD.path("ns", "../x") == "/api/v1/namespaces/ns/pods/..%2Fx"
    assert len({kind[:2] for kind in ALL_KINDS}) == len(ALL_KINDS)


def test_absence_is_an_answer(access: Access) -> None:
    assert access.get(POD, "x") is None
    assert access.patch(POD, "x", {}) is None
    assert access.delete(POD, "x") is False
    with pytest.raises(NotFound):
        access.list(SECRETS)
    with pytest.raises(Refused) as refusal:
        access.create(CONFIG_MAPS, {"metadata": {"name": "x"}})
    assert refusal.value.status == 404


def test_what_is_created_names_its_kind_and_dry_runs_say_so(server: Server, access: Access) -> None:
    server.replies["POST", PODS] = (201, b'{"metadata": {"name": "x"}}')
    made = access.create(POD, {"metadata": {"name": "x"}}, dry_run=True)
    assert made == {"metadata": {"name": "x"}}
    assert server.bodies == [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}]
    assert server.requests[-1][2] == {"dryRun": "All"}


def test_a_redirect_or_a_web_page_is_no_api_server(server: Server, access: Access) -> None:
    server.replies["GET", PODS] = (200, b"<html>Please log in</html>")
    with pytest.raises(Unavailable, match="login page"):
        access.list(POD)
    server.replies["GET", PODS] = (302, b"")
    with pytest.raises(Unavailable, match="HTTP 302: Found"):
        access.list(POD)


def test_a_refused_connection_is_told_with_what_to_look_at(server: Server, access: Access) -> None:
    server.stop()
    with pytest.raises(Unreachable, match=r"cluster tiny cannot be reached \(.*refused.*VPN"):
        access.list(POD)


def test_a_server_that_does_not_answer_is_waited_for_no_longer_than_allowed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "READ_SECONDS", 0.2)
    server.frozen = True
    query = {"watch": "true", "resourceVersion": 0, "timeoutSeconds": 60}
    silent = connection.Request("watch pods", "GET", PODS, query)
    with pytest.raises(TimedOut, match="too long"):
        connection.Connection(server.kubeconfig(tmp_path)).call(silent)


def test_a_server_that_has_moved_is_found_by_the_changed_kubeconfig(
    server: Server, access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TRUST_SECONDS", 0.0)
    assert access.list(POD).items == []
    server.stop()
    with serving() as moved:
        moved.kubeconfig(tmp_path)
        with pytest.raises(Unreachable):
            access.list(POD)
        assert access.list(POD).items == []


# --- credentials


def test_a_token_that_was_replaced_is_read_again_before_anything_fails(
    server: Server, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")
    server.token = "first"
    access = Access(server.kubeconfig(tmp_path, tokenFile=str(token)))
    access.list(POD)
    token.write_text("second\n")
    server.token = "second"
    access.list(POD)
    server.token = "third"
    before = len(server.requests)
    with pytest.raises(Unauthorized, match="log in again"):
        access.list(POD)
    assert len(server.requests) - before == 2


def test_many_threads_share_one_access_while_the_token_is_replaced(
    server: Server, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("first")
    server.token = "first"
    access = Access(server.kubeconfig(tmp_path, tokenFile=str(token)))
    access.list(POD)
    token.write_text("second")
    server.token = "second"
    with ThreadPoolExecutor(16) as pool:
        listings = [pool.submit(access.list, POD) for _ in range(64)]
        assert all(each.result().items == [] for each in listings)


def test_a_credential_plugin_is_asked_again_when_its_token_is_refused(
    server: Server, tmp_path: Path
) -> None:
    plugin, token = tmp_path / "plugin", tmp_path / "token"
    plugin.write_text(PLUGIN.format(python=sys.executable, token=str(token)))
    plugin.chmod(stat.S_IRWXU)
    server.token = "first"
    token.write_text("first")
    asked = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin)}
    access = Access(server.kubeconfig(tmp_path, exec=asked))
    access.list(POD)
    server.token = "second"
    token.write_text("second")
    access.list(POD)


PLUGIN = """\
#!{python}
import json
status = {{"token": open("{token}").read()}}
version = "client.authentication.k8s.io/v1"
print(json.dumps({{"apiVersion": version, "kind": "ExecCredential", "status": status}}))
"""


def test_a_token_that_cannot_be_one_is_not_shown(server: Server, tmp_path: Path) -> None:
    access = Access(server.kubeconfig(tmp_path, token="sec\nret"))
    with pytest.raises(Unauthorized) as error:
        access.list(POD)
    chain = [error.value, error.value.__cause__, error.value.__context__]
    assert not any("ret" in str(each).replace("characters", "") for each in chain if each)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", "7", "apiVersion: v1", '{"contexts": 3, "current-context": "x"}'],
)
def test_a_kubeconfig_that_cannot_be_used_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(content)
    with pytest.raises(Unavailable) as error:
        Access(ClusterConfig(name="tiny", kubeconfig=str(path))).list(POD)
    assert str(path) in str(error.value)
    assert "clusters.toml" in str(error.value)


def test_a_kubeconfig_that_is_missing_and_a_context_that_is_not_there_are_named(
    server: Server, tmp_path: Path
) -> None:
    config = server.kubeconfig(tmp_path)
    missing = ClusterConfig(name="tiny", kubeconfig=str(tmp_path / "none"))
    with pytest.raises(Unavailable, match=r"none cannot be used"):
        Access(missing).list(POD)
    elsewhere = ClusterConfig(name="tiny", kubeconfig=config.kubeconfig, context="elsewhere")
    with pytest.raises(Unavailable, match=r"context elsewhere cannot be used"):
        Access(elsewhere).list(POD)


def test_out_of_a_cluster_there_is_no_service_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(Unavailable, match="service account of this pod cannot be used"):
        Access(ClusterConfig(name="tiny", in_cluster=True)).list(POD)


def test_in_a_pod_its_service_account_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, authority, namespace = (tmp_path / name for name in ("token", "ca.crt", "namespace"))
    token.write_text("a-token\n")
    authority.write_text("a certificate\n")
    namespace.write_text("pods\n")
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(token))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(authority))
    monkeypatch.setattr(credentials, "_OWN_NAMESPACE", namespace)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "1")
    settings, where = credentials.read_configuration(ClusterConfig(name="tiny", in_cluster=True))
    assert (settings.host, where) == ("https://127.0.0.1:1", "pods")
    assert settings.api_key["BearerToken"] == "bearer a-token\n"
    assert Access(ClusterConfig(name="tiny", in_cluster=True, namespace="ours")).namespace == "ours"


def test_the_namespace_is_the_configurations_else_the_contexts_else_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kubeconfig"
    write_kubeconfig(path, {"server": "http://127.0.0.1:1"}, {}, namespace="contexts")
    monkeypatch.setenv("KUBECONFIG", str(path))
    assert Access(ClusterConfig(name="tiny", namespace="ours")).namespace == "ours"
    assert Access(ClusterConfig(name="tiny")).namespace == "contexts"
    assert Access(ClusterConfig(name="tiny", context="here")).namespace == "contexts"
    write_kubeconfig(path, {"server": "http://127.0.0.1:1"}, {})
    assert Access(ClusterConfig(name="tiny")).namespace == "default"


def test_making_an_access_imports_and_reads_nothing(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from longboat.backends.kubernetes.api.access import Access\n"
        "from longboat.backends.kubernetes.api.watched import Watched\n"
        "from longboat.spec.cluster import ClusterConfig\n"
        "Access(ClusterConfig(name='tiny', kubeconfig='/nowhere'))\n"
        "print([name for name in ('kubernetes', 'urllib3', 'yaml') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
