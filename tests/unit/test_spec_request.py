from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longboat.errors import BadInput, Problem
from longboat.spec.capacity import Ask, Machine, share
from longboat.spec.job import JobSpec
from longboat.spec.notebook import NotebookFacts
from longboat.spec.parameters import check_parameters
from longboat.spec.request import JobRequest, resolve
from longboat.spec.source import Default, Parameters

GIB = 1 << 30
MACHINE = Machine(cpu=2, memory=8 * GIB)
DECLARED = Parameters(
    {"lr": 0.1, "epochs": 3, "name": "x", "flag": True, "sizes": [1], "any": Default.COMPUTED}
)


def facts(**changes: Any) -> NotebookFacts:
    plain: dict[str, Any] = {
        "path": Path("/somewhere/My Digits.ipynb"),
        "kind": "notebook",
        "cells": (),
        "parameters": DECLARED,
    }
    return NotebookFacts(**plain | changes)


def made(machine: Machine | None = MACHINE, /, **asked: Any) -> JobSpec:
    return resolve(JobRequest(entry="My Digits.ipynb", **asked), facts(), machine)


def problems(machine: Machine | None = MACHINE, /, **asked: Any) -> dict[str, str]:
    with pytest.raises(BadInput) as caught:
        made(machine, **asked)
    return {problem.field: problem.message for problem in caught.value.problems}


def test_everything_has_a_default() -> None:
    spec = made()
    assert (spec.name, spec.entry, spec.model) == ("my-digits", "My Digits.ipynb", "my-digits")
    assert (spec.workers, spec.chief, spec.retries, spec.deadline) == (1, False, 0, None)
    assert spec.python == sys.executable
    assert (spec.resources.cpu, spec.resources.memory, spec.resources.gpu) == (1.0, 2 * GIB, 0)
    assert msgspec.json.decode(msgspec.json.encode(spec), type=JobSpec) == spec


def test_what_is_asked_is_there() -> None:
    spec = made(
        name="n",
        workers="2",
        chief=True,
        cpu="0.5",
        memory="1G",
        parameters=["lr=1", "epochs=1e1", "name=5", "flag=False", 'any={"a": null}'],
        env=["PATH=/bin", "A=b=c"],
        secrets=("TOKEN", "TOKEN"),
        model="m",
        deadline="1h",
        retries="3",
    )
    assert [str(replica) for replica in spec.replicas] == ["chief-0", "worker-0", "worker-1"]
    assert spec.parameters == {
        "lr": 1.0,
        "epochs": 10,
        "name": "5",
        "flag": False,
        "any": {"a": None},
    }
    assert isinstance(spec.parameters["epochs"], int)
    assert spec.env == {"PATH": "/bin", "A": "b=c"}
    assert spec.secrets == ("TOKEN",)
    assert (spec.name, spec.model, spec.deadline, spec.retries) == ("n", "m", 3600, 3)
    assert (spec.resources.cpu, spec.resources.memory) == (0.5, 10**9)


def test_all_problems_are_told_at_once() -> None:
    found = problems(
        name="No Name",
        workers=0,
        ps=-1,
        evaluator=2,
        cpu="much",
        memory="2",
        gpu=-1,
        parameters=["nothing", "lr=abc", "unknown=1"],
        env=["TF_CONFIG={}", "LONGBOAT_ROLE=x", "1=2", "loose"],
        secrets=("A-B",),
        python="/nowhere/python",
        model="M",
        deadline="-1h",
        retries=101,
    )
    assert set(found) == {
        "name", "workers", "ps", "evaluator", "cpu", "memory", "gpu", "parameters",
        "parameters.lr", "parameters.unknown", "env", "secrets", "python", "model", "deadline",
        "retries",
    }  # fmt: skip
    assert "it has any, epochs, flag, lr, name, sizes" in found["parameters.unknown"]
    assert "whole number from 0 to 64" in found["ps"]


@pytest.mark.parametrize("workers", [-1, 0, 65, "two", 1.5, True, None, "", "٣", 10**30])
def test_counts_out_of_bounds(workers: object) -> None:
    assert "whole number from 1 to 64" in problems(workers=workers)["workers"]


