"""What makes sense after a look at a job."""

from __future__ import annotations

from typing import Any

from longboat.views.cells.place import typed


def next_steps(job: dict[str, Any]) -> list[str]:
    """The commands that make sense now, as they are typed where one is."""
    return [typed(line) for line in _commands(job)]


def _commands(job: dict[str, Any]) -> list[str]:
    me = job["id"]
    output = "notebook" if job["entry"].endswith(".ipynb") else "logs"
    match job["state"]:
        case "queued" | "starting" | "running":
            return [f"longboat logs {me} --follow", f"longboat stop {me}"]
        case "succeeded" if job["model"]:
            return [f"longboat deploy {job['model']} --wait", f"longboat {output} {me}"]
        case "succeeded":
            return [f"longboat {output} {me}", f"longboat files {me}"]
        case _ if job.get("imported"):
            return [f"longboat logs {me} --tail 50", f"longboat restore {me} {job['name']}"]
        case _:
            return [f"longboat logs {me} --tail 50", f"longboat again {me}"]
