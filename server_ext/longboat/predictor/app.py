"""TensorFlow Serving's V1 REST API (tensorflow.org/tfx/serving/api_rest) over one loaded model."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import time
from typing import Any, NamedTuple
from urllib.parse import unquote

import numpy as np
import orjson

from longboat.errors import BadInput, LongboatError
from longboat.predictor.batching import Batcher, Outcome
from longboat.predictor.counters import Counters
from longboat.predictor.http import Request
from longboat.predictor.inputs import Call, read_call
from longboat.predictor.metadata import metadata, status
from longboat.predictor.model import LoadedModel
from longboat.predictor.response import Response, error
from longboat.predictor.tensors import to_json
from longboat.spec.service import PredictorOptions

log = logging.getLogger(__name__)

ROUTE = re.compile(r"/v1/models/([^/:]+)(?:/versions/([0-9]{1,18}))?(/metadata|:[a-z]+)?")
PREDICT, STATUS, METADATA, HEALTH = "predict", "status", "metadata", "health"


class Identity(NamedTuple):
    """What is served, and who may ask."""

    model: str
    version: int
    token: bytes


class App:
    """Answers requests (predictor/http.py's Application)."""

    def __init__(
        self,
        identity: Identity,
        model: LoadedModel,
        options: PredictorOptions,
        counters: Counters,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.max_body = options.max_body
        self.request_timeout = options.request_timeout
        self._identity = identity
        self._model = model
        self._counters = counters
        self._batcher = Batcher(model, loop, batch=options.batch)

    def refuse(self, request: Request) -> Response | None:
        """Judge by the head: the token first, so that nobody without it learns what is here."""
        path = unquote(request.url.split(b"?", 1)[0].decode("latin-1"))
        refusal = None
        if path == "/healthz":
            methods = {"GET": HEALTH}
        else:
            refusal = self._forbidden(request.headers.get(b"authorization"))
            methods = self._methods(path)
        refusal = refusal or _unknown(path, methods, request.method)
        if refusal is None:
            request.kind = methods[request.method]
        elif PREDICT in methods.values() and request.method == "POST":
            self._counters.begin()
            self._counters.end(refusal.status, 0.0)
        return refusal

    def handle(self, request: Request) -> None:
        """Answer a request whose head was not refused."""
        if request.kind == PREDICT:
            self._predict(request)
        elif request.kind == HEALTH:
            request.answer(Response(200, b'{"status":"ok"}'))
        elif request.kind == STATUS:
            request.answer(_json(status(self._identity.version)))
        else:
            request.answer(_json(metadata(*self._identity[:2], self._model.signatures)))

    def _predict(self, request: Request) -> None:
        self._counters.begin()
        try:
            call = read_call(request.body, self._model.signatures, self._model.default)
        except BadInput as refusal:
            self._finish(request, error(400, str(refusal)))
            return
        except Exception:
            log.exception("A request could not be read")
            self._finish(request, error(500, "The predictor failed to read this request."))
            return
        request.body = b""
        self._batcher.submit(call, lambda outcome: self._answer(request, call, outcome))

    def _answer(self, request: Request, call: Call, outcome: Outcome) -> None:
        try:
            response = self._response(call, outcome)
        except Exception:
            log.exception("An answer could not be written")
            response = error(500, "The predictor failed to write the model's answer as JSON.")
        self._finish(request, response)

    def _response(self, call: Call, outcome: Outcome) -> Response:
        if isinstance(outcome, BadInput):
            return error(400, str(outcome))
        if isinstance(outcome, LongboatError):
            return error(500, str(outcome))
        names = list(self._model.signatures[call.signature].outputs)
        if not call.by_row:
            return _json({"outputs": _columns(names, outcome)})
        rows = call.tensors[0].shape[0]
        for name, array in zip(names, outcome, strict=True):
            if array.ndim == 0 or array.shape[0] != rows:
                sentence = f"output {name!r}: It has no row for each instance; send "
                return error(400, f'{sentence}"inputs" instead of "instances".')
        return _json({"predictions": _rows(names, outcome, rows)})

    def _finish(self, request: Request, response: Response) -> None:
        request.answer(response)
        self._counters.end(response.status, time.perf_counter() - request.received)

    def _forbidden(self, header: bytes | None) -> Response | None:
        scheme, _, token = (header or b"").partition(b" ")
        if scheme.lower() != b"bearer" or not token:
            sentence = (
                "This service wants its token: send the header Authorization: Bearer <token>."
            )
            return error(401, sentence, ("WWW-Authenticate", "Bearer"))
        if not hmac.compare_digest(token.strip(), self._identity.token):
            return error(403, "This is not the service's token; the service's token_file holds it.")
        return None

    def _methods(self, path: str) -> dict[str, str]:
        """Tell what can be done at a path: method → kind; nothing for an unknown path."""
        found = ROUTE.fullmatch(path)
        if found is None or found[1] != self._identity.model:
            return {}
        if found[2] is not None and int(found[2]) != self._identity.version:
            return {}
        return {
            None: {"GET": STATUS, "POST": PREDICT},
            ":predict": {"POST": PREDICT},
            "/metadata": {"GET": METADATA},
        }.get(found[3], {})


def _unknown(path: str, methods: dict[str, str], method: str) -> Response | None:
    if not methods:
        sentence = f"{path[:200]} is not served here."
        return error(404, f"{sentence} Ask /v1/models/<model>[/versions/<n>][:predict|/metadata].")
    if method not in methods:
        allowed = ", ".join(methods)
        return error(405, f"{method} is not allowed here, only {allowed}.", ("Allow", allowed))
    return None


def _columns(names: list[str], outputs: list[np.ndarray]) -> Any:
    if len(names) == 1:
        return to_json(outputs[0])
    return {name: to_json(array) for name, array in zip(names, outputs, strict=True)}


def _rows(names: list[str], outputs: list[np.ndarray], rows: int) -> Any:
    values = [to_json(array) for array in outputs]
    if len(names) == 1:
        return values[0]
    return [dict(zip(names, (v[i] for v in values), strict=True)) for i in range(rows)]


def _json(value: Any) -> Response:
    return Response(200, orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY))
