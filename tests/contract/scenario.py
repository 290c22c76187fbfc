"""What the replicas of a job under test are to do, and the snapshot that makes them do it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from longboat.records.layout import Home
from longboat.snapshots.store import SnapshotStore

Step = Sequence[Any]
"""The step's name (a ``do_…`` of player.py) and its arguments."""
Scenario = Mapping[str, Sequence[Step]]
"""Steps by replica, "*" for those that are not named."""

PLAYER = Path(__file__).with_name("player.py")
SCRIPT = "from player import Player\n\nPlayer().play()\n"


def everyone(*steps: Step) -> Scenario:
    """Let every replica do the same."""
    return {"*": steps}


def write_files(folder: Path, scenario: Scenario, entry: str) -> None:
    """Write what a person's folder would hold: the entry, a module beside it, data."""
    folder.mkdir(parents=True)
    (folder / "scenario.json").write_text(json.dumps(scenario))
    (folder / "player.py").write_bytes(PLAYER.read_bytes())
    text = SCRIPT if entry.endswith(".py") else json.dumps(_notebook(scenario), indent=1)
    (folder / entry).write_text(text)


def _notebook(scenario: Scenario) -> dict[str, Any]:
    """Cell 1 makes the player, cell k + 1 plays step k."""
    count = max(len(steps) for steps in scenario.values())
    sources = ["from player import Player\nplayer = Player()"]
    sources += [f"player.step({number})" for number in range(count)]
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python", "language": "python"}
        },
        "cells": [_cell(number, source) for number, source in enumerate(sources)],
    }


def _cell(number: int, source: str) -> dict[str, Any]:
    return {
        "id": f"cell-{number}",
        "cell_type": "code",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


def take_snapshot(home: Home, name: str, scenario: Scenario, entry: str) -> str:
    """Store such a folder as a snapshot; give its address."""
    folder = home.path / "sources" / name
    write_files(folder, scenario, entry)
    return SnapshotStore(home.snapshots).take(folder / entry).address


def lay_out(snapshots_root: Path, address: str, folder: Path) -> Scenario:
    """Make a snapshot's files a replica's working folder; give the scenario among them."""
    SnapshotStore(snapshots_root).materialise(address, folder)
    found: Scenario = json.loads((folder / "scenario.json").read_text())
    return found
