"""Plays one seed again and tells everything: ``python -m simulator 17 [--mutant NAME]``."""

from __future__ import annotations

import argparse
import sys

from simulator.campaign import broken
from simulator.faults import Cell, Violation
from simulator.history import History
from simulator.instruments import installed
from simulator.mutants import EXECUTORS, RECONCILERS


def main() -> int:
    """Play it; exit code 1 when a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--crash", help="transition|effect|side, where to crash for certain")
    parser.add_argument("--mutant", choices=[*RECONCILERS, *EXECUTORS], help="break it on purpose")
    given = parser.parse_args()
    history = History(given.seed, _cell(given.crash), trace=True)
    try:
        with broken(given.mutant) if given.mutant else installed():
            history.run()
        verdict = "All promises are kept."
    except Violation as violation:
        verdict = f"BROKEN: {violation}"
    print("\n".join(history.faults.trace or ()), verdict, sep="\n")
    return verdict.startswith("BROKEN")


def _cell(text: str | None) -> Cell | None:
    if text is None:
        return None
    transition, effect, side = text.split("|")
    return transition, effect, side


if __name__ == "__main__":
    sys.exit(main())
