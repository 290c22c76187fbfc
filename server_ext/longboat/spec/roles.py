"""Which roles a job is to have, and what keeps it from having them."""

from __future__ import annotations

from typing import Any, NamedTuple

from longboat.errors import BadInput
from longboat.guest.notebook import EVALUATOR
from longboat.spec.notebook import NotebookFacts
from longboat.spec.problems import Problems, shown
from longboat.spec.quantities import parse_count

MAX_WORKERS = 64
MAX_PS = 64
_FLAGS = {0: False, 1: True}


class Roles(NamedTuple):
    """How many replicas of each role."""

    workers: int = 1
    chief: bool = False
    ps: int = 0
    evaluator: bool = False

    @property
    def replicas(self) -> int:
        """How many in all."""
        return sum(self)


def count_roles(workers: Any, chief: Any, ps: Any, evaluator: Any) -> Roles:
    """Read what was asked; parameter servers bring a chief unless one was refused.

    ``chief`` is None when nothing was said of it. Raises BadInput with every problem.
    """
    problems = Problems()
    servers = problems.attempt(0, parse_count, ps, "ps", 0, MAX_PS)
    roles = Roles(
        workers=problems.attempt(1, parse_count, workers, "workers", 1, MAX_WORKERS),
        chief=servers > 0 if chief is None else bool(chief),
        ps=servers,
        evaluator=problems.attempt(False, _read_evaluator, evaluator),
    )
    if roles.ps and not roles.chief:
        problems.add(
            "chief",
            "Parameter servers need a chief, which runs the notebook and sends the workers what "
            "they compute; leave chief out, and there is one.",
        )
    problems.finish()
    return roles


def _read_evaluator(value: Any) -> bool:
    if isinstance(value, int) and value in _FLAGS:
        return _FLAGS[value]
    raise BadInput.of(
        "evaluator",
        f'"{shown(value)}" cannot be used: a job has one evaluator or none; give True or leave it '
        "out.",
    )


def check_code(problems: Problems, roles: Roles, notebook: NotebookFacts) -> None:
    """Note what the code of the notebook or script cannot do in these roles.

    It is refused only for what its words, and those of the modules beside it, show.
    """
    words, name = notebook.words, shown(notebook.path.name)
    if words is None:
        return
    if roles.ps and not words.uses_servers:
        problems.add(
            "ps",
            f"{name} never names ParameterServerStrategy, so parameter servers would have nothing "
            "to do; leave them out, or train under tf.distribute.ParameterServerStrategy.",
        )
    tagged = any(EVALUATOR in cell.tags for cell in notebook.cells)
    if roles.evaluator and not tagged and not words.asks_its_role:
        problems.add(
            "evaluator",
            f"{name} never asks for its role, so the evaluator would train a model of its own; ask "
            "for longboat.cluster().role or for the task in TF_CONFIG, or tag the cell that "
            f"evaluates {EVALUATOR}.",
        )
