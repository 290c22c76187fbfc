"""What the doctor says of a real cluster, to its administrator and to those with fewer rights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from cluster.accounts import make_account, write_kubeconfig
from cluster.client import Cluster, wait_until
from longboat.backends.kubernetes.api.kinds import PODS, TF_JOBS, TRAIN_JOBS
from longboat.cli.main import run
from longboat.doctor.cluster import examine_cluster
from longboat.doctor.cluster_rights import ALWAYS, OF_ENGINE, OF_VOLUME, OPTIONAL, Rights
from longboat.doctor.finding import Finding
from longboat.spec.cluster import ClusterConfig

Found = dict[str, list[Finding]]


def examined(config: ClusterConfig) -> Found:
    """The findings by their area; each a sentence."""
    found: Found = {}
    for finding in examine_cluster(config):
        assert finding.message.endswith((".", "…")), finding
        assert not finding.message.startswith("This could not be examined"), finding
        found.setdefault(finding.area, []).append(finding)
    return found


@pytest.fixture(scope="module")
def admin(cluster: Cluster, kubeconfig: Path) -> ClusterConfig:
    return ClusterConfig(name="team", kubeconfig=str(kubeconfig), namespace=cluster.namespace)


@pytest.fixture
def account(
    cluster: Cluster, admin: ClusterConfig, tmp_path: Path
) -> Callable[[str, Rights], ClusterConfig]:
    """Make service accounts with such rights and no others."""

    def make(name: str, rights: Rights) -> ClusterConfig:
        rules = [
            {"apiGroups": [kind.group], "resources": [kind.plural], "verbs": list(verbs)}
            for kind, verbs in rights.items()
        ]
        token = make_account(cluster, name, rules)
        path = tmp_path / name
        assert admin.kubeconfig is not None
        write_kubeconfig(path, Path(admin.kubeconfig), token)
        return replace(admin, kubeconfig=str(path))

    return make


def test_an_administrator_finds_a_cluster_that_runs_jobs(
    cluster: Cluster, admin: ClusterConfig
) -> None:
    found = examined(replace(admin, image="localhost/longboat/trainer:test"))
    assert {f.state for area in found if area != "network-policies" for f in found[area]} == {"ok"}
    assert "Kubernetes v" in found["cluster"][0].message
    assert "Kubeflow Trainer (TrainJob) runs jobs" in found["engine"][0].message
    assert found["engine"][1].message == "The controller of Kubeflow Trainer (TrainJob) answers."
    assert cluster.namespace in found["namespace"][0].message
    assert found["quota"][0].message == "No quota limits the namespace."


def test_nothing_is_left_by_looking(cluster: Cluster, admin: ClusterConfig) -> None:
    before = jobs_in(cluster)
    for engine in ("trainjob", "tfjob"):
        examined(replace(admin, engine=engine))
    assert jobs_in(cluster) == before


def jobs_in(cluster: Cluster) -> set[str]:
    """The uids of all jobs in the run's namespace, which other tests leave jobs in."""
    found = set()
    for kind in (TRAIN_JOBS, TF_JOBS):
        group, version = kind.api_version.split("/")
        listed = cluster.custom.list_namespaced_custom_object(
            group, version, cluster.namespace, kind.plural
        )
        found |= {job["metadata"]["uid"] for job in listed["items"]}
    return found


def test_the_training_operator_is_asked_when_it_is_to_run_jobs(admin: ClusterConfig) -> None:
    found = examined(replace(admin, engine="tfjob"))["engine"]
    assert "The training operator (TFJob) runs jobs" in found[0].message
    assert (found[1].state, found[1].message) == (
        "ok",
        "The training operator (TFJob) admits jobs.",
    )


