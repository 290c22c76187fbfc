"""What every place where services run promises; tests hold each of them to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import msgspec

from longboat.errors import Problem
from longboat.explain.cause import Cause
from longboat.spec.service import ServiceSpec

ServicePhase = Literal["absent", "starting", "running", "failed"]


class ServiceLaunch(msgspec.Struct, frozen=True):
    """All that a backend needs to have a service answer."""

    spec: ServiceSpec
    generation: int
    """Grows with every change of ``spec``."""
    model: Path
    """The SavedModel's folder."""
    folder: Path
    """The service's own folder, where it may keep files; ``stats.json`` there is what faces read
    (predictor/control.py)."""
    token: Path
    """0600: what requests must carry."""
    port: int = 0
    """Where it answered before, and is to answer again if that is free; 0 for nowhere yet."""


class ServiceRef(NamedTuple):
    """One service, and its folder."""

    name: str
    folder: Path


class ServiceObservation(msgspec.Struct, frozen=True):
    """What a backend sees of a service now.

    ``absent``: no process of it is left. ``starting``: the wanted version does not answer yet.
    ``running``: it answers. ``failed``: it cannot, and trying again by itself will not help;
    ``message`` says why. While ``serving`` is set, that version answers, also during ``starting``
    and ``failed``: a switch that goes wrong costs nothing.
    """

    phase: ServicePhase
    generation: int = 0
    """Of the launch that ``phase`` speaks of."""
    serving: int | None = None
    """The version that answers."""
    url: str | None = None
    """``http://host:port``."""
    message: str = ""


NOTHING = ServiceObservation("absent")


class ServingBackend(Protocol):
    """A place where services run.

    Every method may be called again after a crash at any moment, with the same result. None blocks
    for longer than it takes to ask; none needs the caller to stay alive afterwards.
    """

    name: str

    def check(self, spec: ServiceSpec) -> list[Problem]:
        """Tell what can never work here: more than the machine has."""

    def apply(self, launch: ServiceLaunch) -> Cause | None:
        """Have ``launch`` answer, in the place of whatever answers under that name.

        The old version answers until the new one is ready. Returns None once it is accepted, or the
        cause why nothing was started: a ``waiting-…`` one passes by itself, another does not.
        Raises Unavailable when asking failed.
        """

    def observe(self, refs: Sequence[ServiceRef]) -> Mapping[str, ServiceObservation]:
        """Look at many services in one call; every name is in the answer."""

    def stop(self, ref: ServiceRef) -> None:
        """Ask the service to end; requests in flight are answered first. Idempotent."""
