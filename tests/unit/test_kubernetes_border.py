"""What the packages raise and what an API server answers becomes an error of ours, with a cure."""

from __future__ import annotations

import inspect
import json
from types import ModuleType
from typing import Any

import kubernetes.client.exceptions
import kubernetes.config.config_exception
import pytest
import urllib3.exceptions
from kubernetes_server import status

from longboat.backends.kubernetes.api.border import (
    Gone,
    NoLogYet,
    Refused,
    TimedOut,
    Unauthorized,
    Unreachable,
    error_of,
    translated,
)
from longboat.errors import Broken, Conflict, LongboatError, NotFound, TooLarge, Unavailable

TRANSPORT = {
    "HTTPError PoolError RequestError SSLError ProxyError DecodeError ProtocolError "
    "ConnectionError MaxRetryError HostChangedError TimeoutStateError NameResolutionError "
    "EmptyPoolError FullPoolError ClosedPoolError LocationValueError LocationParseError "
    "URLSchemeUnknown ResponseError ResponseNotChunked BodyNotHttplibCompatible IncompleteRead "
    "InvalidChunkLength InvalidHeader ProxySchemeUnknown ProxySchemeUnsupported "
    "HeaderParsingError UnrewindableBodyError NewConnectionError": Unreachable,
    "ConnectTimeoutError": Unreachable,
    "TimeoutError ReadTimeoutError": TimedOut,
    # Given to warnings.warn, and not raised.
    "HTTPWarning SecurityWarning InsecureRequestWarning NotOpenSSLWarning SystemTimeWarning "
    "InsecurePlatformWarning DependencyWarning": None,
}
CLIENT = {
    "ApiException BadRequestException NotFoundException UnauthorizedException "
    "ForbiddenException ServiceException ConflictException UnprocessableEntityException": (
        Unreachable
    ),
    "OpenApiException ApiTypeError ApiValueError ApiAttributeError ApiKeyError": Broken,
}
CONFIG = {"ConfigException": None}  # all that comes of reading a configuration is caught there


def raised_by(module: ModuleType) -> dict[str, type[Exception]]:
    """The classes of exceptions that a module defines."""
    return {
        name: each
        for name, each in vars(module).items()
        if inspect.isclass(each)
        and issubclass(each, Exception)
        and each.__module__ == module.__name__
    }


@pytest.mark.parametrize(
    ("module", "table"),
    [
        (urllib3.exceptions, TRANSPORT),
        (kubernetes.client.exceptions, CLIENT),
        (kubernetes.config.config_exception, CONFIG),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_exception_of_the_packages_is_known_here(
    module: ModuleType, table: dict[str, type[LongboatError] | None]
) -> None:
    expected = {name: ours for names, ours in table.items() for name in names.split()}
    found = raised_by(module)
    assert sorted(found) == sorted(expected)
    for name, each in found.items():
        error = each.__new__(each)
        vars(error).update(reason="said", partial=0, expected=1, length=b"")  # as __init__ would
        ours = translated(error, "tiny")
        assert type(ours) is (expected[name] or type(None)), name


@pytest.mark.parametrize("error", [ConnectionResetError(104, "reset"), BrokenPipeError()])
def test_errors_of_the_operating_system_mean_that_nobody_is_reached(error: OSError) -> None:
    assert isinstance(translated(error, "tiny"), Unreachable)


def test_an_error_of_ours_in_the_code_is_not_taken_for_the_networks() -> None:
    assert translated(KeyError("x"), "tiny") is None


FORBIDDEN = 'pods is forbidden: User "eve" cannot create resource "pods"'
TERMINATING = {"reason": "NamespaceTerminating", "message": "namespace x is being terminated"}


@pytest.mark.parametrize(
    ("said", "expected", "sentence"),
    [
        (status(400, "BadRequest", "it is bad"), Refused, "refuses to make it: it is bad."),
        (status(401, "Unauthorized", "Unauthorized"), Unauthorized, "log in again"),
        (status(403, "Forbidden", FORBIDDEN), Refused, "refuses to make it: pods is forbidden"),
        (
            status(403, "Forbidden", FORBIDDEN.replace("eve", "system:anonymous")),
            Unauthorized,
            "log in again",
        ),
        (status(404, "NotFound", 'pods "x" not found'), NotFound, "cannot make it: pods"),
        (status(405, "MethodNotAllowed", "not allowed"), Refused, "not allowed"),
        (status(409, "AlreadyExists", 'pods "x" already exists'), Conflict, "already exists"),
        # Two who count against one quota at once.
        (status(409, "Conflict", "the object has been modified"), Unavailable, "again later"),
        (status(410, "Expired", "too old resource version"), Gone, "too old"),
        (status(413, "RequestEntityTooLarge", "limit is 3145728"), TooLarge, "send less"),
        (status(500, "", "etcdserver: request is too large"), TooLarge, "send less"),
        (status(422, "Invalid", "spec.x: Required value"), Refused, "spec.x: Required value"),
        (status(429, "TooManyRequests", "later"), Unavailable, "HTTP 429: later"),
        (status(500, "InternalError", "failed calling webhook"), Unavailable, "webhook"),
        (status(503, "ServiceUnavailable", "no etcd"), Unavailable, "no etcd"),
        (status(504, "Timeout", "timed out"), Unavailable, "HTTP 504"),
        (
            status(400, "BadRequest", 'container "c" in pod "p" is waiting to start: Pulling'),
            NoLogYet,
            "waiting to start",
        ),
    ],
)
def test_each_status_of_the_api_is_told_as_what_it_is(
    said: dict[str, Any], expected: type[LongboatError], sentence: str
) -> None:
    error = error_of(said["code"], json.dumps(said).encode(), "make it", "tiny")
    assert type(error) is expected
    assert "cluster tiny" in str(error)
    assert sentence in str(error)


@pytest.mark.parametrize("status_code", [302, 400, 403, 422, 502])
@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"code": "x"}', b"\xff\xfe", b"null"])
def test_what_a_proxy_says_is_not_the_api_servers_last_word(status_code: int, body: bytes) -> None:
    error = error_of(status_code, body, "make it", "tiny")
    assert type(error) is Unavailable
    assert f"cannot make it now (HTTP {status_code}: " in str(error)


def test_plain_text_of_an_error_is_shown() -> None:
    error = error_of(400, b"Client sent an HTTP request to an HTTPS server.\n", "make it", "tiny")
    assert "an HTTPS server). Try" in str(error)


def test_what_is_refused_says_everything_that_the_server_said() -> None:
    said = status(403, "Forbidden", "no", name="x", causes=[TERMINATING])
    error = error_of(403, json.dumps(said).encode(), "make it", "tiny")
    assert isinstance(error, Refused)
    assert (error.status, error.reason, error.message) == (403, "Forbidden", "no")
    assert error.details == {"name": "x", "causes": [TERMINATING]}
    assert error.namespace_terminating
    other = error_of(403, json.dumps(status(403, "Forbidden", "no")).encode(), "make it", "tiny")
    assert isinstance(other, Refused)
    assert not other.namespace_terminating
