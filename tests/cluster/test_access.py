"""Access and Watched against a real API server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes
import pytest
from kubernetes.config import incluster_config

from cluster import outages
from cluster.client import Cluster, pod_spec, wait_until
from longboat.backends.kubernetes.api import credentials
from longboat.backends.kubernetes.api.access import Access, Gone, NoLogYet, Refused
from longboat.backends.kubernetes.api.border import Unauthorized, error_of_status
from longboat.backends.kubernetes.api.kinds import (
    ALL_KINDS,
    CONFIG_MAPS,
    NODES,
    POD_LOGS,
    PODS,
    RESOURCE_QUOTAS,
    SECRETS,
    TRAIN_JOBS,
)
from longboat.backends.kubernetes.api.stream import lines_in
from longboat.backends.kubernetes.api.watched import Watched
from longboat.errors import Conflict, NotFound, Unavailable
from longboat.spec.cluster import ClusterConfig

Line = tuple[int, bytes]


@pytest.fixture
def access(cluster: Cluster, kubeconfig: Path) -> Access:
    config = ClusterConfig(name="test", kubeconfig=str(kubeconfig), namespace=cluster.namespace)
    return Access(config)


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": {"of": "access"}}, "data": data}


def test_an_object_is_created_once_changed_and_deleted(access: Access) -> None:
    made = access.create(CONFIG_MAPS, config_map("life", a="1"))
    assert made["metadata"]["uid"]
    with pytest.raises(Conflict, match='"life" already exists'):
        access.create(CONFIG_MAPS, config_map("life"))
    changed = access.patch(CONFIG_MAPS, "life", {"data": {"b": "2", "a": None}})
    assert changed is not None
    assert changed["data"] == {"b": "2"}
    found = access.get(CONFIG_MAPS, "life")
    assert found is not None
    assert found["data"] == {"b": "2"}
    assert access.delete(CONFIG_MAPS, "life") is True
    assert access.delete(CONFIG_MAPS, "life") is False
    assert access.get(CONFIG_MAPS, "life") is None
    assert access.patch(CONFIG_MAPS, "life", {"data": {}}) is None


def test_a_dry_run_says_what_would_be_and_leaves_nothing(access: Access) -> None:
    made = access.create(CONFIG_MAPS, config_map("never"), dry_run=True)
    assert made["metadata"]["namespace"] == access.namespace
    assert access.get(CONFIG_MAPS, "never") is None


def test_objects_are_listed_by_label_and_field_in_pages(access: Access) -> None:
    names = [f"listed-{number}" for number in range(5)]
    for name in names:
        access.create(CONFIG_MAPS, config_map(name))
    items, version = access.list(CONFIG_MAPS, labels="of=access", page=2)
    assert [item["metadata"]["name"] for item in items] == names
    assert int(version) >= max(int(item["metadata"]["resourceVersion"]) for item in items)
    field = "metadata.name=listed-3"
    assert len(access.list(CONFIG_MAPS, fields=field).items) == 1
    for name in names:
        access.delete(CONFIG_MAPS, name)


def test_what_the_server_will_never_take_is_refused_with_its_reasons(access: Access) -> None:
    with pytest.raises(Refused, match=r"spec\.containers: Required value") as refusal:
        access.create(PODS, {"metadata": {"name": "empty"}, "spec": {}})
    assert (refusal.value.status, refusal.value.reason) == (422, "Invalid")
    assert refusal.value.details["causes"][0]["field"] == "spec.containers"


def test_the_clusters_kinds_and_our_rights_are_known(access: Access) -> None:
    assert access.offers() == frozenset(ALL_KINDS)
    assert access.allowed("create", TRAIN_JOBS)
    assert access.allowed("list", NODES)
    assert access.allowed("get", POD_LOGS)


def test_a_namespace_that_is_being_deleted_is_told_apart(
    cluster: Cluster, kubeconfig: Path
) -> None:
    namespace = f"{cluster.namespace}-ending"
    cluster.core.create_namespace({"metadata": {"name": namespace}})
    access = Access(ClusterConfig(name="t", kubeconfig=str(kubeconfig), namespace=namespace))
    held = {"metadata": {"name": "held", "finalizers": ["longboat.dev/test"]}}
    access.create(CONFIG_MAPS, held)
    cluster.core.delete_namespace(namespace)
    try:
        with pytest.raises(Refused) as refusal:
            access.create(CONFIG_MAPS, config_map("late"))
        assert refusal.value.namespace_terminating
    finally:
        access.patch(CONFIG_MAPS, "held", {"metadata": {"finalizers": None}})
    wait_until(lambda: access.get(CONFIG_MAPS, "held") is None, "the end of the namespace")


def test_a_namespace_that_is_not_there_is_told(kubeconfig: Path) -> None:
    config = ClusterConfig(name="t", kubeconfig=str(kubeconfig), namespace="longboat-test-nowhere")
    with pytest.raises(Refused, match='namespaces "longboat-test-nowhere" not found'):
        Access(config).create(CONFIG_MAPS, config_map("x"))


def test_a_full_quota_refuses(cluster: Cluster, access: Access) -> None:
    quota = {"metadata": {"name": "few"}, "spec": {"hard": {"secrets": "0"}}}
    access.create(RESOURCE_QUOTAS, quota)

    def refused() -> Refused | None:
        try:
            access.create(SECRETS, {"metadata": {"name": "much"}}, dry_run=True)
        except Refused as error:
            return error
        return None

    try:
        assert "exceeded quota: few" in wait_until(refused, "the quota").message
    finally:
        access.delete(RESOURCE_QUOTAS, "few")


# --- logs

# Not in it: a carriage return before a newline, which containerd takes away.
BYTES = """
import sys
out = sys.stdout.buffer
out.write(bytes(range(256)) + b"\\n\\n\\rx\\r\\0\\n" + b"x" * 100_000 + b"\\nno newline")
"""
WRITTEN = bytes(range(256)) + b"\n\n\rx\r\0\n" + b"x" * 100_000 + b"\nno newline"
SLOWLY = """
import time
for number in range(4):
    print(number, flush=True)
    time.sleep(0.7)
