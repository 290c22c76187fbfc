"""``longboat deploy``, ``services``, ``predict`` and ``undeploy``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from longboat.cli import names
from longboat.cli.grammar import command
from longboat.cli.link import client
from longboat.cli.output import Column, print_json, print_table, say
from longboat.errors import BadInput, TooLarge

MAX_BODY = 100 * 10**6
"""Bytes; the predictor's own limit is far below, this one protects this process."""
COLUMNS = (
    Column("name", shrinks=True),
    Column("model", shrinks=True),
    Column("state"),
    Column("requests", right=True),
    Column("errors", right=True),
    Column("p50", right=True),
    Column("url"),
)


@command("deploy", example="longboat deploy digits@1 --wait")
@click.argument("model", metavar="NAME[@VERSION]", shell_complete=names.models)
@click.option("--service", metavar="S", help="The service's name [default: the model's].")
@click.option("--wait", is_flag=True, help="Return when it answers, or has failed.")
def deploy(model: str, service: str | None, wait: bool, as_json: bool) -> int:
    """Serve a model over HTTP.

    It is the newest version unless one is named. Deploying another version under the same service
    switches it over without a gap.
    """
    deployed = client().deploy(model, service=service, wait=wait).to_dict()
    if as_json:
        print_json(deployed)
    else:
        say(_state(deployed))
        say(f"Ask it with: longboat predict {deployed['name']} --input FILE")
    return int(deployed["state"] == "failed")


def _state(service: dict[str, Any]) -> str:
    what = f"Service {service['name']} ({service['model']}@{service['version']})"
    at = f" at {service['url']}" if service["url"] else ""
    why = f": {service['message']}" if service.get("message") else ""
    return f"{what} is {service['state']}{at}{why or '.'}"


@command("services", example="longboat services")
def services(as_json: bool) -> None:
    """List services.

    With their requests, errors and latency so far.
    """
    found = [service.to_dict() for service in client().services()]
    if as_json:
        print_json(found)
    elif found:
        print_table(COLUMNS, [_row(service) for service in found])
    else:
        say("No services yet. Serve a model: longboat deploy NAME (longboat models lists them).")


def _row(service: dict[str, Any]) -> list[str]:
    latency = service.get("latency") or {}
    p50 = latency.get("p50")
    return [
        service["name"],
        f"{service['model']}@{service['version']}",
        service["state"],
        str(service.get("requests", "")),
        str(service.get("errors", "")),
        "" if p50 is None else f"{p50:.1f} ms",
        service["url"] or "",
    ]


@command("predict", example="""echo '{"instances": [[0.5, 1.5]]}' | longboat predict digits""")
@click.argument("service", shell_complete=names.services)
@click.option("--input", "source", default="-", metavar="FILE|-", help="JSON [default: -, stdin].")
def predict(service: str, source: str, as_json: bool) -> None:
    """Ask a service for predictions.

    The input is a request body of TensorFlow Serving's V1 ({"instances": [...]} or {"inputs":
    ...}), or a bare JSON list of instances. With --json the whole answer is printed, else the
    predictions, one on a line.
    """
    body = read_body(source)
    answer = client().service(service).predict(body)
    if as_json:
        print_json(answer)
    else:
        for prediction in _predictions(answer):
            say(json.dumps(prediction))


def read_body(source: str) -> Any:
    """Read JSON from a file or, for ``-``, standard input; a bare list becomes a V1 body.

    Raises BadInput for a file that cannot be read or is not JSON, TooLarge.
    """
    try:
        if source == "-":
            data = sys.stdin.buffer.read(MAX_BODY + 1)
        else:
            with Path(source).open("rb") as file:
                data = file.read(MAX_BODY + 1)
    except OSError as error:
        raise BadInput.of("input", f"{source} cannot be read: {error.strerror}.") from None
    if len(data) > MAX_BODY:
        raise TooLarge(f"The input is over {MAX_BODY // 10**6} MB; send fewer instances at once.")
    return _body(data, "standard input" if source == "-" else source)


def _body(data: bytes, name: str) -> Any:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        hint = " Give a V1 body or a JSON list of instances."
        raise BadInput.of("input", f"{name} is not JSON ({error}).{hint}") from None
    if not isinstance(body, list | dict):
        raise BadInput.of(
            "input", f'{name} must hold a list of instances or {{"instances": [...]}}.'
        )
    return {"instances": body} if isinstance(body, list) else body


def _predictions(answer: Any) -> list[Any]:
    """What to print of a V1 answer: rows, or the columns as one value."""
    if isinstance(answer, dict) and isinstance(answer.get("predictions"), list):
        return list(answer["predictions"])
    if isinstance(answer, dict) and "outputs" in answer:
        return [answer["outputs"]]
    return [answer]


@command("undeploy", example="longboat undeploy digits --wait")
@click.argument("service", shell_complete=names.services)
@click.option("--wait", is_flag=True, help="Return when none of its processes is left.")
def undeploy(service: str, wait: bool, as_json: bool) -> None:
    """Stop a service.

    The model and its versions stay.
    """
    client().service(service).undeploy(wait=wait)
    if as_json:
        print_json({"name": service, "removed": wait})
    else:
        say(f"Service {service} {'is stopped' if wait else 'is being stopped'}.")
