"""What a face collects, and how it becomes a job's specification."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from longboat.errors import BadInput
from longboat.guest.wire import SWITCHES
from longboat.spec import kernels
from longboat.spec.capacity import Ask, Machine, share
from longboat.spec.job import JobSpec, Resources
from longboat.spec.names import check_claim, check_image, check_name, check_variable, slug
from longboat.spec.notebook import NotebookFacts
from longboat.spec.parameters import check_parameters
from longboat.spec.problems import Problems, shown
from longboat.spec.quantities import parse_count, parse_cpu, parse_duration, parse_memory
from longboat.spec.rehearsal import check_rehearsal, small
from longboat.spec.requirements import read_requirements
from longboat.spec.roles import Roles, check_code, count_roles

T = TypeVar("T")

MAX_RETRIES = 100
MAX_GPUS = 64
_ON_A_CLUSTER = "On a cluster the image brings the interpreter; choose it with --image."
_OR_A_CLUSTER = "leave it out, or choose a cluster with --on."
_ONLY_ELSEWHERE = {
    "python": _ON_A_CLUSTER,
    "kernel": _ON_A_CLUSTER,
    "image": f"A job on this machine runs in the kernel's interpreter; {_OR_A_CLUSTER}",
    "volume": f"A job on this machine has the folders of this machine; {_OR_A_CLUSTER}",
}
_LONGEST_VALUE = 100_000
"""Bytes of one environment variable; the kernel's limit is 128 KiB (execve(2))."""


class JobRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A job as asked for, loosely: numbers may be text, absent values are None."""

    entry: str
    """Path of the notebook or script."""
    name: Any = None
    workers: Any = 1
    chief: Any = None
    """Whether there is one; None: where there are parameter servers."""
    ps: Any = 0
    evaluator: Any = False
    cpu: Any = None
    memory: Any = None
    gpu: Any = 0
    parameters: Any = ()
    """A mapping, or a list of ``NAME=VALUE``."""
    env: Any = ()
    """A mapping, or a list of ``NAME=VALUE``."""
    secrets: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Globs below the notebook's folder; the snapshot reads them."""
    python: str | None = None
    kernel: str | None = None
    requirements: Any = None
    """The path of a file, or a list of requirements."""
    model: Any = None
    deadline: Any = None
    retries: Any = 0
    backend: str = "local"
    image: Any = None
    """A container image; on a cluster only."""
    volume: Any = None
    """The name of a PersistentVolumeClaim; on a cluster only."""
    rehearse: Any = False
    """Whether to try it only, in small (rehearsal.py)."""


def resolve(request: JobRequest, notebook: NotebookFacts, machine: Machine | None) -> JobSpec:
    """Make the specification, complete with defaults.

    ``machine`` is the one that will run it; None for a backend elsewhere, where neither its
    capacity nor an interpreter is judged here. Raises BadInput with every problem at once.
    """
    problems = Problems()
    rehearse = problems.attempt(False, check_rehearsal, request.rehearse, notebook)
    if rehearse:
        request = replace(request, gpu=0)
    name = problems.attempt("", _job_name, request, notebook)
    roles = problems.attempt(Roles(), _roles, request)
    check_code(problems, roles, notebook)
    python = problems.attempt(None, _python, request, notebook) if machine else None
    _check_place(problems, request, machine)
    if machine and (python is None or kernels.same_version(python)):
        problems.found.extend(notebook.problems)
    env = problems.attempt({}, _environment, request.env)
    spec = JobSpec(
        name=name,
        entry=notebook.path.name,
        kind=notebook.kind,
        **roles._asdict(),
        resources=problems.attempt(Resources(1.0, 1), _resources, request, roles.replicas, machine),
        parameters=problems.attempt(
            {}, check_parameters, request.parameters or (), notebook.parameters
        ),
        env=env,
        secrets=problems.attempt((), _secrets, request.secrets, env),
        model=problems.attempt("", _model_name, request, name),
        python=python,
        requirements=problems.attempt((), _requirements, request),
        deadline=problems.attempt(None, _maybe, parse_duration, request.deadline),
        retries=problems.attempt(0, parse_count, request.retries, "retries", 0, MAX_RETRIES),
        backend=request.backend,
        image=problems.attempt(None, _maybe, check_image, request.image),
        volume=problems.attempt(None, _maybe, check_claim, request.volume),
    )
    problems.finish()
    return small(spec) if rehearse else spec


