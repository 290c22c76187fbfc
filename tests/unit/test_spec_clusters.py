"""clusters.toml: what is in it, and every mistake at once with its file, table and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longboat.errors import BadInput
from longboat.spec.cluster import ClusterConfig
from longboat.spec.cluster_keys import KEYS
from longboat.spec.clusters import clusters_file, read_clusters

FULL = """\
[lab]

[prod-2]
kubeconfig = "/etc/longboat/kubeconfig"
context = "prod"
namespace = "ml-team"
image = "registry.example.org/team/trainer:1.0"
engine = "tfjob"
volume = "shared"
fs_group = 1000
gpu_resource = "amd.com/gpu"
queue = "team-queue"
image_pull_secrets = ["registry"]
service_account = "trainer"
elastic = true
tolerations = [{ key = "gpu", operator = "Exists", effect = "NoSchedule", tolerationSeconds = 5 }]

[prod-2.node_selector]
pool = "gpu"

[here]
in_cluster = true
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clusters.toml"


def mistakes(path: Path, text: str) -> dict[str, str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_clusters(path)
    assert all(str(path) in problem.message for problem in caught.value.problems)
    return {problem.field: problem.message for problem in caught.value.problems}


def test_no_file_is_no_cluster(path: Path) -> None:
    assert read_clusters(path) == {}
    path.touch()
    assert read_clusters(path) == {}


def test_every_key_is_read_and_a_table_may_be_empty(path: Path) -> None:
    path.write_text(FULL)
    assert read_clusters(path) == {
        "lab": ClusterConfig(name="lab"),
        "prod-2": ClusterConfig(
            name="prod-2",
            kubeconfig="/etc/longboat/kubeconfig",
            context="prod",
            namespace="ml-team",
            image="registry.example.org/team/trainer:1.0",
            engine="tfjob",
            volume="shared",
            fs_group=1000,
            node_selector={"pool": "gpu"},
            tolerations=(
                {
                    "key": "gpu",
                    "operator": "Exists",
                    "effect": "NoSchedule",
                    "tolerationSeconds": 5,
                },
            ),
            gpu_resource="amd.com/gpu",
            queue="team-queue",
            image_pull_secrets=("registry",),
            service_account="trainer",
            elastic=True,
        ),
        "here": ClusterConfig(name="here", in_cluster=True),
    }
    written = {line.partition(" =")[0] for line in FULL.splitlines() if " = " in line}
    assert written - {"pool"} | {"node_selector"} == set(KEYS)


def test_a_kubeconfig_is_found_from_where_the_file_is(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", "/home/of/a/person")
    path.write_text('[a]\nkubeconfig = "kube/config"\n[b]\nkubeconfig = "~/.kube/other"\n')
    monkeypatch.chdir(tmp_path)
    for named in (path, Path(path.name)):
        found = read_clusters(named)
        assert found["a"].kubeconfig == str(tmp_path / "kube/config")
        assert found["b"].kubeconfig == "/home/of/a/person/.kube/other"


def test_the_environment_names_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LONGBOAT_CLUSTERS", raising=False)
    assert clusters_file(tmp_path) == tmp_path / "clusters.toml"
    monkeypatch.setenv("LONGBOAT_CLUSTERS", "/etc/longboat/clusters.toml")
    assert clusters_file(tmp_path) == Path("/etc/longboat/clusters.toml")


@pytest.mark.parametrize(
    ("line", "field", "sentence"),
    [
        ('picture = "x"', "picture", "no such key; choose among kubeconfig, context, "),
        ('name = "other"', "name", "no such key"),
        ("image = 5", "image", '5 cannot be used: give a text, such as "example"'),
        ('image = ""', "image", "is empty"),
        ('image = "Team/Trainer"', "image", "is not an image: write it like registry"),
        ('context = ""', "context", "is empty; give a value or leave the key out"),
        ('engine = "pytorchjob"', "engine", 'give "trainjob" or "tfjob"'),
        ('elastic = "yes"', "elastic", "give true or false"),
        ("in_cluster = 1", "in_cluster", "give true or false"),
        ('fs_group = "1000"', "fs_group", "give a whole number"),
        ("fs_group = true", "fs_group", "give a whole number"),
        ("fs_group = -1", "fs_group", "not the number of a group"),
        ('namespace = "Team"', "namespace", "cannot be the name of a namespace"),
        ('namespace = "a.b"', "namespace", "letters, digits and hyphens, begins"),
        (f'namespace = "{"n" * 64}"', "namespace", "at most 63 characters"),
        ('volume = "my_claim"', "volume", "cannot be the name of a volume claim"),
        ('queue = "-q"', "queue", "cannot be the name of a queue"),
        ('service_account = "A"', "service_account", "cannot be the name of a service account"),
        ('gpu_resource = "gpu"', "gpu_resource", "write it like nvidia.com/gpu"),
        ('image_pull_secrets = "one"', "image_pull_secrets", "give a list of texts"),
        ('image_pull_secrets = ["a_b"]', "image_pull_secrets", "cannot be the name of a Secret"),
        ("node_selector = { gpu = true }", "node_selector", "give texts by name"),
        ('tolerations = ["gpu"]', "tolerations", "give a list of tables"),
        ('tolerations = [{ efect = "x" }]', "tolerations", "it has key, operator, value, effect"),
        ("kubeconfig = 1979-05-27", "kubeconfig", "give a text"),
        ('in_cluster = true\ncontext = "c"', "context", "Leave out context or in_cluster"),
    ],
)
def test_a_mistake_names_its_key_and_says_what_to_write(
    path: Path, line: str, field: str, sentence: str
) -> None:
    told = mistakes(path, f"[lab]\n{line}\n")
    assert list(told) == [f"clusters.lab.{field}"]
    assert sentence in told[f"clusters.lab.{field}"]
    assert "[lab]" in told[f"clusters.lab.{field}"]


@pytest.mark.parametrize("name", ["local", "Lab", "2nd", "a_b", "lab-", "'a.b'", "a" * 41, "''"])
def test_a_table_is_named_like_what_follows_on(path: Path, name: str) -> None:
    (told,) = mistakes(path, f"[{name}]\n").values()
    assert "cannot be the name of a cluster" in told


def test_what_is_no_table_and_what_is_no_toml(path: Path) -> None:
    assert "outside of a table" in mistakes(path, 'image = "x"\n')["clusters.image"]
    assert "is not TOML" in mistakes(path, "[lab\n")["clusters"]
    path.write_bytes(b"[lab]\nimage = '\xff'\n")
    with pytest.raises(BadInput, match="is not TOML"):
        read_clusters(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        read_clusters(path)


def test_all_mistakes_of_all_tables_are_told_at_once(path: Path) -> None:
    text = "[local]\n[lab]\nimage = 5\npicture = 1\n[prod]\nelastic = 0\n[good]\n"
    assert sorted(mistakes(path, text)) == [
        "clusters.lab.image",
        "clusters.lab.picture",
        "clusters.local",
        "clusters.prod.elastic",
    ]


values = st.recursive(
    st.text(max_size=5) | st.integers() | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(st.sampled_from(KEYS), values)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_written_is_read_or_told(path: Path, key: str, value: Any) -> None:
    path.write_text(f"[lab]\n{key} = {toml(value)}\n", encoding="utf-8")
    try:
        found = read_clusters(path)["lab"]
    except BadInput as error:
        assert [problem.field for problem in error.problems] == [f"clusters.lab.{key}"]
    else:
        assert type(found) is ClusterConfig


def toml(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08X}" for c in value) + '"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + "}"
    return str(value)