"""


def run(cluster: Cluster, image: str, name: str, program: str) -> None:
    cluster.run_pod(name, image, ["python3", "-c", program])


def read(access: Access, pod: str, **options: Any) -> list[Line]:
    return list(access.log_lines(pod, **options))


def test_a_log_is_given_byte_for_byte(cluster: Cluster, access: Access, python_image: str) -> None:
    run(cluster, python_image, "bytes", BYTES)
    cluster.finished("bytes")
    lines = read(access, "bytes", follow=False)
    assert b"".join(text for _, text in lines) == WRITTEN
    assert all(text.count(b"\n") == 1 for _, text in lines[:-1])
    assert [at for at, _ in lines] == sorted(at for at, _ in lines)
    assert abs(time.time() - lines[0][0] / 1e9) < 60
    assert read(access, "bytes") == lines


def test_a_log_is_followed_to_its_end_and_resumed_anywhere(
    cluster: Cluster, access: Access, python_image: str
) -> None:
    run(cluster, python_image, "slowly", SLOWLY)
    wait_until(lambda: cluster.phase("slowly") != "Pending", "the start of the pod")
    lines = []
    for at, text in access.log_lines("slowly"):
        if text == b"0\n":
            assert cluster.phase("slowly") == "Running"
        lines.append((at, text))
    assert [text for _, text in lines] == [b"0\n", b"1\n", b"2\n", b"3\n"]
    for start, (at, _) in enumerate(lines):
        assert read(access, "slowly", since_ns=at) == lines[start:]
        assert read(access, "slowly", since_ns=at + 1) == lines[start + 1 :]


def test_a_container_that_has_not_started_has_no_log_yet(
    cluster: Cluster, access: Access, python_image: str
) -> None:
    spec = pod_spec("localhost/longboat/none:test", ["true"])
    spec["containers"][0]["imagePullPolicy"] = "Never"
    cluster.create_pod("waiting", spec)

    def told() -> str | None:
        try:
            assert read(access, "waiting") == []  # until it has a node
        except NoLogYet as error:
            return str(error)
        return None

    assert "waiting to start" in wait_until(told, "the node's word")
    access.delete(PODS, "waiting")


def test_the_log_of_a_pod_that_is_not_there_is_not_found(access: Access) -> None:
    with pytest.raises(NotFound, match='pods "nobody" not found'):
        access.log_lines("nobody")


# --- credentials


class Account:
    """A service account that may list ConfigMaps, and a kubeconfig with a token of it."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster = cluster
        self.token = folder / "token"
        settings = cluster.core.api_client.configuration
        content = {
            "clusters": [{"name": "c", "cluster": {"server": settings.host}}],
            "users": [{"name": "u", "user": {"tokenFile": str(self.token)}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        content["clusters"][0]["cluster"]["certificate-authority"] = settings.ssl_ca_cert
        (folder / "kubeconfig").write_text(json.dumps(content))
        self.config = ClusterConfig(
            name="test", kubeconfig=str(folder / "kubeconfig"), namespace=cluster.namespace
        )
        rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list", "watch"]}]
        rights = kubernetes.client.RbacAuthorizationV1Api(cluster.core.api_client)
        role = {"metadata": {"name": "lister"}, "rules": rules}
        rights.create_namespaced_role(cluster.namespace, role)
        subject = {"kind": "ServiceAccount", "name": "lister", "namespace": cluster.namespace}
        binding = {
            "metadata": {"name": "lister"},
            "roleRef": {"kind": "Role", "name": "lister", "apiGroup": "rbac.authorization.k8s.io"},
            "subjects": [subject],
        }
        rights.create_namespaced_role_binding(cluster.namespace, binding)
        self.create()

    def create(self) -> None:
        account = {"metadata": {"name": "lister"}}
        self._cluster.core.create_namespaced_service_account(self._cluster.namespace, account)

    def delete(self) -> None:
        """Its tokens are worth nothing any more, also when one of that name is made again."""
        self._cluster.core.delete_namespaced_service_account("lister", self._cluster.namespace)

    def renew(self) -> None:
        """Write a new token to the file, with a newline as editors do."""
        asked = {"spec": {"audiences": [], "expirationSeconds": 3600}}
        made = self._cluster.core.create_namespaced_service_account_token(
            "lister", self._cluster.namespace, asked
        )
        self.token.write_text(made.status.token + "\n")


@pytest.fixture(scope="module")
def account(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    return Account(cluster, tmp_path_factory.mktemp("account"))


def test_what_the_rules_forbid_is_refused(account: Account) -> None:
    account.renew()
    access = Access(account.config)
    wait_until(lambda: access.allowed("list", CONFIG_MAPS), "the rights")
    assert not access.allowed("list", SECRETS)
    with pytest.raises(Refused, match="cannot list resource") as refusal:
        access.list(SECRETS)
    assert (refusal.value.status, refusal.value.reason) == (403, "Forbidden")
    assert not refusal.value.namespace_terminating


def test_a_revoked_token_is_told_and_a_new_one_is_taken_up(account: Account) -> None:
    account.renew()
    access = Access(account.config)
    watched = Watched(access, CONFIG_MAPS, "", lambda: None, watch_seconds=1)
    assert watched.wait_synced(10)
    account.delete()

    def told() -> str | None:
        try:
            access.list(CONFIG_MAPS)
        except Unauthorized as error:
            return str(error)
        return None

    # The server goes on for some seconds with what it knew of the token.
    assert "log in again" in wait_until(told, "the end of the token")
    wait_until(lambda: isinstance(watched.trouble, Unauthorized), "the end of the watch")
    account.create()
    account.renew()
    assert access.list(CONFIG_MAPS).items
    wait_until(lambda: watched.stale_since is None, "the watch with the new token")
    watched.close()


def test_without_credentials_the_server_is_not_said_to_refuse(
    account: Account, tmp_path: Path
) -> None:
    assert account.config.kubeconfig is not None
    content = json.loads(Path(account.config.kubeconfig).read_text())
    content["users"] = []
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(content))
    with pytest.raises(Unauthorized, match="log in again"):
        Access(ClusterConfig(name="test", kubeconfig=str(path))).list(PODS)


def test_in_a_pod_its_service_account_would_be_used(
    account: Account, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.renew()
    settings = cluster.core.api_client.configuration
    server = urlsplit(settings.host)
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(account.token))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", settings.ssl_ca_cert)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", str(server.hostname))
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(server.port or 443))
    namespace = account.token.with_name("namespace")
    namespace.write_text(cluster.namespace)
    monkeypatch.setattr(credentials, "_OWN_NAMESPACE", namespace)
    access = Access(ClusterConfig(name="test", in_cluster=True))
    assert wait_until(lambda: access.list(CONFIG_MAPS).items, "the rights")
    assert access.namespace == cluster.namespace


# --- watching


def names(watched: Watched) -> set[str]:
    return {name for name in watched.objects() if name != "kube-root-ca.crt"}


def test_changes_are_seen_as_they_come(access: Access) -> None:
    access.create(CONFIG_MAPS, config_map("early"))
    watched = Watched(access, CONFIG_MAPS, "of=access", lambda: None)
    assert watched.wait_synced(10)
    assert names(watched) == {"early"}
    access.create(CONFIG_MAPS, config_map("later"))
    wait_until(lambda: names(watched) == {"early", "later"}, "the new object", seconds=5)
    access.patch(CONFIG_MAPS, "later", {"data": {"x": "1"}})
    seen = wait_until(lambda: watched.objects()["later"].get("data"), "the change", seconds=5)
    assert seen == {"x": "1"}
    access.delete(CONFIG_MAPS, "early")
    access.delete(CONFIG_MAPS, "later")
    wait_until(lambda: not names(watched), "the deletion", seconds=5)
    assert watched.stale_since is None
    watched.close()


@pytest.mark.own_cluster
def test_a_watch_outlives_a_restart_of_the_api_server_and_forgotten_history(
    access: Access,
) -> None:
    access.create(CONFIG_MAPS, config_map("before"))
    watched = Watched(access, CONFIG_MAPS, "of=access", lambda: None)
    assert watched.wait_synced(10)
    with outages.without_api_server():
        wait_until(lambda: watched.stale_since, "the loss of contact", seconds=5)
        with pytest.raises(Unavailable, match="cannot be reached"):
            access.get(CONFIG_MAPS, "before")
        assert names(watched) == {"before"}
        outages.compact_etcd()
    access.create(CONFIG_MAPS, config_map("after"))
    access.delete(CONFIG_MAPS, "before")
    wait_until(lambda: names(watched) == {"after"}, "what happened since", seconds=15)
    wait_until(lambda: watched.stale_since is None, "contact", seconds=5)
    with pytest.raises(Gone):
        watch_from(access, "1")
    access.delete(CONFIG_MAPS, "after")
    watched.close()


def watch_from(access: Access, version: str) -> None:
    """Raise what a watch from this version comes to, whichever of its two ways the server takes."""
    stream = access.watch(CONFIG_MAPS, labels="", version=version, seconds=5)
    (first, *_) = next(lines_in(stream))
    raise error_of_status(json.loads(first)["object"], "watch", "test")
