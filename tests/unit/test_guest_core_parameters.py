"""Parameters, reports and folders: the user's calls, in a job and interactively."""

import json
import os
from pathlib import Path

import pytest
from guest_core_tools import code, run_notebook, run_script

from longboat.errors import BadInput
from longboat.guest import api, context, notebook, wire
from longboat.guest.values import number


@pytest.fixture(autouse=True)
def interactive(monkeypatch, tmp_path):
    """A person's own session, in a folder of its own."""
    for name in [n for n in os.environ if n.startswith("LONGBOAT_") or n == "TF_CONFIG"]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    api._throw_away.clear()


def test_interactively_the_calls_have_sensible_meanings(tmp_path, capsys):
    p = api.params(lr=0.1, items=3)
    assert (p.lr, p["lr"], p.items, dict(**p)) == (0.1, 0.1, 3, {"lr": 0.1, "items": 3})
    api.report(step=1, loss=0.5)
    assert api.reported[-1] == {"step": 1, "loss": 0.5}
    assert api.model_dir() == str(tmp_path / ".longboat" / "model")
    assert Path(api.checkpoint_dir()).is_dir()
    here = api.cluster()
    assert (here.role, here.index, here.size, here.is_leader) == ("worker", 0, 1, True)
    assert not api.inside()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("default", "given", "taken"),
    [
        (0.1, 1, 1.0),
        (0.1, "1e-3", 0.001),
        (3, 4.0, 4),
        (3, "7", 7),
        (True, "False", False),
        (True, 0, False),
        ("a", 5, "5"),
        ((1, 2), [3], (3,)),
        ([1], [], []),
        ({"a": 1}, {"b": 2}, {"b": 2}),
        (None, [1], [1]),
    ],
)
def test_a_parameter_takes_its_defaults_type(monkeypatch, default, given, taken):
    monkeypatch.setenv(wire.PARAMETERS, json.dumps({"x": given}))
    value = api.params(x=default).x
    assert value == taken and type(value) is type(taken)


@pytest.mark.parametrize(
    ("default", "given"),
    [(3, 4.5), (3, True), (3, "many"), (0.1, "low"), (0.1, [1]), (True, 2), (True, "perhaps"),
     ("a", [1]), ("a", None), ([1], 5), ([1], "ab"), ({}, [1])],
)  # fmt: skip
def test_a_parameter_of_another_type_is_refused_in_a_sentence(monkeypatch, default, given):
    monkeypatch.setenv(wire.PARAMETERS, json.dumps({"x": given}))
    with pytest.raises(ValueError, match=r"Parameter 'x' must be of type \w+, as its default"):
        api.params(x=default)


def test_an_unknown_parameter_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no parameter 'rate'; these are: lr"):
        _ = api.params(lr=1).rate


def test_numbers_of_other_kinds_are_taken_and_texts_refused():
    class Scalar:
        def __float__(self):
            return 0.5

    assert number("loss", Scalar()) == 0.5
    for wrong in ("0.5", None, [1.0]):
        with pytest.raises(ValueError, match="'loss' is"):
            api.report(loss=wrong)


CLUSTER = json.dumps({"chief": ["a:1"], "worker": ["b:1", "c:1"]})


@pytest.mark.parametrize(
    ("role", "leads"),
    [("chief:0", True), ("worker:0", False), ("worker:1", False), ("evaluator:0", False)],
)
def test_only_the_leader_leaves_a_model(monkeypatch, tmp_path, role, leads):
    monkeypatch.setenv(wire.CLUSTER, CLUSTER)
    monkeypatch.setenv(wire.ROLE, role)
    monkeypatch.setenv(wire.MODEL_DIR, str(tmp_path / "model"))
    assert (api.model_dir() == str(tmp_path / "model")) is leads
    assert api.model_dir() == api.model_dir()
    assert api.cluster().is_leader is leads and api.cluster().size == 3 and api.inside()


