"""Which jobs are to go: as few as what is to be kept demands, and never one that must stay."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from longboat.housekeeping.contents import Contents
from longboat.housekeeping.retiring import Candidate, Retired, retire
from longboat.spec.retention import Retention


def job(
    number: int, name: str = "m", size: int = 10, snapshot: str = "", **is_so: bool
) -> Candidate:
    return Candidate(f"j{number}", name, float(number), size, snapshot, **{"ended": True, **is_so})


def gone(jobs: Sequence[Candidate], **kept: object) -> list[str]:
    found = retire(jobs, Contents({}), [], Retention(**kept))  # type: ignore[arg-type]
    return [retired.job for retired in found]


def test_the_oldest_of_each_name_go_first() -> None:
    jobs = [job(number, name) for number, name in enumerate("aabbab")]
    assert gone(jobs, jobs_per_name=1) == ["j0", "j1", "j2", "j3"]
    assert gone(jobs, jobs_per_name=2) == ["j0", "j2"]
    assert gone(jobs, jobs_per_name=3) == []
    assert gone(list(reversed(jobs)), jobs_per_name=2) == ["j0", "j2"]
    assert gone(jobs) == []


def test_what_has_not_ended_is_pinned_or_needed_stays() -> None:
    jobs = [
        job(0, ended=False),
        job(1, needed=True),
        job(2),
        job(3),
        job(4, "other"),
        job(5, "other"),
        job(6),
    ]
    assert gone(jobs, jobs_per_name=1, pinned=("j3", "other")) == ["j2"]
    assert gone(jobs, disk=1, pinned=("j3", "other")) == ["j2"]


def test_no_more_go_than_the_disk_demands_and_the_last_of_each_name_stays() -> None:
    jobs = [job(number, "ab"[number % 2]) for number in range(6)]
    assert gone(jobs, disk=60) == []
    assert gone(jobs, disk=59) == ["j0"]
    assert gone(jobs, disk=40) == ["j0", "j1"]
    assert gone(jobs, disk=1) == ["j0", "j1", "j2", "j3"]
    assert gone(jobs, jobs_per_name=2, disk=35) == ["j0", "j1", "j2"]


def test_snapshots_count_and_go_with_their_last_job() -> None:
    jobs = [job(0, snapshot="s"), job(1, snapshot="s"), job(2, snapshot="t"), job(3, snapshot="u")]
    held = {"s": {"common": 50, "s": 10}, "t": {"common": 50, "t": 10}, "u": {"u": 10}}

    def left(disk: int, models: Sequence[str] = ()) -> int:
        kept = Retention(disk=disk)
        return 4 - len(retire(jobs, Contents(held), models, kept))

    assert left(120) == 4
    assert left(110) == 3
    assert left(90) == 2, "the second job takes with it what only the two had"
    assert left(30) == 1
    assert (left(95), left(95, models=["s"])) == (2, 1), "what a model was made from stays"


def test_each_reason_is_a_sentence() -> None:
    jobs = [job(number) for number in range(4)]
    found = retire(jobs, Contents({}), [], Retention(jobs_per_name=3, disk=1 << 20))
    assert found == [Retired("j0", "m", 10, "Of each name 3 ended jobs are kept.")]
    (first, *_) = retire(jobs, Contents({}), [], Retention(disk=35))
    assert first.reason == "All jobs together may take 35 bytes."


JOBS = st.lists(
    st.builds(
        Candidate,
        id=st.uuids().map(str),
        name=st.sampled_from("abc"),
        created=st.floats(0, 10),
        size=st.integers(0, 100),
        snapshot=st.sampled_from(["", "s", "t"]),
        ended=st.booleans(),
        needed=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda each: each.id,
)


@given(JOBS, st.none() | st.integers(1, 4), st.none() | st.integers(0, 500))
def test_whatever_there_is_what_must_stay_stays_and_once_is_enough(
    jobs: list[Candidate], number: int | None, disk: int | None
) -> None:
    kept = Retention(jobs_per_name=number, disk=disk, pinned=("c",))

    def choose(left: list[Candidate]) -> set[str]:
        contents = Contents({"s": {"x": 7}, "t": {"x": 7, "y": 3}})
        chosen = [retired.job for retired in retire(left, contents, [], kept)]
        assert len(chosen) == len(set(chosen))
        return set(chosen)

    out = choose(jobs)
    stays = [each for each in jobs if each.id not in out]
    assert not out & {each.id for each in jobs if not each.ended or each.needed or each.name == "c"}
    names = {each.name for each in jobs if each.ended}
    assert names == {each.name for each in stays if each.ended}, "the last of each name stays"
    assert choose(stays) == set()
    may_go = [j for j in stays if j.ended and not j.needed and j.name != "c"]
    if number is not None:
        for each in may_go:
            newer = [
                j for j in jobs if j.ended and j.name == each.name and j.created > each.created
            ]
            assert len(newer) < number
