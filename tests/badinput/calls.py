"""A row of the table, said in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from longboat.api import Client

OPTIONS = {
    "-p": "parameters",
    "--env": "env",
    "--secret": "secrets",
    "--file": "files",
    "--on": "backend",
    "--name": "name",
    "--workers": "workers",
    "--cpu": "cpu",
    "--memory": "memory",
    "--gpu": "gpu",
    "--python": "python",
    "--kernel": "kernel",
    "--requirements": "requirements",
    "--model": "model",
    "--deadline": "deadline",
    "--retries": "retries",
}
REPEATED = frozenset({"parameters", "env", "secrets", "files"})


def call_of(argv: tuple[str, ...]) -> Callable[[Client], Any] | None:
    """The call that says the same; None where only a command line can be so wrong."""
    match argv:
        case ("submit", entry, *options) if (asked := keywords(options)) is not None:
            return lambda client: client.submit(entry, **asked)
        case ("again", job, *options) if (asked := keywords(options)) is not None:
            return lambda client: client.again(job, **asked)
        case ("status" | "logs", job):
            return lambda client: client.job(job).status
        case ("logs", job, "--replica", name):
            return lambda client: client.job(job).events(name)
        case ("stop", job):
            return lambda client: client.job(job).stop()
        case ("rm", job):
            return lambda client: client.job(job).remove()
        case ("files", job):
            return lambda client: client.job(job).files()
        case ("files", job, path):
            return lambda client: client.job(job).file(path)
        case ("notebook", job):
            return lambda client: client.job(job).notebook()
        case ("import", file):
            return lambda client: client.import_job(file)
        case ("export", job, file):
            return lambda client: client.job(job).export(file)
        case ("export", job, file, "--with-model"):
            return lambda client: client.job(job).export(file, model=True)
        case ("restore", job, folder):
            return lambda client: client.job(job).restore(folder)
        case ("diff", job, other):
            return lambda client: client.job(job).diff(client.job(other))
        case ("model", name):
            return lambda client: client.model(name)
        case ("model", name, version) if version.isdigit() and version != "0":
            return lambda client: client.model(name, int(version))
        case ("models", "add", name, path):
            return lambda client: client.add_model(name, path)
        case ("deploy", model):
            return lambda client: client.deploy(model)
        case ("deploy", model, "--service", name):
            return lambda client: client.deploy(model, name)
        case ("undeploy", name):
            return lambda client: client.service(name).undeploy()
    return None


def keywords(options: list[str]) -> dict[str, Any] | None:
    """Read options as ``Client.submit`` takes them; None for what it has no word for."""
    asked: dict[str, Any] = {}
    if len(options) % 2 or any(option not in OPTIONS for option in options[::2]):
        return None
    for option, value in zip(options[::2], options[1::2], strict=True):
        name = OPTIONS[option]
        if name in REPEATED:
            asked.setdefault(name, []).append(value)
        else:
            asked[name] = value
    return asked
