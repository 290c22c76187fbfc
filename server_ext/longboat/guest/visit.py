"""A visitor's side of the meeting: say hello to the leader until it says go."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Dict, List, Optional

from longboat.guest import hello
from longboat.guest.names import Names, split_address
from longboat.guest.party import WENT_AWAY, OnWaiting, Party, Patience, PeersMissing

_TICK = 0.2  # seconds at most between two looks at the names and the clock
_FIRST_RETRY, _LAST_RETRY = 0.05, 0.4  # seconds between two tries to connect, growing
_CONNECT = 5.0  # seconds to wait for one connection
_QUIET = 0.5  # seconds before it is worth a report that somebody is missing


def visit(party: Party, patience: Patience, on_waiting: OnWaiting) -> List[socket.socket]:
    """Return when the leader says go, with the connection to it. Raises PeersMissing."""
    with Names({name: party.addresses[name] for name in party.others}) as names:
        return [_Visit(party, patience, names, on_waiting).run()]


class _Visit:
    def __init__(
        self, party: Party, patience: Patience, names: Names, on_waiting: OnWaiting
    ) -> None:
        self._party, self._patience, self._names = party, patience, names
        self._on_waiting = on_waiting
        self._missing: Dict[str, str] = {}
        self._told: List[str] = []
        self._heard = ""  # the leader's last word

    def run(self) -> socket.socket:
        pause = _FIRST_RETRY
        while self._patience.left:
            sock = self._connect()
            if sock is not None and self._conversed(sock):
                return sock
            time.sleep(min(pause, self._patience.left))
            pause = min(2 * pause, _LAST_RETRY)
        raise self._over()

    def _connect(self) -> Optional[socket.socket]:
        leader = self._party.leader
        address = split_address(self._party.addresses[leader])
        if leader in self._names.unresolved:  # asking here could block beyond our patience
            self._wait_for({leader: f"its name {address[0]} does not resolve"})
            return None
        try:
            return socket.create_connection(address, min(_CONNECT, self._patience.left + 0.1))
        except ConnectionRefusedError:
            refuses = "it refuses connections on its TensorFlow port"
            self._wait_for({leader: WENT_AWAY if self._heard == "waiting" else refuses})
        except OSError as error:
            self._wait_for({leader: f"it cannot be reached: {error.strerror or error}"})
        return None

    def _conversed(self, sock: socket.socket) -> bool:
        """Converse; unless it ends with go, hang up."""
        with contextlib.ExitStack() as stack:
            stack.callback(sock.close)
            if not self._converse(sock):
                return False
            stack.pop_all()
        return True

    def _converse(self, sock: socket.socket) -> bool:
        """Say hello and listen; True for go, False when it is worth another try."""
        lines = hello.Lines(hello.ANSWER_LIMIT)
        said: Optional[hello.Hello] = None
        try:
            while self._patience.left:
                said = self._say(sock, said)
                self._report()
                for line in lines.feed(self._receive(sock)):
                    if self._obey(hello.parse_answer(line)):
                        return True
            self._say(sock, said, leaving=True)
        except (OSError, hello.Overlong):
            self._hung_up()
        return False

    def _hung_up(self) -> None:
        leader = self._party.leader
        if self._heard == "waiting":
            self._wait_for({leader: WENT_AWAY})
        elif self._heard != "refused":  # then the reason is known
            self._wait_for({leader: "it hangs up: another job may have its port"})

    def _say(
        self, sock: socket.socket, before: Optional[hello.Hello], leaving: bool = False
    ) -> hello.Hello:
        party = self._party
        now = hello.Hello(party.job, party.me, party.attempt, self._names.unresolved, leaving)
        if now != before:
            sock.sendall(hello.write_hello(now))
        return now

    def _receive(self, sock: socket.socket) -> bytes:
        sock.settimeout(min(_TICK, self._patience.left + 0.01))
        try:
            data = sock.recv(65536)
        except socket.timeout:
            return b""
        if not data:
            raise ConnectionResetError
        return data

    def _obey(self, answer: Optional[hello.Answer]) -> bool:
        if answer is None:
            return False
        self._heard = answer.word
        if answer.word == "waiting":
            self._wait_for(answer.missing)
        elif answer.word == "over":
            self._missing = answer.missing
            raise self._over()
        elif answer.word == "refused":
            self._be_refused(answer.attempt)
        return answer.word == "go"

    def _be_refused(self, attempt: int) -> None:
        leader, mine = self._party.leader, self._party.attempt
        self._wait_for({leader: f"it is of attempt {attempt}, and this is attempt {mine}"})
        if attempt > mine:  # we are the stale ones; an older leader is about to go instead
            raise self._over()

    def _wait_for(self, missing: Dict[str, str]) -> None:
        self._missing = missing
        self._report()

    def _report(self) -> None:
        missing = sorted(self._missing)
        if missing != self._told and self._patience.used >= _QUIET:
            self._told = missing
            self._on_waiting(missing)

    def _over(self) -> PeersMissing:
        leader = self._party.leader
        missing = self._missing or {leader: "it accepts connections and does not answer"}
        return PeersMissing(self._party.me, missing, self._patience.used)
