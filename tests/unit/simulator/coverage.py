"""Which transition was interrupted at which effect: the table, and what must be in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from simulator.faults import Cell

WRITES = frozenset({"append_event", "write_status", "index.put"})
REQUIRED: Mapping[str, frozenset[str]] = {
    "Start": WRITES | {"start"},
    "Stop": frozenset({"stop"}),
    "Record": WRITES,
    "Succeed": WRITES | {"register", "forget_secrets"},
    "Conclude": WRITES | {"forget_secrets"},
    "Settle": frozenset({"publish", "clean", "write_status", "index.put"}),
    "Remove": frozenset({"erase", "remove", "index.remove"}),
}
"""The effects of each action, so that the table cannot be complete by being short."""


class Coverage:
    """What all histories together have reached, and where a steward was killed."""

    def __init__(self) -> None:
        self.reached: dict[Cell, int] = {}
        """By cell, a seed that reaches it."""
        self.crashed: Counter[Cell] = Counter()

    def add(self, seed: int, reached: Iterable[Cell], crashed: Iterable[Cell]) -> None:
        """Take in one history."""
        for cell in reached:
            self.reached.setdefault(cell, seed)
        self.crashed.update(crashed)

    def merge(self, other: Coverage) -> None:
        """Take in what another process has covered."""
        for cell, seed in other.reached.items():
            self.reached.setdefault(cell, seed)
        self.crashed.update(other.crashed)

    @property
    def missed(self) -> dict[Cell, int]:
        """Cells that were reached, but never crashed at."""
        return {cell: seed for cell, seed in self.reached.items() if cell not in self.crashed}

    def absent(self) -> list[str]:
        """Effects of actions that no history has reached at all."""
        seen = {
            (action.partition("(")[0], effect)
            for transition, effect, _ in self.reached
            for action in transition.rpartition("→ ")[2].split()
        }
        return [
            f"{action}: {effect}"
            for action, effects in REQUIRED.items()
            for effect in sorted(effects)
            if (action, effect) not in seen
        ]

    def table(self) -> str:
        """Write a line a transition: each effect with the crashes before and after it."""
        rows: dict[str, dict[str, list[int]]] = {}
        for transition, effect, side in self.reached:
            counts = rows.setdefault(transition, {}).setdefault(effect, [0, 0])
            counts[side == "after"] = self.crashed[transition, effect, side]
        lines = [f"{len(rows)} transitions, {len(self.reached)} crash points (before/after)"]
        width = max(map(len, rows), default=0)
        for transition in sorted(rows):
            effects = "  ".join(f"{e} {b}/{a}" for e, (b, a) in sorted(rows[transition].items()))
            lines.append(f"{transition:<{width}}  {effects}")
        return "\n".join(lines)