def _job_name(request: JobRequest, notebook: NotebookFacts) -> str:
    if request.name is None:
        return slug(notebook.path.stem)
    return check_name("job", request.name, "name")


def _model_name(request: JobRequest, job_name: str) -> str:
    return job_name if request.model is None else check_name("model", request.model)


def _roles(request: JobRequest) -> Roles:
    return count_roles(request.workers, request.chief, request.ps, request.evaluator)


def _check_place(problems: Problems, request: JobRequest, machine: Machine | None) -> None:
    """Refuse what has a meaning only on a machine, or only on a cluster."""
    elsewhere = ("image", "volume") if machine else ("python", "kernel")
    for name in elsewhere:
        if getattr(request, name) not in (None, ()):
            problems.add(name, _ONLY_ELSEWHERE[name])


def _resources(request: JobRequest, replicas: int, machine: Machine | None) -> Resources:
    problems = Problems()
    ask = Ask(
        cpu=problems.attempt(None, _maybe, parse_cpu, request.cpu),
        memory=problems.attempt(None, _maybe, parse_memory, request.memory),
        gpu=problems.attempt(0, parse_count, request.gpu or 0, "gpu", 0, MAX_GPUS),
    )
    resources = problems.attempt(Resources(1.0, 1), share, ask, replicas, machine)
    problems.finish()
    return resources


def _maybe(parse: Callable[[object], T], value: Any) -> T | None:
    return None if value is None else parse(value)


def _python(request: JobRequest, notebook: NotebookFacts) -> str:
    if request.python is not None and request.kernel is not None:
        raise BadInput.of("kernel", "Give an interpreter or a kernel, not both.")
    return kernels.find_interpreter(request.kernel or notebook.kernel, request.python)


def _requirements(request: JobRequest) -> tuple[str, ...]:
    if request.requirements is None:
        return ()
    return read_requirements(request.requirements)


def _environment(given: Any) -> dict[str, str]:
    problems, env = Problems(), dict[str, str]()
    if not isinstance(given, Mapping | list | tuple):
        raise BadInput.of("env", "Give variables as a mapping or a list of NAME=VALUE.")
    for name, value in _variables(problems, given):
        if problems.attempt(None, check_variable, name, "env", SWITCHES) is None:
            continue
        if name in env:
            problems.add(f"env.{name}", "It is given more than once; give it once.")
        env[name] = problems.attempt("", _check_value, name, value)
    problems.finish()
    return env


def _variables(
    problems: Problems, given: Mapping[str, Any] | Iterable[str]
) -> Iterable[tuple[str, Any]]:
    if isinstance(given, Mapping):
        yield from given.items()
        return
    for text in given or ():
        name, equals, value = str(text).partition("=")
        if equals:
            yield name, value
        else:
            problems.add("env", f'"{shown(text)}" is not NAME=VALUE; write for example MODE=fast.')


def _check_value(name: str, value: Any) -> str:
    field = f"env.{name}"
    if not isinstance(value, str):
        raise BadInput.of(field, f"The value must be a text, not {type(value).__name__}.")
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        raise BadInput.of(field, "The value has characters that are not Unicode.") from error
    if "\0" in value:
        raise BadInput.of(field, "The value has a null character.")
    if size > _LONGEST_VALUE:
        raise BadInput.of(field, f"The value is over {_LONGEST_VALUE // 1000} kB; use a file.")
    return value


def _secrets(names: Iterable[str], env: Mapping[str, str]) -> tuple[str, ...]:
    problems, seen = Problems(), dict[str, None]()
    for name in names:
        problems.attempt(None, check_variable, name, "secrets")
        if name in env:
            problems.add("secrets", f"{name} is given with --env as well; give it once.")
        seen[name] = None
    problems.finish()
    return tuple(seen)
