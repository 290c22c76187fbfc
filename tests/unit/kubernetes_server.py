"""A small HTTP server that speaks the API server's protocol: objects, lists, watches, logs."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from longboat.spec.cluster import ClusterConfig

Object = dict[str, Any]
Reply = tuple[int, bytes]
PODS = "/api/v1/namespaces/default/pods"


def status(code: int, reason: str = "", message: str = "", **details: Any) -> Object:
    """A Status object."""
    said = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code}
    return {**said, "reason": reason, "message": message, "details": details}


class Store:
    """The objects of one kind and namespace with their history, as etcd keeps them."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.version = 10
        self.compacted = 0
        """Nothing is known of what happened at or before this version."""
        self.objects: dict[str, Object] = {}
        self.events: list[tuple[int, Object]] = []

    def put(self, name: str, **fields: Any) -> None:
        with self.changed:
            kind = "MODIFIED" if name in self.objects else "ADDED"
            metadata = {"name": name, "managedFields": [{"manager": "somebody"}]}
            self.objects[name] = {"metadata": metadata, **fields}
            self._happen(kind, self.objects[name])

    def add(self, item: Object) -> Object:
        """Create an object as somebody has written it."""
        with self.changed:
            self.objects[item["metadata"]["name"]] = item
            self._happen("ADDED", item)
            return item

    def change(self, name: str, changes: Object) -> Object:
        """Change an object by a JSON merge patch (RFC 7386)."""
        with self.changed:
            item = self.objects[name] = merged(self.objects[name], changes)
            self._happen("MODIFIED", item)
            return item

    def chosen(self, item: Object, query: dict[str, str]) -> bool:
        """Whether a list or a watch with this query has the object."""
        return True

    def delete(self, name: str) -> None:
        with self.changed:
            self._happen("DELETED", self.objects.pop(name))

    def bookmark(self) -> int:
        """Tell watches of a version at which nothing happened to pods."""
        with self.changed:
            self._happen("BOOKMARK", {"metadata": {}})
            return self.version

    def compact(self) -> None:
        with self.changed:
            self.compacted = self.version

    def _happen(self, kind: str, item: Object) -> None:
        self.version += 1
        item["metadata"]["resourceVersion"] = str(self.version)
        # As it is now: what is put later must not change what was told.
        self.events.append((self.version, json.loads(json.dumps({"type": kind, "object": item}))))
        self.changed.notify_all()


def merged(item: Any, changes: Any) -> Any:
    """An object after a JSON merge patch."""
    if not isinstance(changes, dict) or not isinstance(item, dict):
        return changes
    both = {key: merged(item.get(key), value) for key, value in changes.items()}
    return {key: value for key, value in {**item, **both}.items() if value is not None}


class Server:
    """Serves stores on a port of its own; can go away, and be told to behave badly."""

    def __init__(self) -> None:
        self.store = Store()
        self.stores = {PODS: self.store}
        """The path of each collection; there are no others."""
        self.token: str | None = None
        """What a caller must show; None for nothing."""
        self.replies: dict[tuple[str, str], Reply] = {}
        """(method, path) → what is answered instead of anything else."""
        self.log: Iterable[bytes] = ()
        """The chunks of every pod's log."""
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.bodies: list[Object] = []
        self.gone_as_event = False
        """Tell of a version too old by an event, not by the HTTP status."""
        self.frozen = False
        """Watches send nothing and do not end."""
        self.cut = 0
        """Watches begun before the last cut end now."""
        self.port = 0
        self._http: _Http | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Answer, on the same port as before."""
        self._http = _Http(self)
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections, and break those that there are."""
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http.break_connections()
            self._http = None

    def end_watches(self) -> None:
        """End every watch as a server does after its timeout."""
        with self.store.changed:
            self.cut += 1
            self.store.changed.notify_all()

    def watches_from(self) -> list[str]:
        """The versions from which watches were asked for."""
        queries = [query for _, _, query in self.requests]
        return [query["resourceVersion"] for query in queries if "watch" in query]

    def lists(self) -> int:
        """How often the pods were listed."""
        return sum(path == PODS and "watch" not in query for _, path, query in self.requests)

    def log_of(self, name: str, query: dict[str, str]) -> Iterable[bytes] | None:
        """The chunks of a pod's log; None when there is no such pod."""
        return self.log

    def create(self, path: str, item: Object) -> Object:
        """Create an object in the collection at ``path``."""
        return self.stores[path].add(item)

    def change(self, path: str, name: str, changes: Object) -> Object:
        """Change one there."""
        return self.stores[path].change(name, changes)

    def delete(self, path: str, name: str) -> None:
        """Delete one there."""
        self.stores[path].delete(name)

    def kubeconfig(self, folder: Path, **user: Any) -> ClusterConfig:
        """Write a kubeconfig with this server and user; give the configuration that names it."""
        path = folder / "kubeconfig"
        write_kubeconfig(path, {"server": self.url}, user)
        return ClusterConfig(name="tiny", kubeconfig=str(path))