def test_who_does_not_lead_resumes_from_a_copy_of_the_leaders_checkpoints(monkeypatch, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "epoch").write_text("5")
    monkeypatch.setenv(wire.CHECKPOINT_DIR, str(kept))
    monkeypatch.setenv(wire.CLUSTER, CLUSTER)
    monkeypatch.setenv(wire.ROLE, "worker:1")
    copy = Path(api.checkpoint_dir())
    assert copy != kept and (copy / "epoch").read_text() == "5"
    (copy / "epoch").write_text("6")
    assert (kept / "epoch").read_text() == "5"
    monkeypatch.setenv(wire.ROLE, "evaluator:0")
    assert api.checkpoint_dir() == str(kept)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (wire.ROLE, "captain:0"),
        (wire.ROLE, "worker:x"),
        (wire.PARAMETERS, "{"),
        (wire.PARAMETERS, "[1]"),
        (wire.CLUSTER, '{"worker": "a:1"}'),
        (wire.ATTEMPT, "first"),
        ("TF_CONFIG", "not json"),
    ],
)
def test_a_broken_environment_is_named(name, value):
    with pytest.raises(BadInput) as caught:
        context.read({name: value})
    assert caught.value.problems[0].field == name


def test_tf_config_tells_the_place():
    given = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}
    here = context.read({"TF_CONFIG": json.dumps(given)})
    assert (here.replica, here.cluster, here.is_leader) == ("worker-1", given["cluster"], False)


def test_names_that_cannot_be_variables_are_refused_together():
    raw = {"cells": [code("lr = 1", "parameters")]}
    with pytest.raises(BadInput) as caught:
        notebook.prepare(raw, {"a b": 1, "class": 2, "x=1;y": 3, "fine": 4})
    assert [p.field for p in caught.value.problems] == [
        "parameters.a b",
        "parameters.class",
        "parameters.x=1;y",
    ]


def test_a_cell_of_parameters_gets_the_jobs_after_it(tmp_path):
    values = {"lr": 0.5, "name": "it's\n", "on": None, "deep": {"a": [True, 1e400]}}
    done = run_notebook(
        tmp_path,
        code("lr = 0.1; name = ''; on = 1; deep = {}", "parameters"),
        "print(lr, repr(name), on, deep)",
        LONGBOAT_PARAMETERS=json.dumps(values),
    )
    assert done.log == "0.5 \"it's\\n\" None {'a': [True, inf]}\n"
    assert done.notebook["cells"][1]["metadata"]["tags"] == ["injected-parameters"]
    assert [e["of"] for e in done.events("cell")] == [2] * 4
    assert done.notebook["cells"][2]["execution_count"] == 2


def test_a_job_reports_and_is_warned_of_what_nobody_asked_for(tmp_path):
    cell = """
import longboat
p = longboat.params(epochs=1)
longboat.report(step=p.epochs, total=10, loss=0.25)
longboat.report(progress=(1, 4))
print(longboat.inside(), longboat.cluster().size)
"""
    given = json.dumps({"epochs": 3, "learning_rate": 1})
    done = run_notebook(tmp_path, cell, LONGBOAT_PARAMETERS=given)
    (metrics,) = done.events("metrics")
    assert (metrics["step"], metrics["values"], metrics["source"]) == (3, {"loss": 0.25}, "report")
    assert [(e["done"], e["total"]) for e in done.events("progress")] == [(3, 10), (1, 4)]
    (warning,) = done.events("warning")
    assert "learning_rate" in warning["message"] and "epochs" not in warning["message"]
    assert done.text(0) == "True 1\n"


def test_a_wrong_parameter_fails_with_its_sentence(tmp_path):
    done = run_script(
        tmp_path,
        "import longboat\nlongboat.params(lr=0.1)",
        LONGBOAT_PARAMETERS='{"lr": "low"}',
    )
    assert done.error["reason"] == "script-failed" and done.error["line"] == 2
    assert done.error["evalue"].startswith("Parameter 'lr' must be of type float")
