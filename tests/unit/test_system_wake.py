"""A bell that never waits and never fails."""

from __future__ import annotations

import select
from pathlib import Path

import pytest

from longboat.system.wake import Bell, ring


def rings(bell: Bell) -> bool:
    return bool(select.select([bell], [], [], 0)[0])


def test_a_ring_is_heard_once(tmp_path: Path) -> None:
    with Bell(tmp_path / "local") as bell:
        assert not rings(bell)
        ring(tmp_path / "local")
        ring(tmp_path / "local")
        assert rings(bell)
        bell.drain()
        assert not rings(bell)
        bell.drain()


def test_nobody_needs_to_listen(tmp_path: Path) -> None:
    ring(tmp_path / "nowhere")
    ring(tmp_path)
    Bell(tmp_path).close()
    ring(tmp_path)
    with Bell(tmp_path) as bell:
        assert not rings(bell), "what was rung before it listened is lost"


def test_a_full_bell_does_not_block(tmp_path: Path) -> None:
    with Bell(tmp_path) as bell:
        for _ in range(70_000):
            ring(tmp_path)
        assert rings(bell)
        bell.drain()
        assert not rings(bell)


@pytest.mark.parametrize("kind", ["file", "link"])
def test_nothing_is_written_to_what_is_no_bell(tmp_path: Path, kind: str) -> None:
    target = tmp_path / ("wake" if kind == "file" else "target")
    target.write_text("precious")
    if kind == "link":
        (tmp_path / "wake").symlink_to(target)
    ring(tmp_path)
    assert target.read_text() == "precious"
    with Bell(tmp_path) as bell:
        ring(tmp_path)
        assert rings(bell)
    if kind == "link":
        assert target.read_text() == "precious"
