"""What a supervisor concludes of one replica."""

from __future__ import annotations

import os
import time
from pathlib import Path

from longboat.backends.local.member import Member
from longboat.backends.local.reports import Ended
from longboat.records.layout import ReplicaDirectory
from longboat.spec.job import Replica


def test_a_stop_is_a_stop_though_the_disks_clock_is_behind(tmp_path: Path) -> None:
    member = Member(Replica("worker", 0), ReplicaDirectory(tmp_path), 1 << 30)
    member.ask()
    status = tmp_path / "status.json"
    status.write_text('{"state": "stopped", "exit_code": 143, "error": null}')
    behind = time.time() - 5  # a file server's clock is its own
    os.utime(status, (behind, behind))
    member._note(Ended(143, time.monotonic()))
    assert member.end is not None and member.end.asked
    assert member.facts.state == "stopped"
