"""What a form needs to know before there is a job: of the notebook, and of what was chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from msgspec import to_builtins
from tornado.web import authenticated

from longboat.errors import LongboatError
from longboat.server import bodies
from longboat.server.handler import Handler, root_of

if TYPE_CHECKING:
    from longboat.api import Client
    from longboat.jobs.submission import Plan as Planned
    from longboat.snapshots.manifest import Snapshot
    from longboat.spec.job import JobSpec
    from longboat.spec.notebook import NotebookFacts

MOST_FILES = 200
"""That are named one by one."""


class Notebook(Handler):
    """A notebook or a script that may become a job."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Say which parameters it declares, which kernel it wants, and what travels with it."""
        asked = {"path": self.get_query_argument("path", "")}
        entry = bodies.entry(asked, root_of(self))
        self.reply(await self.aside(self._told_of, entry))

    def _told_of(self, entry: Path) -> dict[str, Any]:
        # What reads source takes a while to load: not when the server starts.
        from longboat.spec.notebook import read_notebook

        return {**declared(read_notebook(entry)), "travels": self._travels(entry)}

    def _travels(self, entry: Path) -> dict[str, Any] | None:
        """Null where something keeps it from travelling: a plan says what."""
        try:
            return travelling(self.client.travels(entry))
        except LongboatError:
            return None


class Plan(Handler):
    """A job that could be."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Check what submitting would check; tell what would run, and how to say it elsewhere."""
        body = self.body()
        wanted, root = bodies.asked(body), root_of(self)
        self.reply(await self.aside(self._plan, bodies.entry(body, root), root, wanted))

    def _plan(self, entry: Path, root: Path, wanted: dict[str, Any]) -> dict[str, Any]:
        from longboat.views.spelling import command_line, python_call

        located = bodies.located(wanted, entry.parent, root)
        plan = self.client.look(entry, **located)
        path, said = _below(root, entry), plainly(located, plan.spec, root)
        return {
            **told(self.client, plan),
            "advice": self.client.advice(
                plan.spec,
                by_default=not wanted.get("memory"),
                writes_checkpoints=plan.writes_checkpoints,
            ),
            "shell": command_line(path, said),
            "python": python_call(path, said),
        }


def told(client: Client, plan: Planned) -> dict[str, Any]:
    """Say what would run, and as which objects of a cluster."""
    from longboat.views.plan import as_yaml

    manifests = client.manifests(plan)
    return {
        "travels": travelling(plan.snapshot),
        "spec": to_builtins(plan.spec),
        "yaml": None if manifests is None else as_yaml(manifests),
    }


def declared(facts: NotebookFacts) -> dict[str, Any]:
    """Say what a notebook or a script declares."""
    from longboat.spec.parameters import described

    return {
        "kind": facts.kind,
        "kernel": facts.kernel,
        "parameters": described(facts.parameters),
        "open": facts.parameters.open,
    }


def travelling(snapshot: Snapshot) -> dict[str, Any]:
    """Say which files travel."""
    files = [{"path": file.path, "size": file.size} for file in snapshot.files[:MOST_FILES]]
    return {
        "files": files,
        "count": len(snapshot.files),
        "size": snapshot.size,
        "warnings": list(snapshot.warnings),
    }


def _below(root: Path, path: str | Path) -> str:
    """As one names it who is in the server's folder."""
    return str(Path(path).relative_to(root.resolve()))


def plainly(located: dict[str, Any], spec: JobSpec, root: Path) -> dict[str, Any]:
    """Give what was typed into fields as text, as the numbers and values that it means."""
    requirements = located.get("requirements")
    meant = {
        **{name: getattr(spec, name) for name in ("workers", "ps", "retries", "parameters", "env")},
        "cpu": spec.resources.cpu,
        "gpu": spec.resources.gpu,
        "requirements": _below(root, requirements) if requirements else None,
    }
    return {name: meant.get(name, value) for name, value in located.items()}
