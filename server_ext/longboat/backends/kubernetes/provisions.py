"""Has what a job requires installed on the shared volume, before the job is given anything."""

from __future__ import annotations

import json
from collections.abc import Mapping

from longboat.backends.base import AttemptRef, Launch
from longboat.backends.kubernetes import errands
from longboat.backends.kubernetes.api.access import Access
from longboat.backends.kubernetes.facts import ClusterFacts
from longboat.backends.kubernetes.objects import payload
from longboat.backends.kubernetes.objects.render_errand import Errand, render_errand
from longboat.errors import LongboatError
from longboat.guest import copies, order
from longboat.spec.cluster import ClusterConfig

MEMORY = 2 << 30
"""Bytes: pip unpacks what is large."""
SECONDS = 1800
TRIES = 2
_PIPS = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""Of the job's variables: where pip finds packages, and how it gets there."""


class NotProvided(LongboatError):
    """It cannot be installed; the last that was said."""


class Provisions:
    """All that is being installed on the volumes of one cluster."""

    def __init__(self, config: ClusterConfig) -> None:
        self._config = config
        self._tries: dict[AttemptRef, int] = {}
        """By what is under way: how often it came to nothing before."""

    def provide(self, access: Access, launch: Launch, facts: ClusterFacts) -> bool:
        """Move on; True once it is there. Never waits. Raises Unavailable, Refused, NotProvided."""
        ref = launch.ref
        if ref not in self._tries:
            self._send(access, launch, facts, 0)
            return False
        name = _name(ref, self._tries[ref])
        found = errands.outcome(access, name)
        if found is None:
            return False
        errands.forget(access, name)
        tries = self._tries.pop(ref)
        if found.done:
            return True
        if tries + 1 >= TRIES:
            raise NotProvided(found.word)
        self._send(access, launch, facts, tries + 1)
        return False

    def forget(self, ref: AttemptRef) -> None:
        """Nothing more is to be installed; what is under way ends by itself."""
        self._tries.pop(ref, None)

    def _send(self, access: Access, launch: Launch, facts: ClusterFacts, tries: int) -> None:
        assert facts.volume is not None  # else it was refused at submit
        errand = Errand(
            name=_name(launch.ref, tries),
            kind="install",
            job=launch.ref.job,
            image=facts.image,
            claim=facts.volume,
            arguments=(
                *("install", copies.VOLUME, launch.ref.job),
                payload.environment_key(launch.spec, facts.image),
            ),
            files=(_files(launch),),
            memory=MEMORY,
            seconds=SECONDS,
            tries=1,
        )
        errands.send(access, render_errand(errand, self._config))
        self._tries[launch.ref] = tries


def _files(launch: Launch) -> payload.Content:
    lines = "".join(f"{line}\n" for line in launch.spec.requirements)
    variables = {**launch.spec.env, **payload.secret_values(launch.secrets_file)}
    return {
        order.ZIPAPP: launch.guest.read_bytes(),
        order.REQUIREMENTS: lines.encode(),
        order.VARIABLES: json.dumps(pips(variables)).encode(),
    }


def pips(variables: Mapping[str, str]) -> dict[str, str]:
    """Choose the variables that tell pip where packages are."""
    return {name: value for name, value in variables.items() if name.upper().startswith(_PIPS)}


def _name(ref: AttemptRef, tries: int) -> str:
    return f"longboat-install-{ref.job}-{ref.attempt}-{tries}"
