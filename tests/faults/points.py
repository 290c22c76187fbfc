"""Moments at which a process freezes itself (freezer/sitecustomize.py), by what it is about to do.

The freezing is the observed event; the kill follows it.
"""

from __future__ import annotations

from typing import NamedTuple


class Point(NamedTuple):
    """One moment in the life of one kind of process."""

    who: str
    """The end of a process's name, or of the script or module that it runs."""
    event: str
    """CPython's audit event."""
    path: str = ""
    """Pattern of the event's path (of a rename, the new one), or of the bytes that are sent."""
    holds: str = ""
    """What is in the file that is renamed."""


SUBMIT_STORING = Point("submitter.py", "os.rename", r"/blobs/[0-9a-f]{2}/[0-9a-f]{64}$")
"""The first content of the snapshot is written, and not in its place."""
SUBMIT_UNSAVED = Point("submitter.py", "os.rename", r"/jobs/[0-9a-z]+$")
"""Everything is prepared; the rename that makes the job durable has not been done."""
SUBMIT_UNTOLD = Point("submitter.py", "os.fork")
"""The job, or the wish for a service, is durable; no steward has been started."""

STEWARD_STARTING = Point("steward", "os.rename", r"/supervisor\.json$")
"""A supervisor has been forked; the record that lets it go on is not in place."""
STEWARD_REGISTERING = Point("steward", "os.rename", r"/models/[^/]+/[0-9]+$")
"""The model has been copied; the rename that makes it a version has not been done."""
STEWARD_CONCLUDING = Point(
    "steward", "os.rename", r"/status\.json$", '{"format":1,"state":"succeeded"'
)
"""The model is registered, the history says succeeded; the status does not."""
STEWARD_RETIRING = Point("steward", "os.rename", r"/jobs/\.trash-")
"""It is noted that a job goes, and the job is there."""
STEWARD_DEPLOYING = Point("steward", "os.fork")
"""(With no job.) The predictor's target is written; nothing has been started."""

SUPERVISOR_STARTING = Point("superv", "os.fork")
"""The snapshot is laid out; no keeper has been forked."""
SUPERVISOR_ENDING = Point("superv", "os.rename", r"/supervisor\.json$", '"phase":"succeeded"')
"""No replica is left; the final word is written but not in place."""
KEEPER_STARTING = Point("keeper", "os.fork")
"""The replica has not been forked."""
KEEPER_ENDING = Point("keeper", "os.listdir", r"^/proc$")
"""The replica has exited; the keeper has not told the supervisor."""