def test_an_account_without_rights_is_told_every_one_that_is_missing(
    cluster: Cluster, account: Callable[[str, Rights], ClusterConfig]
) -> None:
    found = examined(account("powerless", {}))
    needed, *optional = found["rights"]
    assert needed.state == "bad"
    user = f"system:serviceaccount:{cluster.namespace}:powerless"
    assert f"a Role in {cluster.namespace}, bound to {user}: " in needed.fix
    for kind, verbs in {**ALWAYS, **OF_ENGINE[TRAIN_JOBS]}.items():
        name = f"{kind.plural}.{kind.group}" if kind.group else kind.plural
        assert f"{', '.join(verbs)} on {name}" in needed.fix
    assert len(optional) == len(OPTIONAL)
    assert {each.state for each in optional} == {"warn"}
    assert "not known without rights" in found["namespace"][0].message
    assert "not known without rights" in found["network-policies"][0].message
    assert "nodes" not in found and "quota" not in found


@pytest.mark.parametrize(("engine", "kind"), [("trainjob", TRAIN_JOBS), ("tfjob", TF_JOBS)])
def test_the_rights_that_are_listed_are_all_that_is_needed(
    engine: Any, kind: Any, account: Callable[[str, Rights], ClusterConfig]
) -> None:
    config = account(f"enough-{engine}", {**ALWAYS, **OF_ENGINE[kind]})
    found = examined(replace(config, engine=engine))
    assert "You may do all that a job needs" in found["rights"][0].message
    assert found["namespace"][0].state == "ok"
    assert found["engine"][1].state == "ok"


def test_one_right_that_is_missing_is_named_alone(
    account: Callable[[str, Rights], ClusterConfig],
) -> None:
    rights = {**ALWAYS, **OF_ENGINE[TRAIN_JOBS]}
    rights[TRAIN_JOBS] = tuple(verb for verb in rights[TRAIN_JOBS] if verb != "patch")
    found = examined(account("almost", rights))["rights"][0]
    assert found.message.endswith("you may not patch trainjobs.trainer.kubeflow.org.")


def test_who_may_not_read_copies_from_the_volume_is_told(
    account: Callable[[str, Rights], ClusterConfig],
) -> None:
    rights = {**ALWAYS, **OF_ENGINE[TRAIN_JOBS]}
    without = replace(account("no-readers", rights), volume="shared")
    (found,) = (each for each in examined(without)["rights"] if "not fetched" in each.message)
    assert found.state == "warn"
    assert found.message.startswith("You may not create/delete pods: ")
    (found,) = (each for each in examined(without)["rights"] if "stays there" in each.message)
    assert found.message.startswith("You may not create/get/delete jobs.batch: ")
    needed = {kind: verbs for kind, (verbs, _) in OF_VOLUME.items()}
    both = {**rights, **needed, PODS: (*ALWAYS[PODS], *needed[PODS])}
    enough = replace(account("readers", both), volume="shared")
    messages = [each.message for each in examined(enough)["rights"]]
    assert not any("not fetched" in each or "stays there" in each for each in messages)


def test_a_namespace_that_is_missing_is_told(admin: ClusterConfig) -> None:
    (found,) = examined(replace(admin, namespace="absent"))["namespace"]
    assert (found.state, found.message) == ("bad", "There is no namespace absent.")


def test_what_the_configuration_names_and_the_namespace_lacks_is_told(
    admin: ClusterConfig,
) -> None:
    found = examined(
        replace(admin, volume="absent", image_pull_secrets=("login",), service_account="trainer")
    )
    for area, name in (
        ("volume", "absent"),
        ("pull-secrets", "login"),
        ("service-account", "trainer"),
    ):
        (finding,) = found[area]
        assert finding.state == "bad" and f" {name} " in finding.message
    assert found["image"][0].state == "warn"


