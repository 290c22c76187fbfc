"""A service as a page of its own, behind the Lab's login: to be tried by who sees no Lab."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from tornado.escape import xhtml_escape
from tornado.web import authenticated

from longboat.api import Client
from longboat.errors import UserError
from longboat.server.handler import RESOURCE
from longboat.server.refusals import refusal_of

FOLDER = Path(__file__).parent / "page"
"""What the extension's build puts beside us."""
KINDS = {"try.js": "text/javascript", "try.css": "text/css"}
NOT_BUILT = "This page is not built; run: make extension. Then load it again."
POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

HTML = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{base}longboat/page/try.css">
{head}</head>
<body>
{body}
</body>
</html>
"""
SCRIPT = """\
<script id="jupyter-config-data" type="application/json">{config}</script>
<script type="module" src="{base}longboat/page/try.js"></script>
"""


class _Own(JupyterHandler):
    """What may be loaded by it, or asked, is of this server alone."""

    auth_resource = RESOURCE

    def initialize(self, client: Client) -> None:
        """See tornado."""
        self.client = client

    @property
    def content_security_policy(self) -> str:
        """Nothing from elsewhere, no script in the page's text, and no frame around it."""
        return POLICY

    def show(self, status: int, title: str, body: str, head: str = "") -> None:
        """Answer with a page; ``body`` and ``head`` are HTML, the title is text."""
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        base = xhtml_escape(self.base_url)
        self.finish(HTML.format(title=xhtml_escape(title), base=base, head=head, body=body))

    def refuse(self, status: int, sentence: str) -> None:
        """Answer with a page that says what is wrong."""
        said = xhtml_escape(sentence)
        self.show(status, "Longboat", f'<main><h1>Longboat</h1><p role="alert">{said}</p></main>')

    def write_error(self, status_code: int, **named: Any) -> None:
        """Answer with a sentence; never with a traceback."""
        error = named.get("exc_info", (None, None, None))[1]
        status, body = refusal_of(error, status_code)
        self.refuse(status, body["message"])


class Page(_Own):
    """``<base_url>longboat/try/<service>``."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Show the page of a service, or say which services there are."""
        if not all((FOLDER / file).is_file() for file in KINDS):
            self.refuse(503, NOT_BUILT)
            return
        try:
            service = await asyncio.to_thread(self.client.service, name)
        except UserError as error:
            self.refuse(error.http_status, str(error))
            return
        self.xsrf_token  # noqa: B018  reading it sets the cookie that the page's requests repeat
        said = xhtml_escape(service.name)
        self.show(
            200,
            service.name,
            f'<main id="longboat-try" data-service="{said}"></main>',
            self._head(),
        )

    def _head(self) -> str:
        config = json.dumps({"baseUrl": self.base_url}).replace("<", "\\u003c")
        return SCRIPT.format(config=config, base=xhtml_escape(self.base_url))


class Asset(_Own):
    """The script or the style of that page."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Give it."""
        try:
            found = await asyncio.to_thread((FOLDER / name).read_bytes)
        except FileNotFoundError:
            self.refuse(404, NOT_BUILT)
            return
        self.set_header("Content-Type", KINDS[name])
        self.set_header("Cache-Control", "no-cache")
        self.finish(found)
