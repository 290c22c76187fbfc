"""``longboat models``, ``models add`` and ``model``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from longboat.cli.grammar import Entry, ExampleGroup, command, json_option
from longboat.cli.link import client
from longboat.cli.output import Column, age, print_json, print_table, say
from longboat.explain.words import one_line
from longboat.spec.signature import shape_text
from longboat.views.terminal import metrics_line, paint

COLUMNS = (
    Column("name", shrinks=True),
    Column("version", right=True),
    Column("age", right=True),
    Column("job", shrinks=True),
    Column("metrics", shrinks=True),
)


@click.group(
    "models",
    cls=ExampleGroup,
    example="longboat models",
    invoke_without_command=True,
    entries={"add": Entry("models:add", "Register a SavedModel folder made elsewhere.")},
)
@json_option
@click.pass_context
def models(context: click.Context, as_json: bool) -> None:
    """List models, or add one from a folder."""
    if context.invoked_subcommand is not None:
        return
    found = [model.to_dict() for model in client().models()]
    if as_json:
        print_json(found)
    elif found:
        print_table(COLUMNS, [_row(model) for model in found])
    else:
        say("No models yet. A job leaves one when it exports to longboat.model_dir().")
        say("One made elsewhere is added with: longboat models add NAME FOLDER")


@command("add", example="longboat models add digits-by-hand exported/digits")
@click.argument("name")
@click.argument("path", metavar="FOLDER")
def add(name: str, path: str, as_json: bool) -> None:
    """Register a SavedModel folder made elsewhere, as the next version of NAME."""
    added = client().add_model(name, path).to_dict()
    if as_json:
        print_json(added)
    else:
        say(f"Model {added['name']} version {added['version']} is registered.")
        say(f"Serve it with: longboat deploy {added['name']}@{added['version']} --wait")


@command("model", example="longboat model digits")
@click.argument("name")
@click.argument("version", required=False, type=click.IntRange(min=1))
def model(name: str, version: int | None, as_json: bool) -> None:
    """Describe a model, or one of its versions."""
    here = client()
    chosen = here.model(name, version)
    found = {**chosen.to_dict(), "lineage": chosen.lineage()}
    found["versions"] = [known.version for known in here.versions(name)]
    if as_json:
        print_json(found)
    else:
        for line in _page(found):
            say(line)


def _row(model: dict[str, Any]) -> list[str]:
    return [
        model["name"],
        str(model["version"]),
        age(model.get("created")),
        model.get("job") or "",
        metrics_line(model.get("metrics") or {}),
    ]


def _page(model: dict[str, Any]) -> Iterator[str]:
    """One model version in words."""
    yield f"{paint(model['name'], bold=True)}  version {model['version']}"
    made = f"Made {age(model['created'])} ago" if model.get("created") else "Made"
    yield made + (f" by job {model['job']}." if model.get("job") else " outside Longboat.")
    if model["lineage"]:
        yield _source(model["lineage"]["receipt"])
    if model.get("metrics"):
        yield f"Metrics: {metrics_line(model['metrics'])}."
    yield from _tensors(model.get("signature") or {})
    others = [str(v) for v in model["versions"] if v != model["version"]]
    if others:
        yield f"Other versions: {', '.join(others)}."
    yield ""
    yield f"Next:\n  longboat deploy {model['name']}@{model['version']} --wait"


def _source(receipt: dict[str, Any]) -> str:
    """What it was made from, as the job's receipt has it; the job itself may be gone."""
    parameters = ", ".join(f"{k}={v}" for k, v in receipt["parameters"].items())
    given = f" with {one_line(parameters)}" if parameters else ""
    commit = (receipt["git"] or {}).get("commit")
    at = f", at commit {commit[:10]}" if commit else ""
    return f"From {one_line(receipt['entry'])}{given}{at}, by {one_line(receipt['who'])}."


def _tensors(signature: dict[str, Any]) -> Iterator[str]:
    for side in ("inputs", "outputs"):
        for name, tensor in (signature.get(side) or {}).items():
            shape = shape_text(tensor["shape"])
            yield f"  {side[:-1]:<6}  {one_line(name)}: {tensor['dtype']} of shape {shape}"
