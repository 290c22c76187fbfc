"""The server extension: what the Lab's panels ask for, behind the Lab's login."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Name the module that Jupyter loads."""
    return [{"module": "longboat.server"}]


def _load_jupyter_server_extension(app: ServerApp) -> None:
    """Add the routes. Jupyter calls this once, when it begins."""
    # Here and not above: whoever only asks for the name of the module needs none of it.
    from longboat.server.routes import add_routes

    add_routes(app)
