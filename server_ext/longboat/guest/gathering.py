"""The leader's side of the meeting: listen, keep a list, tell everybody."""

from __future__ import annotations

import selectors
import socket
from typing import Dict, List, Optional, Tuple

from longboat.guest import hello
from longboat.guest.names import Names, split_address
from longboat.guest.party import NEVER_CAME, WENT_AWAY, OnWaiting, Party, Patience, PeersMissing

_TICK = 0.2  # seconds at most between two looks at the names and the clock
_NEWS_EVERY = 0.5  # seconds at least before and between two reports of who is missing
_STRANGERS = 64  # connections that have not said hello; beyond it the oldest is hung up on


def gather(party: Party, patience: Patience, on_waiting: OnWaiting) -> List[socket.socket]:
    """Wait for everybody and send "go"; give the connections. Raises PeersMissing."""
    try:
        listener = _listen(party.addresses[party.me])
    except OSError as error:
        why = f"its port ({party.addresses[party.me]}) cannot be opened: {error.strerror}"
        raise PeersMissing(party.me, {party.me: why}, patience.used) from error
    with Names({name: party.addresses[name] for name in party.others}) as names:
        gathering = _Gathering(party, patience, names, listener)
        try:
            gathering.run(on_waiting)
            return gathering.release()
        finally:
            gathering.close()


def _listen(address: str) -> socket.socket:
    """Listen on TensorFlow's own port; SO_REUSEPORT, because the supervisor may hold it.

    TensorFlow will listen on every interface, so this does too, except where the address is the
    machine's own loopback.
    """
    host, port = split_address(address)
    if host == "localhost" or host.startswith("127."):
        return _server("127.0.0.1", port, dual=False)
    return _server("", port, dual=socket.has_dualstack_ipv6())


def _server(host: str, port: int, dual: bool) -> socket.socket:
    family = socket.AF_INET6 if dual else socket.AF_INET
    made = socket.create_server(
        (host, port), family=family, backlog=128, reuse_port=True, dualstack_ipv6=dual
    )
    made.setblocking(False)
    return made


class _Connection:
    """Somebody who connected: a visitor once it has said a proper hello."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.lines = hello.Lines(hello.HELLO_LIMIT)
        self.said: Optional[hello.Hello] = None

    def tell(self, answer: hello.Answer) -> bool:
        """Send it; False when the other side is gone or does not read."""
        try:
            self.sock.sendall(hello.write_answer(answer))
        except OSError:
            return False
        return True


class _Gathering:
    def __init__(
        self, party: Party, patience: Patience, names: Names, listener: socket.socket
    ) -> None:
        self._party, self._patience, self._names = party, patience, names
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._connections: List[_Connection] = []
        self._why = dict.fromkeys(party.others, NEVER_CAME)
        self._gave_up = False
        self._told: Tuple[float, Dict[str, str]] = (0.0, {})

    def run(self, on_waiting: OnWaiting) -> None:
        while True:
            missing = self._missing()
            if not missing:
                return self._go()
            if self._gave_up or not self._patience.left:
                self._tell_all(hello.Answer("over", missing))
                raise PeersMissing(self._party.me, missing, self._patience.used)
            self._report(missing, on_waiting)
            for key, _ in self._selector.select(min(_TICK, self._patience.left)):
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._read(key.data)

    def release(self) -> List[socket.socket]:
        """Give away the connections to those who came."""
        came = [connection for connection in self._connections if connection.said is not None]
        self._connections = [c for c in self._connections if c not in came]
        return [connection.sock for connection in came]

    def close(self) -> None:
        self._selector.close()
        self._listener.close()
        for connection in self._connections:
            connection.sock.close()

    def _missing(self) -> Dict[str, str]:
        """Replica → why, of everybody who keeps the others from starting."""
        present = {c.said.replica: c.said for c in self._connections if c.said is not None}
        missing = {name: why for name, why in self._why.items() if name not in present}
        for me, unresolved in (
            (self._party.me, self._names.unresolved),
            *((name, said.unresolved) for name, said in present.items()),
        ):
            for name in unresolved:
                if missing.get(name, NEVER_CAME) == NEVER_CAME:
                    missing[name] = f"its name does not resolve (asked by {me})"
        return missing

    def _go(self) -> None:
        # Nobody may find this listener in TensorFlow's place.
        self._listener.close()
        self._tell_all(hello.Answer("go", {}))

    def _report(self, missing: Dict[str, str], on_waiting: OnWaiting) -> None:
        at, before = self._told
        if missing != before and self._patience.used - at >= _NEWS_EVERY:
            self._told = (self._patience.used, missing)
            self._tell_all(hello.Answer("waiting", missing))
            on_waiting(sorted(missing))

    def _tell_all(self, answer: hello.Answer) -> None:
        for connection in [c for c in self._connections if c.said is not None]:
            if not connection.tell(answer):
                self._drop(connection)

    def _accept(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        connection = _Connection(sock)
        self._connections.append(connection)
        self._selector.register(sock, selectors.EVENT_READ, connection)
        strangers = [c for c in self._connections if c.said is None]
        if len(strangers) > _STRANGERS:
            self._drop(strangers[0])

    def _read(self, connection: _Connection) -> None:
        try:
            data = connection.sock.recv(65536)
            lines = connection.lines.feed(data) if data else []
        except BlockingIOError:
            return
        except (OSError, hello.Overlong):
            return self._drop(connection)
        if not data:
            return self._drop(connection)
        for line in lines:
            self._hear(connection, hello.parse_hello(line))
        return None

    def _hear(self, connection: _Connection, said: Optional[hello.Hello]) -> None:
        if said is None or said.job != self._party.job or said.replica not in self._why:
            return self._drop(connection)
        if said.attempt != self._party.attempt:
            return self._refuse(connection, said)
        for older in self._connections:
            if older is not connection and older.said and older.said.replica == said.replica:
                self._drop(older)
        newcomer = connection.said is None
        connection.said = said
        self._gave_up = self._gave_up or said.leaving
        if newcomer:
            connection.tell(hello.Answer("waiting", self._missing()))
        return None

    def _refuse(self, connection: _Connection, said: hello.Hello) -> None:
        mine = self._party.attempt
        self._why[said.replica] = f"it came with attempt {said.attempt}, and this is {mine}"
        connection.tell(hello.Answer("refused", {}, attempt=mine))
        self._drop(connection)

    def _drop(self, connection: _Connection) -> None:
        if connection not in self._connections:
            return
        self._connections.remove(connection)
        self._selector.unregister(connection.sock)
        connection.sock.close()
        if connection.said is not None:
            self._why[connection.said.replica] = WENT_AWAY
