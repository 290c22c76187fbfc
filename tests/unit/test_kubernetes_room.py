"""What nodes can hold: read from their objects, and compared with what a job asks for."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from longboat.backends.kubernetes.diagnosis.quantity import parse_quantity, quantity_or_zero
from longboat.backends.kubernetes.diagnosis.room import Room, node_room, problems_of_room
from longboat.errors import Problem
from longboat.spec.cluster import ClusterConfig
from longboat.spec.job import JobSpec, Resources

GIB = 1 << 30
CONFIG = ClusterConfig(name="team")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("100m", Fraction(1, 10)),
        ("1.5Gi", Fraction(3 * GIB, 2)),
        ("128974848", Fraction(128974848)),
        ("1e3", Fraction(1000)),
        ("1E3", Fraction(1000)),
        ("1E", Fraction(10**18)),
        ("12e-1", Fraction(6, 5)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("-2k", Fraction(-2000)),
        ("7u", Fraction(7, 10**6)),
        ("24632896Ki", Fraction(24632896 * 1024)),
        (2, Fraction(2)),
    ],
)
def test_a_quantity_is_read_exactly(text: object, amount: Fraction) -> None:
    assert parse_quantity(text) == amount


@pytest.mark.parametrize("text", ["", "Gi", "1 Gi", "1gi", "1ki", "0x1", "1e", "1KI", "--1", None])
def test_what_is_no_quantity_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="not a quantity"):
        parse_quantity(text)
    assert quantity_or_zero(text) == 0


@given(st.integers(0, 10**15), st.sampled_from(["m", "", "k", "Mi", "Gi", "T"]))
def test_a_larger_number_of_the_same_unit_is_a_larger_quantity(number: int, unit: str) -> None:
    assert parse_quantity(f"{number}{unit}") < parse_quantity(f"{number + 1}{unit}")
    assert parse_quantity(f"{number}.0{unit}") == parse_quantity(f"{number}{unit}")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    assert isinstance(quantity_or_zero(text), Fraction)


def node(
    cpu: str = "4", memory: str = "16Gi", gpu: str = "0", labels: Any = None, *taints: Any
) -> dict[str, Any]:
    allocatable = {"cpu": cpu, "memory": memory, "nvidia.com/gpu": gpu}
    return {
        "metadata": {"labels": labels or {}},
        "spec": {"taints": list(taints)},
        "status": {"allocatable": allocatable},
    }


def job(cpu: float = 1.0, memory: int = GIB, gpu: int = 0, workers: int = 1) -> JobSpec:
    resources = Resources(cpu, memory, gpu)
    return JobSpec(
        name="n", entry="n.ipynb", kind="notebook", model="n", resources=resources, workers=workers
    )


def found(spec: JobSpec, *nodes: dict[str, Any], config: ClusterConfig = CONFIG) -> list[Problem]:
    return problems_of_room(spec, config, nodes)


def test_a_job_that_fits_has_no_problem() -> None:
    assert found(job(4.0, 16 * GIB), node()) == []
    assert found(job(2.0, workers=4), node(), node()) == []


def test_what_no_node_can_hold_is_told_with_what_the_largest_has() -> None:
    problems = found(job(6.0, 64 * GIB, 1), node(), node("3900m", "8Gi"))
    assert problems == [
        Problem(
            "cpu",
            "A replica asks for 6 cores, and the largest node of team has 4 cores; ask for less "
            "with --cpu.",
        ),
        Problem(
            "memory",
            "A replica asks for 64 GiB, and the largest node of team has 16 GiB; ask for less with "
            "--memory.",
        ),
        Problem(
            "gpu",
            "No node of team offers nvidia.com/gpu; leave --gpu out, or set `gpu_resource` of its "
            "table in clusters.toml to the name under which nodes offer GPUs.",
        ),
    ]


def test_too_many_gpus_for_one_node_are_told() -> None:
    (problem,) = found(job(gpu=4), node(gpu="2"), node(gpu="2"))
    assert problem.field == "gpu" and "largest node of team has 2 GPUs" in problem.message


def test_amounts_that_no_single_node_has_together_are_told() -> None:
    (problem,) = found(job(4.0, 32 * GIB), node("4", "16Gi"), node("2", "64Gi"))
    assert problem.message.startswith("No node of team has 4 cores and 32 GiB together")


def test_replicas_that_cannot_all_run_at_once_are_told() -> None:
    (problem,) = found(job(3.0, workers=3), node(), node())
    assert problem == Problem(
        "cpu",
        "team has room for 2 of 3 replicas at once: its nodes have 8 cores in all; ask for less "
        "with --cpu, or for fewer replicas.",
    )
    (problem,) = found(job(0.5, 10 * GIB, workers=3), node(), node())
    assert problem.field == "memory" and "32 GiB in all" in problem.message


def test_an_elastic_cluster_refuses_nothing() -> None:
    assert found(job(100.0), node(), config=ClusterConfig(name="team", elastic=True)) == []


def test_a_cluster_whose_nodes_cannot_be_seen_refuses_nothing() -> None:
    assert found(job(100.0)) == []


def test_only_nodes_with_the_labels_asked_for_count() -> None:
    config = ClusterConfig(name="team", node_selector={"pool": "big"})
    nodes = [node("2", labels={"pool": "big"}), node("8")]
    (problem,) = found(job(4.0), *nodes, config=config)
    assert "has 2 cores" in problem.message
    (problem,) = found(job(), node("8"), config=config)
    assert problem.field == "backend" and "`node_selector`" in problem.message


TAINT = {"key": "team", "value": "vision", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        ({"key": "team", "value": "vision"}, True),
        ({"key": "team", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "team", "operator": "Equal", "value": "vision", "effect": "NoSchedule"}, True),
        ({"key": "team", "value": "other"}, False),
        ({"key": "team", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "other", "operator": "Exists"}, False),
    ],
)
def test_a_tainted_node_counts_for_those_who_tolerate_it(
    toleration: dict[str, str], tolerated: bool
) -> None:
    rooms = node_room([node("4", "1Gi", "0", None, TAINT)], tolerations=[toleration])
    assert rooms == ([Room(4.0, GIB, 0)] if tolerated else [])


def test_taints_of_the_moment_and_of_preference_do_not_count() -> None:
    taints = (
        {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"},
        {"key": "slow", "effect": "PreferNoSchedule"},
    )
    assert node_room([node("1", "1Gi", "1", None, *taints)]) == [Room(1.0, GIB, 1)]


@given(
    st.integers(1, 40),
    st.integers(1, 30),
    st.integers(1, 6),
    st.lists(st.integers(1, 80), min_size=1),
)
def test_counting_places_agrees_with_filling_node_by_node(
    tenths: int, memory: int, workers: int, nodes: list[int]
) -> None:
    spec = job(tenths / 10, memory * GIB, workers=workers)
    seen = [node(f"{size}00m", f"{100 - size}Gi") for size in nodes]
    filled = 0
    for size in nodes:
        cores, gibibytes = size, 100 - size
        while cores >= tenths and gibibytes >= memory:
            cores, gibibytes, filled = cores - tenths, gibibytes - memory, filled + 1
    assert (found(spec, *seen) == []) == (filled >= workers)


def test_a_role_more_is_a_replica_more() -> None:
    spec = replace(job(4.0), chief=True)
    assert "1 of 2 replicas" in found(spec, node())[0].message
