"""Brings code to a shared volume that is too much for Secrets: a load, a pod, the next load.

What has arrived is asked of the volume itself, so that whoever goes on after a crash, or finds
there what another job has brought, sends only what is missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from longboat.backends.base import AttemptRef
from longboat.backends.kubernetes import errands
from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.facts import ClusterFacts
from longboat.backends.kubernetes.objects import payload
from longboat.backends.kubernetes.objects.render_errand import Errand, render_errand
from longboat.errors import LongboatError
from longboat.guest import copies, order
from longboat.spec.cluster import ClusterConfig

TRIES = 3
"""How many loads in a row may come to nothing."""


class NotBrought(LongboatError):
    """It cannot be brought there; says why."""


class _Load(NamedTuple):
    number: int
    start: int
    """The byte of the code at which it begins."""
    tries: int = 0
    """How many before it came to nothing."""


class Luggage:
    """All that is on its way to the volumes of one cluster."""

    def __init__(self, config: ClusterConfig) -> None:
        self._config = config
        self._loads: dict[AttemptRef, _Load] = {}

    def bring(
        self, access: Access, ref: AttemptRef, facts: ClusterFacts, zipapp: bytes, code: bytes
    ) -> int:
        """Move on; give how many bytes of the code are there, at last all. Never waits.

        Raises Unavailable, Refused, NotBrought.
        """
        load = self._loads.get(ref)
        if load is None:
            # The first one only asks: it may be there, or a part of it.
            self._send(access, ref, facts, [{order.ZIPAPP: zipapp}], code, _Load(0, 0))
            return 0
        name = _name(ref, load)
        found = errands.outcome(access, name)
        if found is None:
            return load.start
        errands.forget(access, name)
        if not (found.done and found.word.isdecimal()):
            return self._failed(access, ref, facts, zipapp, code, found.word)
        there = int(found.word)
        if there >= len(code):
            self.forget(ref)
            return len(code)
        load = _Load(load.number + 1, there)
        self._send(access, ref, facts, loaded(zipapp, code, there), code, load)
        return there

    def forget(self, ref: AttemptRef) -> None:
        """Nothing more is to be brought; what is on its way ends by itself."""
        self._loads.pop(ref, None)

    def _failed(
        self,
        access: Access,
        ref: AttemptRef,
        facts: ClusterFacts,
        zipapp: bytes,
        code: bytes,
        why: str,
    ) -> int:
        """Ask anew what is there, a few times."""
        load = self._loads.pop(ref)
        if load.tries + 1 >= TRIES:
            raise NotBrought(why)
        again = _Load(load.number + 1, 0, load.tries + 1)
        self._send(access, ref, facts, [{order.ZIPAPP: zipapp}], code, again)
        return 0

    def _send(
        self,
        access: Access,
        ref: AttemptRef,
        facts: ClusterFacts,
        files: Sequence[payload.Content],
        code: bytes,
        load: _Load,
    ) -> None:
        digest = hashlib.sha256(code).hexdigest()
        assert facts.volume is not None  # else it would not travel this way
        errand = Errand(
            name=_name(ref, load),
            kind="code",
            job=ref.job,
            image=facts.image,
            claim=facts.volume,
            arguments=(
                *("receive", copies.VOLUME, ref.job, digest),
                *(str(len(code)), str(load.start)),
            ),
            files=files,
        )
        errands.send(access, render_errand(errand, self._config))
        self._loads[ref] = load


def loaded(zipapp: bytes, code: bytes, start: int) -> list[payload.Content]:
    """Fill the Secrets of a load with the code from byte ``start`` on, as much as goes in."""
    end = start + payload.LIMIT - len(zipapp)
    return payload.cut({order.ZIPAPP: zipapp}, code[start:end], payload.SECRET_LIMIT)


def _name(ref: AttemptRef, load: _Load) -> str:
    return f"longboat-code-{ref.job}-{ref.attempt}-{load.number}"
