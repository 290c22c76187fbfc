"""Roles that a notebook cannot have, and jobs whose records this Longboat cannot read."""

from __future__ import annotations

from badinput.place import DAMAGED_RECORD, JOBS, LATER_RECORD
from badinput.rows import rows, submits

LAST = JOBS[-1]

ROLES = [
    *submits(
        "roles",
        ("--ps some", "ps", "whole number from 0 to 64"),
        ("--ps -1", "ps", "from 0 to 64"),
        ("--ps 65", "ps", "from 0 to 64"),
        ("--evaluator", "evaluator", "never asks for its role, so the evaluator would train"),
        ("--chief yes", "command", "unexpected extra argument"),
    ),
    *rows(
        "roles",
        (f"again {LAST} --evaluator", "evaluator", "never asks for its role"),
        ("submit tf.ipynb --ps 1", "ps", "never names ParameterServerStrategy, so parameter"),
        (f"logs {LAST} --replica evaluator", "replica", "worker-0"),
        (f"logs {LAST} --replica chief-0", "replica", "worker-0"),
    ),
]
REHEARSALS = [
    *rows(
        "rehearsals",
        ("submit script.py --rehearse", "rehearse", "is a script, and only notebooks can be"),
        ("submit nb.ipynb --rehearse=yes", "rehearse", "does not take a value"),
        ("submit nb.ipynb --rehearse --workers none", "workers", "whole number from 1 to 64"),
        ("submit absent.ipynb --rehearse", "notebook", "does not exist"),
        ("submit nb.ipynb --rehearse --deadline soon", "deadline", "not a duration"),
        ("submit nb.ipynb --rehearse --on moon", "backend", "no backend 'moon'"),
    ),
]
LATER = "status.json was written by a later Longboat; use that one"
DAMAGED = r"status.json is damaged \(.*\); restore it, or remove what it belongs to"
RECORDS = [
    row._replace(code=1)
    for row in rows(
        "record formats",
        (f"status {LATER_RECORD}", "", LATER),
        (f"logs {LATER_RECORD}", "", LATER),
        (f"stop {LATER_RECORD}", "", LATER),
        (f"diff {LATER_RECORD} {LAST}", "", LATER),
        (f"export {LATER_RECORD} later.tar", "", LATER),
        (f"status {DAMAGED_RECORD}", "", DAMAGED),
        (f"stop {DAMAGED_RECORD}", "", DAMAGED),
        (f"export {DAMAGED_RECORD} damaged.tar", "", DAMAGED),
    )
]
