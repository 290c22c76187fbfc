"""What a cluster can never run, told before anything is sent."""

from __future__ import annotations

import pytest

from longboat.backends.kubernetes.checking import check
from longboat.spec.cluster import ClusterConfig
from longboat.spec.job import JobSpec, Resources


class NobodyMayListNodes:
    """All that is asked of the cluster."""

    def allowed(self, *_: object) -> bool:
        return False


def problems(config: ClusterConfig, **asked: object) -> list[str]:
    fields = {"name": "m", "entry": "m.py", "kind": "script", "model": "m", **asked}
    spec = JobSpec(resources=Resources(1.0, 1 << 30), **fields)  # type: ignore[arg-type]
    found = check(spec, config, NobodyMayListNodes(), "trainjob")  # type: ignore[arg-type]
    return [problem.field for problem in found]


CONFIG = ClusterConfig(name="team", image="trainer:1")
SHARED = ClusterConfig(name="team", image="trainer:1", volume="data")


@pytest.mark.parametrize(
    ("config", "asked", "fields"),
    [
        (CONFIG, {}, []),
        (CONFIG, {"evaluator": True}, ["evaluator"]),
        (CONFIG, {"evaluator": True, "volume": "mine"}, []),
        (SHARED, {"evaluator": True}, []),
        (CONFIG, {"chief": True, "ps": 2}, []),
        (ClusterConfig(name="team"), {"evaluator": True, "python": "/p"}, ["image", "python",
                                                                           "evaluator"]),
    ],
)  # fmt: skip
def test_an_evaluator_needs_a_volume_that_it_shares(
    config: ClusterConfig, asked: dict[str, object], fields: list[str]
) -> None:
    assert problems(config, **asked) == fields
