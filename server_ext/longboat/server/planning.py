"""What a form needs to know before there is a job: of the notebook, and of what was chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from longboat.server import bodies
from longboat.server.handler import Handler, root_of

if TYPE_CHECKING:
    from longboat.spec.job import JobSpec

MOST_FILES = 200
"""That are named one by one."""


class Notebook(Handler):
    """A notebook or a script that may become a job."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Say which parameters it declares, of which kind, and which kernel it wants."""
        asked = {"path": self.get_query_argument("path", "")}
        entry = bodies.entry(asked, root_of(self))
        self.reply(await self.aside(_told_of, entry))


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
        from longboat.views.plan import as_yaml, plan_dict
        from longboat.views.spelling import command_line, python_call

        located = bodies.located(wanted, entry, root)
        plan = self.client.look(entry, **located)
        manifests = self.client.manifests(plan)
        found = plan_dict(plan, manifests)
        files = found.pop("files")
        path, said = _below(root, entry), _plainly(located, plan.spec, root)
        return {
            "files": files[:MOST_FILES],
            "count": len(files),
            "size": plan.snapshot.size,
            "spec": found["spec"],
            "warnings": [
                *found["warnings"],
                *self.client.advice(
                    plan.spec,
                    by_default=not wanted.get("memory"),
                    writes_checkpoints=plan.writes_checkpoints,
                ),
            ],
            "shell": command_line(path, said),
            "python": python_call(path, said),
            "yaml": None if manifests is None else as_yaml(manifests),
        }


def _told_of(entry: Path) -> dict[str, Any]:
    # What reads source takes a while to load: not when the server starts.
    from longboat.spec.notebook import read_notebook
    from longboat.spec.parameters import described

    facts = read_notebook(entry)
    return {
        "kind": facts.kind,
        "kernel": facts.kernel,
        "parameters": described(facts.parameters),
        "open": facts.parameters.open,
    }


def _below(root: Path, path: str | Path) -> str:
    """As one names it who is in the server's folder."""
    return str(Path(path).relative_to(root.resolve()))


def _plainly(located: dict[str, Any], spec: JobSpec, root: Path) -> dict[str, Any]:
    """What was typed into fields as text, as the numbers and values that it means."""
    requirements = located.get("requirements")
    meant = {
        **{name: getattr(spec, name) for name in ("workers", "ps", "retries", "parameters", "env")},
        "cpu": spec.resources.cpu,
        "gpu": spec.resources.gpu,
        "requirements": _below(root, requirements) if requirements else None,
    }
    return {name: meant.get(name, value) for name, value in located.items()}
