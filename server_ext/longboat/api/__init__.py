"""Longboat from Python: what notebooks, scripts, the command line and the Lab call."""

from longboat.api.client import Client
from longboat.api.functions import (
    deploy,
    import_job,
    job,
    jobs,
    model,
    models,
    predict,
    service,
    services,
    submit,
)
from longboat.api.job import Job
from longboat.api.model import Model
from longboat.api.service import Service

__all__ = [
    "Client",
    "Job",
    "Model",
    "Service",
    "deploy",
    "import_job",
    "job",
    "jobs",
    "model",
    "models",
    "predict",
    "service",
    "services",
    "submit",
]
