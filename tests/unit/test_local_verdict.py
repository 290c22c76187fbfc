"""How an attempt ends, and whose fault it was, as pure functions."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longboat.backends.last_word import LastWord, cause_of_end, read_last_word, true_code
from longboat.backends.verdict import (
    EVALUATOR_GRACE,
    GRACE,
    SERVERS_GRACE,
    SETTLE,
    Decision,
    End,
    Request,
    Scene,
    Verdict,
    blame,
    decide,
)
from longboat.explain.cause import Cause
from longboat.records.layout import ReplicaDirectory
from longboat.spec.job import Replica

W0, W1, W2 = (Replica("worker", index) for index in range(3))
CHIEF, PS, EVALUATOR = Replica("chief", 0), Replica("ps", 0), Replica("evaluator", 0)
BAD = Cause("exit-code", {"replica": "worker-1", "code": 3})
ABORTED = Cause("killed", {"replica": "worker-1", "signal": 6})
KILLED = Cause("killed", {"replica": "worker-1", "signal": 9})
GONE = Cause("cell-failed", {"replica": "worker-0", "ename": "UnavailableError"})
CELL = Cause("cell-failed", {"replica": "worker-0", "ename": "ValueError"})
STOP = Request(5.0, "stopped", Cause("stopped-by-user"))


def scene(
    *ends: End,
    replicas: tuple[Replica, ...] = (W0, W1),
    request: Request | None = None,
    now: float = 10.0,
) -> Scene:
    return Scene(replicas, ends, request, now)


def test_while_nothing_ends_there_is_nothing_to_do() -> None:
    assert decide(scene()) == Decision()


def test_a_worker_that_finishes_first_decides_nothing() -> None:
    assert decide(scene(End(W1, 9.0, None))) == Decision()


def test_the_leaders_success_gives_the_others_a_grace() -> None:
    assert decide(scene(End(W0, 9.0, None))) == Decision(stop=[], again_at=9.0 + GRACE)
    over = decide(scene(End(W0, 9.0, None), now=9.0 + GRACE))
    assert over == Decision(stop=[W1])
    ends = (End(W0, 9.0, None), End(W1, 19.5, KILLED, asked=True))
    assert decide(scene(*ends, now=20.0)) == Decision(verdict=Verdict("succeeded"))


def test_a_failure_within_the_grace_does_not_undo_the_success() -> None:
    ends = (End(W0, 9.0, None), End(W1, 9.5, BAD))
    assert decide(scene(*ends)).verdict == Verdict("succeeded")


def test_a_failure_written_down_before_the_leaders_success_counts() -> None:
    ends = (End(W0, 9.0, None), End(W1, 8.5, BAD))
    assert decide(scene(*ends)).verdict == Verdict("failed", BAD)


def test_when_the_chief_has_succeeded_each_role_has_its_own_time() -> None:
    replicas = (CHIEF, W0, PS, EVALUATOR)
    succeeded = End(CHIEF, 9.0, None)

    def at(seconds: float) -> Decision:
        return decide(scene(succeeded, replicas=replicas, now=9.0 + seconds))

    assert SERVERS_GRACE < GRACE < EVALUATOR_GRACE
    assert at(1.0) == Decision(again_at=9.0 + SERVERS_GRACE, stop=[])
    assert at(SERVERS_GRACE) == Decision(stop=[PS], again_at=9.0 + GRACE)
    assert at(GRACE) == Decision(stop=[W0, PS], again_at=9.0 + EVALUATOR_GRACE)
    assert at(EVALUATOR_GRACE) == Decision(stop=[W0, PS, EVALUATOR])


def test_an_evaluator_waits_for_nothing_more_once_a_rehearsal_has_its_step() -> None:
    found = scene(End(W0, 9.0, None), replicas=(W0, EVALUATOR), now=9.0 + GRACE)
    assert decide(found).stop == []
    assert decide(found._replace(rehearsal=True)).stop == [EVALUATOR]


def test_a_request_ends_an_evaluator_too() -> None:
    late = Request(9.5, "stopped", Cause("stopped-by-user"))
    found = decide(scene(End(W0, 9.0, None), replicas=(W0, EVALUATOR), request=late))
    assert found == Decision(stop=[EVALUATOR])


@pytest.mark.parametrize("at", [8.0, 9.5])
def test_an_evaluators_failure_is_its_own(at: float) -> None:
    failed, succeeded = End(EVALUATOR, at, BAD), End(CHIEF, 9.0, None)
    assert decide(scene(failed, replicas=(CHIEF, EVALUATOR))) == Decision()
    found = decide(scene(failed, succeeded, replicas=(CHIEF, EVALUATOR)))
    assert found == Decision(verdict=Verdict("succeeded"))


@pytest.mark.parametrize("culprit", [W0, PS])
def test_a_worker_or_a_server_that_dies_fails_the_job_by_its_name(culprit: Replica) -> None:
    died = Cause("killed", {"replica": str(culprit), "signal": 9})
    missed = Cause("cell-failed", {"replica": "chief-0", "ename": "UnavailableError"})
    ends = (End(culprit, 9.0, died), End(CHIEF, 9.2, missed))
    replicas = (CHIEF, W0, PS)
    assert decide(scene(*ends, replicas=replicas)).stop == [r for r in replicas[1:] if r != culprit]
    ends = (*ends, *(End(r, 9.9, None, asked=True) for r in replicas[1:] if r != culprit))
    assert decide(scene(*ends, replicas=replicas)).verdict == Verdict("failed", died)


def test_a_failure_ends_the_others() -> None:
    assert decide(scene(End(W1, 9.9, BAD))) == Decision(stop=[W0])
    ends = (End(W1, 9.9, BAD), End(W0, 10.0, ABORTED, asked=True))
    assert decide(scene(*ends)).verdict == Verdict("failed", BAD)


def test_what_may_be_a_consequence_waits_for_the_culprit() -> None:
    first = End(W1, 9.9, ABORTED)
    assert decide(scene(first)) == Decision(again_at=9.9 + SETTLE)
    assert decide(scene(first, now=9.9 + SETTLE)) == Decision(stop=[W0])
    both = decide(scene(first, End(W0, 10.0, CELL)))
    assert both.verdict == Verdict("failed", CELL)


@pytest.mark.parametrize(
    ("causes", "culprit"),
    [
        ([KILLED, CELL], KILLED),
        ([ABORTED, CELL], CELL),
        ([ABORTED, GONE], ABORTED),
        ([GONE, KILLED], KILLED),
        ([CELL, ABORTED], CELL),
        ([Cause("peers-missing", {}), BAD], BAD),
    ],
)
def test_the_one_that_set_off_the_others_is_blamed(causes: list[Cause], culprit: Cause) -> None:
    ends = [End(Replica("worker", i), 1.0 + i / 10, cause) for i, cause in enumerate(causes)]
    assert blame(ends).cause == culprit
    assert blame(ends[::-1]).cause == culprit


def test_a_later_failure_is_not_the_culprit() -> None:
    assert blame([End(W0, 1.0, ABORTED), End(W1, 1.1 + SETTLE, CELL)]).cause == ABORTED


def test_a_request_ends_all() -> None:
    assert decide(scene(request=STOP)) == Decision(stop=[W0, W1])
    ends = (End(W0, 6.0, None, asked=True), End(W1, 7.0, BAD, asked=True))
    assert decide(scene(*ends, request=STOP)).verdict == Verdict("stopped", STOP.cause)


def test_what_came_before_the_request_stays() -> None:
    success = decide(scene(End(W0, 4.0, None), request=STOP))
    assert success == Decision(stop=[W1])
    ends = (End(W0, 4.0, None), End(W1, 6.0, BAD, asked=True))
    assert decide(scene(*ends, request=STOP)).verdict == Verdict("succeeded")
    ends = (End(W1, 4.0, BAD), End(W0, 6.0, None, asked=True))
    assert decide(scene(*ends, request=STOP)).verdict == Verdict("failed", BAD)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 30),
            st.sampled_from([None, BAD, ABORTED, KILLED, GONE, CELL]),
            st.booleans(),
        ),
        max_size=3,
    ),
    st.one_of(st.none(), st.floats(0, 30)),
    st.floats(30, 60),
)
def test_every_scene_leads_on(
    drawn: list[tuple[float, Cause | None, bool]], requested: float | None, now: float
) -> None:
    """Either somebody runs, or there is a verdict; the order of the ends does not matter."""
    replicas = (W0, W1, W2)
    ends = [End(replica, *each) for replica, each in zip(replicas, drawn, strict=False)]
    request = None if requested is None else STOP._replace(at=requested)
    found = decide(scene(*ends, replicas=replicas, request=request, now=now))
    ended = {end.replica for end in ends}
    assert not ended & set(found.stop)
    if found.verdict is not None:
        assert len(ends) == 3
    elif len(ends) == 3:
        assert all(end.asked for end in ends if end.cause) and ends[0].cause is not None
    random.shuffle(ends)
    assert decide(scene(*ends, replicas=replicas, request=request, now=now)) == found


@pytest.mark.parametrize(
    ("code", "word", "cause"),
    [
        (0, None, None),
        (3, None, Cause("exit-code", {"replica": "worker-1", "code": 3})),
        (-9, None, Cause("killed", {"replica": "worker-1", "signal": 9})),
        (-6, LastWord("succeeded"), None),
        (0, LastWord("failed"), Cause("exit-code", {"replica": "worker-1", "code": 0})),
        (1, LastWord("failed", {"ename": "x"}), Cause("exit-code", BAD.details | {"code": 1})),
        (
            1,
            LastWord("failed", {"reason": "peers-missing", "missing": ["a", "b"], "cell": None}),
            Cause("peers-missing", {"replica": "worker-1", "missing": "a,b"}),
        ),
    ],
)
def test_causes_of_ends(code: int, word: LastWord | None, cause: Cause | None) -> None:
    assert cause_of_end(W1, code, word) == cause


def test_a_signal_that_the_guest_caught_is_a_signal() -> None:
    word = LastWord("stopped")
    assert true_code(143, word) == -15
    assert true_code(143, None) == 143
    assert cause_of_end(W1, true_code(143, word), word) == Cause(
        "killed", {"replica": "worker-1", "signal": 15}
    )


@given(st.binary(max_size=60))
def test_any_bytes_can_be_a_last_word(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    directory = ReplicaDirectory(tmp_path_factory.getbasetemp())
    directory.status.write_bytes(data)
    read_last_word(directory)


def test_last_words_are_read(tmp_path: Path) -> None:
    directory = ReplicaDirectory(tmp_path)
    assert read_last_word(directory) is None
    directory.status.write_text(json.dumps({"state": "failed", "exit_code": 1, "error": None}))
    assert read_last_word(directory) == LastWord("failed")
