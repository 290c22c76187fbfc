"""Look at the machine and the home, and say in sentences what is here, missing or broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from longboat.doctor.finding import Finding as Finding
from longboat.doctor.finding import carefully


def examine(home: Path, python: str | None = None) -> list[Finding]:
    """Examine the machine, the interpreter ``python`` (default: this one) and ``home``.

    Changes nothing (a finding's ``mend`` does), takes some seconds (TensorFlow is imported once, in
    a process of its own), and never raises: a check that fails is itself a finding.
    """
    import sys

    from longboat.doctor import interpreter, machine, state
    from longboat.doctor.leases import leases
    from longboat.doctor.leftovers import leftovers, retention, snapshots
    from longboat.doctor.locks import locks
    from longboat.doctor.orphans import orphans

    checks: list[tuple[str, Callable[[], Iterable[Finding]]]] = [
        ("platform", machine.platform),
        ("interpreter", lambda: interpreter.examine(python or sys.executable)),
        ("memory", machine.memory),
        ("gpu", machine.gpu),
        ("disk", lambda: machine.disk(home)),
        ("home", lambda: machine.home(home)),
        ("index", lambda: state.index(home)),
        ("models", lambda: state.models(home)),
        ("steward", lambda: state.steward(home)),
        ("leases", leases),
        ("orphans", lambda: orphans(home)),
        ("leftovers", lambda: leftovers(home)),
        ("locks", lambda: locks(home)),
        ("retention", lambda: retention(home)),
        ("snapshots", lambda: snapshots(home)),
    ]
    return [finding for area, check in checks for finding in carefully(area, check)]