def write_kubeconfig(path: Path, cluster: Object, user: Object, namespace: str = "") -> None:
    """A kubeconfig with one context; JSON is YAML."""
    context = {"cluster": "c", "user": "u", **({"namespace": namespace} if namespace else {})}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "here", "context": context}],
        "current-context": "here",
    }
    path.write_text(json.dumps(content))


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """A server that runs."""
    server = Server()
    server.start()
    try:
        yield server
    finally:
        server.frozen = False
        server.end_watches()
        server.stop()


def until(condition: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """Wait for something true and give it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.005)
    return found


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, api: Server) -> None:
        self.api = api
        self._sockets: set[socket.socket] = set()
        super().__init__(("127.0.0.1", api.port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._sockets.add(request)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that leaves is no error here."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def break_connections(self) -> None:
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(split.query).items()}
        api = self.server.api
        api.requests.append((self.command, split.path, query))
        length = int(self.headers.get("Content-Length", 0))
        self.body: Object = json.loads(self.rfile.read(length)) if length else {}
        if length:
            api.bodies.append(self.body)
        if api.token is not None and self.headers["Authorization"] != f"Bearer {api.token}":
            self._reply(401, status(401, "Unauthorized", "Unauthorized"))
        elif (self.command, split.path) in api.replies:
            code, body = api.replies[self.command, split.path]
            self._answer(code, body)
        elif split.path.endswith("/log"):
            self._log(split.path.split("/")[-2], query)
        else:
            self._object(split.path, query)

    def _log(self, name: str, query: dict[str, str]) -> None:
        chunks = self.server.api.log_of(name, query)
        if chunks is None:
            self._reply(404, status(404, "NotFound", f"pods {name} not found"))
        else:
            self._chunked(chunks)

    def _object(self, path: str, query: dict[str, str]) -> None:
        """Do what is asked of a collection, or of an object in one."""
        api = self.server.api
        collection, _, name = path.rpartition("/")
        if path in api.stores and self.command == "GET":
            (self._watch if "watch" in query else self._list)(path, query)
        elif path in api.stores and self.command == "POST":
            self._create(path, self.body, dry_run="dryRun" in query)
        elif name not in getattr(api.stores.get(collection), "objects", ()):
            self._reply(404, status(404, "NotFound", f"{path} not found"))
        elif self.command == "PATCH":
            self._reply(200, api.change(collection, name, self.body))
        elif self.command == "DELETE":
            api.delete(collection, name)
            self._reply(200, {"kind": "Status", "status": "Success"})
        else:
            self._reply(200, api.stores[collection].objects[name])

    def _create(self, path: str, item: Object, *, dry_run: bool) -> None:
        name = item["metadata"]["name"]
        if name in self.server.api.stores[path].objects:
            self._reply(409, status(409, "AlreadyExists", f"{name} already exists"))
        elif dry_run:
            self._reply(201, item)
        else:
            self._reply(201, self.server.api.create(path, item))

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def _list(self, path: str, query: dict[str, str]) -> None:
        store = self.server.api.stores[path]
        start, limit = int(query.get("continue", 0)), int(query.get("limit", 500))
        with store.changed:
            names = sorted(n for n, item in store.objects.items() if store.chosen(item, query))
            metadata = {"resourceVersion": str(store.version)}
            if names[start + limit :]:
                metadata["continue"] = str(start + limit)
            items = [store.objects[name] for name in names[start : start + limit]]
            body = {"metadata": metadata, "items": items}
            data = json.dumps(body).encode()
        self._answer(200, data)

    def _watch(self, path: str, query: dict[str, str]) -> None:
        api, store = self.server.api, self.server.api.stores[path]
        version = int(query["resourceVersion"])
        old = version < store.compacted
        gone = status(410, "Expired", f"too old resource version: {version}")
        if old and not api.gone_as_event:
            self._reply(410, gone)
        elif old:
            self._chunked([json.dumps({"type": "ERROR", "object": gone}).encode() + b"\n"])
        else:
            self._chunked(self._events(store, query, api.cut))

    def _events(self, store: Store, query: dict[str, str], cut: int) -> Iterator[bytes]:
        """What happens after a version, until the time is over or somebody cuts it off."""
        api, version = self.server.api, int(query["resourceVersion"])
        deadline = time.monotonic() + float(query["timeoutSeconds"])
        while api.cut == cut and (api.frozen or time.monotonic() < deadline):
            with store.changed:
                news = [] if api.frozen else [e for v, e in store.events if v > version]
                if not news:
                    store.changed.wait(0.05)
                version = store.version if news else version
            for event in news:
                if event["type"] == "BOOKMARK" or store.chosen(event["object"], query):
                    yield json.dumps(event).encode() + b"\n"

    def _chunked(self, chunks: Iterable[bytes]) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self._end_headers()
        for chunk in chunks:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def _reply(self, code: int, body: Object) -> None:
        self._answer(code, json.dumps(body).encode())

    def _answer(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self._end_headers()
        self.wfile.write(body)

    def _end_headers(self) -> None:
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
