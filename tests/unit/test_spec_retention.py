"""retention.toml: what is in it, and every mistake at once with its file and its line or key."""

from __future__ import annotations

from pathlib import Path

import pytest

from longboat.errors import BadInput
from longboat.spec.retention import Retention, read_retention, retention_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return retention_file(tmp_path)


def mistakes(path: Path, text: str) -> dict[str, str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_retention(path)
    assert all(str(path) in problem.message for problem in caught.value.problems)
    return {problem.field: problem.message for problem in caught.value.problems}


def test_without_a_file_and_with_an_empty_one_everything_is_kept(path: Path) -> None:
    assert read_retention(path) == Retention() and not Retention().limited
    path.touch()
    assert read_retention(path) == Retention()
    path.write_text('pinned = ["baseline"]\n')
    assert not read_retention(path).limited


def test_every_key_is_read(path: Path) -> None:
    path.write_text('jobs_per_name = 20\ndisk = "50Gi"\npinned = ["baseline", "abcdefghij"]\n')
    found = read_retention(path)
    assert found == Retention(jobs_per_name=20, disk=50 << 30, pinned=("baseline", "abcdefghij"))
    assert found.limited
    assert set(found.__struct_fields__) == {"jobs_per_name", "disk", "pinned"}


@pytest.mark.parametrize(
    ("line", "key", "sentence"),
    [
        ("keep = 5", "keep", "no such key; choose among jobs_per_name, disk, pinned"),
        ("jobs_per_name = 0", "jobs_per_name", "0 cannot be used: give a whole number from 1"),
        ("jobs_per_name = -1", "jobs_per_name", "give a whole number"),
        ("jobs_per_name = true", "jobs_per_name", "give a whole number"),
        ('jobs_per_name = "5"', "jobs_per_name", "give a whole number"),
        ("jobs_per_name = 1.5", "jobs_per_name", "give a whole number"),
        ("jobs_per_name = 9999999", "jobs_per_name", "to 1000000"),
        ('disk = "much"', "disk", 'much cannot be used: give an amount from 1Mi up, such as "50G"'),
        ('disk = "5"', "disk", "give an amount from 1Mi up"),
        ("disk = false", "disk", "give an amount"),
        ("disk = []", "disk", "give an amount"),
        ('pinned = "baseline"', "pinned", 'give ids and names of jobs, such as ["baseline"]'),
        ("pinned = [1]", "pinned", "give ids and names"),
        ('pinned = [""]', "pinned", "give ids and names"),
    ],
)
def test_a_mistake_names_its_key_and_says_what_to_write(
    path: Path, line: str, key: str, sentence: str
) -> None:
    told = mistakes(path, line)
    assert list(told) == [f"retention.{key}"]
    assert sentence in told[f"retention.{key}"]


def test_all_mistakes_are_told_at_once_and_what_is_no_toml_with_its_line(path: Path) -> None:
    told = mistakes(path, 'jobs_per_name = 0\ndisk = "x"\n[names]\n')
    assert sorted(told) == ["retention.disk", "retention.jobs_per_name", "retention.names"]
    assert "line 2" in mistakes(path, "disk = 1\n[lab\n")["retention"]
    path.unlink()
    path.mkdir()
    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        read_retention(path)
