"""Services behind the login of the Lab: what a predictor answers, asked with its own token."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from jupyter_server.auth.decorator import authorized
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.web import authenticated

from longboat.errors import Unavailable
from longboat.server.handler import Handler

SECONDS = 120.0
"""For an answer: a big batch of a big model takes long."""
_PASSED_ON = ("Content-Type", "Retry-After")


class Proxy(Handler):
    """``<base_url>longboat/services/<name>/…`` is the same path at the service's predictor."""

    @authenticated
    @authorized
    async def get(self, name: str, path: str) -> None:
        """Pass a question on: what the model is, whether it is ready."""
        await self._pass_on(name, path, None)

    @authenticated
    @authorized
    async def post(self, name: str, path: str) -> None:
        """Pass a request for predictions on."""
        await self._pass_on(name, path, self.request.body)

    async def _pass_on(self, name: str, path: str, body: bytes | None) -> None:
        where, token = await self.aside(self._place, name)
        query = f"?{self.request.query}" if self.request.query else ""
        request = HTTPRequest(
            f"{where}/{path}{query}",
            self.request.method or "GET",
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            body=body,
            request_timeout=SECONDS,
            follow_redirects=False,
        )
        try:
            answer = await AsyncHTTPClient().fetch(request, raise_error=False)
        except (OSError, HTTPClientError) as error:
            raise Unavailable(f"The service {name} does not answer ({error}).") from error
        self._answer(answer)

    def _place(self, name: str) -> tuple[str, str]:
        """Where the predictor is, and what it lets in. Raises NotFound, Unavailable."""
        found = self.client.service(name).to_dict()
        if found["url"] is None:
            raise Unavailable(f"The service {name} is {found['state']}; ask again soon.")
        split = urlsplit(found["url"])
        return f"{split.scheme}://{split.netloc}", Path(found["token_file"]).read_text().strip()

    def _answer(self, answer: HTTPResponse) -> None:
        self.set_status(answer.code)
        for header in _PASSED_ON:
            if header in answer.headers:
                self.set_header(header, answer.headers[header])
        self.finish(answer.body)