def test_a_count_that_python_does_not_write() -> None:
    assert "whole number from 1 to 64" in problems(workers=10**5000)["workers"]


@pytest.mark.parametrize(
    ("asked", "field", "sentence"),
    [
        ({"cpu": 3}, "cpu", "asks for 3 cores in all; this machine has 2 cores"),
        (
            {"cpu": 1.5, "workers": 2},
            "cpu",
            "asks for 3 cores in all (2 replicas × 1.5 cores); this machine has 2 cores",
        ),
        ({"workers": 64}, "cpu", "6.4 cores in all (64 replicas × 0.1 cores)"),
        ({"memory": "9Gi"}, "memory", "asks for 9 GiB in all; this machine has 8 GiB"),
        ({"gpu": 1}, "gpu", "asks for 1 GPU in all; this machine has no GPUs"),
    ],
)
def test_what_can_never_fit_is_refused(asked: dict[str, Any], field: str, sentence: str) -> None:
    assert sentence in problems(**asked)[field]


def test_elsewhere_neither_capacity_nor_interpreter_is_judged() -> None:
    spec = made(None, cpu=64, gpu=8)
    assert (spec.resources.cpu, spec.resources.gpu, spec.python) == (64.0, 8, None)


def test_elsewhere_an_image_and_a_volume_may_be_chosen() -> None:
    spec = made(None, image="team/trainer:1.0", volume="shared")
    assert (spec.image, spec.volume) == ("team/trainer:1.0", "shared")
    assert (made(None).image, made(None).volume) == (None, None)
    told = problems(None, image="Team", volume="a_b")
    assert "is not an image" in told["image"]
    assert "cannot be the name of a volume claim" in told["volume"]


def test_what_has_a_meaning_only_elsewhere_is_refused() -> None:
    told = problems(None, python="/in/the/image/python", kernel="python3")
    assert list(told) == ["python", "kernel"]
    assert all("choose it with --image" in sentence for sentence in told.values())
    told = problems(image="trainer", volume="shared")
    assert list(told) == ["image", "volume"]
    assert all("choose a cluster with --on" in sentence for sentence in told.values())


def test_a_specification_from_before_there_were_images_is_read() -> None:
    written = b"""{"name": "digits", "entry": "digits.ipynb", "kind": "notebook", "workers": 2,
        "chief": false, "ps": 0, "evaluator": false,
        "resources": {"cpu": 1.0, "memory": 1073741824, "gpu": 0}, "parameters": {}, "env": {},
        "secrets": [], "model": "digits", "python": "/usr/bin/python3", "deadline": null,
        "retries": 0, "backend": "local"}"""
    spec = msgspec.json.decode(written, type=JobSpec)
    assert (spec.image, spec.volume) == (None, None)


@given(
    replicas=st.integers(1, 65),
    cores=st.floats(0.1, 512),
    memory=st.integers(256 << 20, 1 << 42),
)
def test_defaults_fit_whenever_anything_can(replicas: int, cores: float, memory: int) -> None:
    machine = Machine(cores, memory)
    try:
        resources = share(Ask(None, None, 0), replicas, machine)
    except BadInput as error:
        assert [problem.field for problem in error.problems] == ["cpu"]
        assert replicas > cores * 10 - 1e-5
    else:
        assert 0.1 <= resources.cpu <= 1
        assert resources.cpu * 10 == round(resources.cpu * 10)
        assert resources.cpu * replicas <= cores + 1e-5
        assert 0 < resources.memory * replicas <= memory


