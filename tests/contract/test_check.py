"""What can never work is found before anything is started."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contract.place import Place
from contract.scenario import everyone
from contract.trial import MIB, Trial
from longboat.spec.job import Resources

Make = Callable[..., Trial]


def test_what_fits_is_fine(place: Place, trial: Make) -> None:
    assert trial(everyone()).backend.check(trial(everyone()).spec) == []
    whole = Resources(cpu=place.capacity.cpu, memory=128 * MIB)
    assert place.backend().check(trial(everyone(), resources=whole).spec) == []


@pytest.mark.parametrize("resource", ["cpu", "memory", "gpu"])
def test_what_the_place_does_not_have_is_refused(place: Place, trial: Make, resource: str) -> None:
    wanted = {"cpu": 0.1, "memory": 128 * MIB, "gpu": 0}
    wanted[resource] = getattr(place.capacity, resource) + 1
    spec = trial(everyone(), resources=Resources(**wanted)).spec
    (problem,) = place.backend().check(spec)
    assert resource in problem.field
    assert problem.message.endswith((".", ")"))


def test_all_replicas_count_together(place: Place, trial: Make) -> None:
    half = Resources(cpu=round(place.capacity.cpu * 0.6, 1), memory=128 * MIB)
    spec = trial(everyone(), workers=2, resources=half).spec
    assert [problem.field for problem in place.backend().check(spec)] != []


def test_all_problems_come_at_once(place: Place, trial: Make) -> None:
    huge = Resources(cpu=place.capacity.cpu + 1, memory=place.capacity.memory + 1)
    spec = trial(everyone(), resources=huge, python="/nowhere/bin/python").spec
    fields = " ".join(problem.field for problem in place.backend().check(spec))
    assert all(word in fields for word in ("cpu", "memory", "python")), fields


def test_checking_starts_nothing(place: Place, trial: Make) -> None:
    job = trial(everyone(["hang"]))
    job.backend.check(job.spec)
    assert job.look().phase == "absent"
    assert place.survivors(job.id) == []
