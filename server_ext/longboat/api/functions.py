"""The client's methods as functions, on the home that the environment names."""

from __future__ import annotations

from typing import Any

from longboat.api.client import Client
from longboat.api.job import Job
from longboat.api.model import Model
from longboat.api.service import Service


def submit(entry: str, **asked: Any) -> Job:
    """Submit a notebook or script; see Client.submit for what can be asked."""
    return Client().submit(entry, **asked)


def import_job(file: str) -> tuple[Job, bool]:
    """Make a job that was exported elsewhere one of this home; see Client.import_job."""
    return Client().import_job(file)


def job(text: str) -> Job:
    """Find a job by its id, the beginning of it, or its name (the newest of that name)."""
    return Client().job(text)


def jobs(**which: Any) -> list[Job]:
    """List jobs, the newest first; see Client.jobs."""
    return Client().jobs(**which)


def model(name: str, version: int | None = None) -> Model:
    """Find a model version; the newest unless told."""
    return Client().model(name, version)


def models() -> list[Model]:
    """List the newest version of every model."""
    return Client().models()


def deploy(model: str, service: str | None = None, *, wait: bool = True) -> Service:
    """Make a service of ``name`` or ``name@version``."""
    return Client().deploy(model, service, wait=wait)


def service(name: str) -> Service:
    """Find a service."""
    return Client().service(name)


def services() -> list[Service]:
    """List all services."""
    return Client().services()


def predict(service: str, instances: Any) -> Any:
    """Ask a service; see Service.predict."""
    return Client().service(service).predict(instances)