@pytest.mark.parametrize(
    ("given_text", "value"),
    [
        ("lr=0.5", 0.5),
        ("lr=null", None),
        ("epochs=7.0", 7),
        ("name=foo bar", "foo bar"),
        ("name=true", "true"),
        ('name="quoted"', "quoted"),
        ("name=", ""),
        ("flag=True", True),
        ("flag=false", False),
        ("sizes=[1, 2]", [1, 2]),
        ("any=foo", "foo"),
        ("any=12", 12),
        ("any=a=b", "a=b"),
    ],
)
def test_values_of_parameters(given_text: str, value: object) -> None:
    (found,) = check_parameters([given_text], DECLARED).values()
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (["lr=NaN"], "NaN is not a number"),
        (["lr=-Infinity"], "Infinity is not a number"),
        (["lr=1e999"], "finite"),
        ({"lr": float("nan")}, "finite"),
        ({"any": [1, {"a": float("inf")}]}, "finite"),
        (["epochs=abc"], "default is 3, so a whole number is wanted"),
        (["epochs=1.5"], "write the default as 3.0 in the notebook"),
        (["epochs=true"], "a whole number is wanted"),
        (["lr=true"], "a number is wanted"),
        (["flag=1"], "true or false is wanted"),
        ({"name": 5}, "a text is wanted"),
        ({"any": object()}, "of type object"),
        ({"any": {1: 2}}, "keys of an object must be texts"),
        ({"any": "\ud800"}, "not Unicode"),
        ({"any": 1 << 70}, "64 bits"),
        (["any=" + "9" * 5000], "cannot be used"),
        (["lr"], "not NAME=VALUE"),
        (["=1"], "not NAME=VALUE"),
        (["lr=1", "lr=2"], "more than once"),
        (["a b=1"], "cannot be the name"),
        (["import=1"], "cannot be the name"),
        ({"any": "x" * 70_000}, "64 kB"),
        (7, "a mapping or a list"),
        ([1], "a mapping or a list"),
        ("lr=1", "a mapping or a list"),
    ],
)
def test_values_that_are_refused(values: Any, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        check_parameters(values, DECLARED)


def test_deep_values_are_refused() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(BadInput, match="nested too deeply"):
        check_parameters({"any": deep}, DECLARED)
    with pytest.raises(BadInput, match="cannot be used"):
        check_parameters(["any=" + "[" * 100_000], DECLARED)


def test_a_notebook_without_parameters_says_how_to_have_some() -> None:
    with pytest.raises(BadInput, match=r"longboat\.params\(lr=0\.1\)"):
        check_parameters(["lr=1"], Parameters())
    assert check_parameters(["lr=1"], Parameters(open=True)) == {"lr": 1}


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}_", fullmatch=True),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers(-(1 << 63), (1 << 64) - 1)
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=10,
        ),
    )
)
def test_json_values_arrive_as_they_are(values: dict[str, Any]) -> None:
    assert check_parameters(values, Parameters(open=True)) == json.loads(json.dumps(values))


@pytest.mark.parametrize(
    ("env", "field", "sentence"),
    [
        ({"A": 1}, "env.A", "must be a text"),
        ({"A": "a\0b"}, "env.A", "null character"),
        ({"A": "\ud800"}, "env.A", "not Unicode"),
        ({"A": "x" * 200_000}, "env.A", "over 100 kB"),
        (["A=1", "A=2"], "env.A", "more than once"),
        (5, "env", "a mapping or a list"),
    ],
)
def test_environment_that_is_refused(env: Any, field: str, sentence: str) -> None:
    assert sentence in problems(env=env)[field]


def test_the_guests_switches_may_be_set_but_are_no_secrets() -> None:
    env = {"LONGBOAT_AUTOREPORT": "0", "LONGBOAT_PEER_TIMEOUT": "20"}
    assert made(env=env).env == env
    assert "set by Longboat" in problems(secrets=("LONGBOAT_AUTOREPORT",))["secrets"]
    assert "set by Longboat" in problems(env={"LONGBOAT_ATTEMPT": "2"})["env"]


def test_a_secret_is_not_also_a_plain_variable() -> None:
    assert "as well" in problems(env=["TOKEN=x"], secrets=("TOKEN",))["secrets"]


def test_an_interpreter_or_a_kernel() -> None:
    assert "not both" in problems(python=sys.executable, kernel="python3")["kernel"]


def test_syntax_errors_count_only_for_the_same_python(tmp_path: Path) -> None:
    other = tmp_path / "python3.99"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    broken = facts(problems=(Problem("notebook", "Cell 1 has a syntax error."),))
    resolve(JobRequest(entry="a.ipynb", python=str(other)), broken, MACHINE)
    resolve(JobRequest(entry="a.ipynb"), broken, None)
    with pytest.raises(BadInput, match="Cell 1"):
        resolve(JobRequest(entry="a.ipynb"), broken, MACHINE)
