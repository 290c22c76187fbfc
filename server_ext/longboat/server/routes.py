"""Which path is answered by whom; ``openapi.json`` says the same for people and programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jupyter_server.utils import url_path_join

from longboat.api import Client
from longboat.server import again, jobs, logs, models, outputs, page, planning, tries
from longboat.server.events import Events
from longboat.server.proxy import Proxy
from longboat.server.watching import Watcher

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp
    from tornado.web import RequestHandler

ROOT = "longboat/api"
SERVICES = "longboat/services"
NAME = r"([^/]+)"

ROUTES: dict[str, type[RequestHandler]] = {
    "jobs": jobs.Jobs,
    f"jobs/{NAME}": jobs.OneJob,
    f"jobs/{NAME}/stop": jobs.Stop,
    f"jobs/{NAME}/again": again.Again,
    f"jobs/{NAME}/again/plan": again.Plan,
    f"jobs/{NAME}/log": logs.Log,
    f"jobs/{NAME}/log/whole": outputs.WholeLog,
    f"jobs/{NAME}/metrics": jobs.Metrics,
    f"jobs/{NAME}/files": outputs.Files,
    f"jobs/{NAME}/receipt": outputs.Receipt,
    f"jobs/{NAME}/file": outputs.OneFile,
    f"jobs/{NAME}/notebook": outputs.Executed,
    f"jobs/{NAME}/diff": outputs.Diff,
    "notebook": planning.Notebook,
    "plan": planning.Plan,
    "models": models.Models,
    f"models/{NAME}": models.OneModel,
    f"models/{NAME}/tries": tries.Tries,
    f"models/{NAME}/tries/{NAME}": tries.OneTry,
    "services": models.Services,
    f"services/{NAME}": models.OneService,
    f"services/{NAME}/predict": models.Predict,
    f"services/{NAME}/keep": tries.Keep,
    f"services/{NAME}/replay": tries.Replay,
    "place": models.Place,
}


def add_routes(app: ServerApp) -> None:
    """Answer below ``<base_url>longboat/``, with the home of whoever runs the server."""
    client = Client()
    base = url_path_join(app.web_app.settings["base_url"], ROOT)
    found: list[tuple[Any, ...]] = [
        (url_path_join(base, path), handler, {"client": client}) for path, handler in ROUTES.items()
    ]
    found.append(
        (url_path_join(base, "events"), Events, {"client": client, "watcher": Watcher(client)})
    )
    services = url_path_join(app.web_app.settings["base_url"], SERVICES, rf"{NAME}/(.+)")
    found.append((services, Proxy, {"client": client}))
    found += _pages(app.web_app.settings["base_url"], client)
    app.web_app.add_handlers(".*$", found)  # type: ignore[no-untyped-call]


def _pages(base: str, client: Client) -> list[tuple[Any, ...]]:
    """Pages without a Lab around them."""
    files = "|".join(map(re.escape, page.KINDS))
    return [
        (url_path_join(base, "longboat/try", NAME), page.Page, {"client": client}),
        (url_path_join(base, "longboat/page", f"({files})"), page.Asset, {"client": client}),
    ]
