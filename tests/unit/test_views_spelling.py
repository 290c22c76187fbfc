"""What was chosen in a form, written as a line and as Python: both ask for the same again."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import longboat
from longboat.cli.submit import changes, submit
from longboat.views.spelling import again_call, again_line, command_line, python_call

TEXTS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), min_size=1)
PAIRS = st.lists(TEXTS.map(lambda text: f"name={text}"), min_size=1)
ASKED = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("name", "workers", "cpu", "memory", "kernel", "deadline"), TEXTS),
        **{name: st.just(True) for name in ("chief", "evaluator", "rehearse")},
        **dict.fromkeys(("parameters", "env"), PAIRS),
        **{name: st.lists(TEXTS, min_size=1) for name in ("secrets", "files")},
        "backend": TEXTS.filter(lambda name: name != "local"),
    },
)


def read_by_the_command_line(line: str) -> tuple[str, dict[str, Any]]:
    program, command, *words = shlex.split(line)
    assert (program, command) == ("longboat", "submit")
    found = dict(submit.make_context("submit", words).params)
    here = {found.pop(name, None) for name in ("wait", "follow", "dry_run", "as_json")}
    assert not any(here)
    return found.pop("entry"), changes(found)


@given(TEXTS, ASKED)
def test_the_line_asks_for_the_same(entry: str, asked: dict[str, Any]) -> None:
    assert read_by_the_command_line(command_line(entry, asked)) == (entry, asked)


@given(TEXTS, ASKED)
def test_so_do_the_lines_of_python(entry: str, asked: dict[str, Any]) -> None:
    found: list[tuple[str, dict[str, Any]]] = []
    code = python_call(entry, asked).replace("longboat.submit(", "noted(", 1)
    exec(code, {"noted": lambda entry, **asked: found.append((entry, asked))})
    assert found == [(entry, asked)]


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        ({}, ""),
        ({"backend": "local", "chief": False, "gpu": "", "parameters": {}}, ""),
        ({"workers": 2, "name": "two words"}, "--name 'two words' --workers 2"),
        ({"parameters": {"lr": 0.1, "opt": "sgd", "on": True}}, "-p lr=0.1 -p opt=sgd -p on=true"),
        ({"parameters": {"text": "0.1", "none": None}}, "-p 'text=\"0.1\"' -p none=null"),
        ({"env": {"SIZE": "1", "ON": "true"}}, "--env SIZE=1 --env ON=true"),
        ({"backend": "team", "image": "a/b:1"}, "--on team --image a/b:1"),
    ],
)
def test_it_is_what_one_would_type(asked: dict[str, Any], options: str) -> None:
    assert command_line("nb.ipynb", asked) == f"longboat submit nb.ipynb {options}".strip()


def test_the_python_is_what_one_would_type() -> None:
    asked = {"workers": 2, "parameters": {"epochs": 3}}
    call = "longboat.submit('nb.ipynb', workers=2, parameters={'epochs': 3})"
    assert python_call("nb.ipynb", asked) == f"import longboat\n\njob = {call}\n"
    assert callable(longboat.submit)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "longboat again jabc"),
        (
            {"workers": 4, "ps": 0, "retries": 0},
            "longboat again jabc --workers 4 --ps 0 --retries 0",
        ),
        (
            {"backend": "local", "parameters": {"lr": 0.5}},
            "longboat again jabc -p lr=0.5 --on local",
        ),
        ({"chief": False}, None),
        ({"deadline": None}, None),
        ({"env": {}}, None),
    ],
)
def test_a_repeated_job_is_said_where_options_say_it(
    changes: dict[str, Any], line: str | None
) -> None:
    assert again_line("jabc", changes) == line


def test_python_says_every_change_of_a_repeated_job() -> None:
    changes = {"deadline": None, "workers": 4, "backend": "local"}
    assert again_call("jabc", changes).endswith(
        "job = longboat.job('jabc').again(workers=4, deadline=None, backend='local')\n"
    )