def test_a_volume_for_one_node_and_one_without_storage_are_told(
    cluster: Cluster, admin: ClusterConfig
) -> None:
    core, namespace = cluster.core, cluster.namespace
    volume = f"{namespace}-doctor"
    asked = {"storageClassName": "", "resources": {"requests": {"storage": "1Mi"}}}
    once = {**asked, "accessModes": ["ReadWriteOnce"]}
    core.create_persistent_volume(
        {
            "metadata": {"name": volume},
            "spec": {
                "capacity": {"storage": "1Mi"},
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "",
                "hostPath": {"path": "/tmp"},
            },
        }
    )
    try:
        for name, spec in (
            ("once", {**once, "volumeName": volume}),
            ("empty", {**once, "volumeName": "absent"}),
        ):
            claim = {"metadata": {"name": name}, "spec": spec}
            core.create_namespaced_persistent_volume_claim(namespace, claim)
        read = core.read_namespaced_persistent_volume_claim
        wait_until(lambda: read("once", namespace).status.phase == "Bound", "the claim")
        (found,) = examined(replace(admin, volume="once"))["volume"]
        assert found.state == "warn" and "one node at a time (ReadWriteOnce)" in found.message
        (found,) = examined(replace(admin, volume="empty"))["volume"]
        assert found.state == "warn" and "no storage behind it yet" in found.message
    finally:
        for name in ("once", "empty"):
            core.delete_namespaced_persistent_volume_claim(name, namespace)
        core.delete_persistent_volume(volume)


def test_a_volume_for_many_nodes_is_well(
    cluster: Cluster, admin: ClusterConfig, volume: str
) -> None:
    read = cluster.core.read_namespaced_persistent_volume_claim
    wait_until(lambda: read(volume, cluster.namespace).status.phase == "Bound", "the claim")
    (found,) = examined(replace(admin, volume=volume))["volume"]
    assert (found.state, found.message) == (
        "ok",
        f"The volume {volume} is there, for many nodes at once.",
    )


def test_a_quota_says_what_is_left(cluster: Cluster, admin: ClusterConfig) -> None:
    core, namespace = cluster.core, cluster.namespace
    hard = {"limits.cpu": "4", "requests.memory": "8Gi", "pods": "0", "services": "3"}
    body = {"metadata": {"name": "doctor"}, "spec": {"hard": hard}}
    core.create_namespaced_resource_quota(namespace, body)
    try:
        read = core.read_namespaced_resource_quota
        wait_until(lambda: read("doctor", namespace).status.used, "the quota's first count")
        (found,) = examined(admin)["quota"]
    finally:
        core.delete_namespaced_resource_quota("doctor", namespace)
    assert found.state == "warn"
    assert "of 4 cores (limits.cpu)" in found.message and "of 8 GiB" in found.message
    assert "services" not in found.message
    assert found.fix.endswith("to raise pods.")


def test_nodes_that_jobs_may_not_use_are_told(admin: ClusterConfig) -> None:
    (found,) = examined(replace(admin, node_selector={"longboat.test/none": "such"}))["nodes"]
    assert found.state == "bad" and "may take jobs" in found.message


def test_a_cluster_that_does_not_answer_is_one_finding(
    admin: ClusterConfig, tmp_path: Path
) -> None:
    assert admin.kubeconfig is not None
    made = yaml.safe_load(Path(admin.kubeconfig).read_text())
    made["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:9"
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(made))
    (found,) = examine_cluster(replace(admin, kubeconfig=str(path)))
    assert (found.area, found.state) == ("cluster", "bad")
    assert "cannot be reached" in found.message
    (found,) = examine_cluster(replace(admin, kubeconfig=str(tmp_path / "absent")))
    assert found.state == "bad" and "cannot be used" in found.message


def test_the_command_examines_a_cluster_by_its_name(
    admin: ClusterConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LONGBOAT_HOME", str(tmp_path))
    file = tmp_path / "clusters.toml"
    table = {"kubeconfig": admin.kubeconfig, "namespace": admin.namespace}
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in table.items()]
    file.write_text("[team]\n" + "".join(lines))
    assert run(["doctor", "--on", "team", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told[0]["area"] == "cluster" and told[0]["state"] == "ok"
    assert run(["doctor", "--on", "absent"]) == 2
    assert "known: local, team" in capsys.readouterr().err
    file.write_text(f'[team]\nkubeconfig = {json.dumps(admin.kubeconfig)}\nnamespace = "absent"\n')
    assert run(["doctor", "--on", "team"]) == 1
    assert "There is no namespace absent." in capsys.readouterr().out
