"""Moments at which who brings jobs to a cluster, and news from it, freezes (faults/points.py)."""

from __future__ import annotations

from faults.points import Point

HALF_SENT = Point("steward", "http.client.send", r"^POST /api/v1/namespaces/\S+/secrets")
"""The job is on the cluster, suspended; what it needs is not."""
SENT = Point("steward", "os.rename", r"/cluster\.json$", '"accepted":true')
"""The cluster has all of it and may run it; nobody has written down that it does."""
STEWARD_STOPPING = Point("steward", "os.rename", r"/attempts/1/stop$")
"""Why it is to end is in the job's status; the courier has not been told."""

COURIER_STOPPING = Point("courier", "os.rename", r"/cluster\.json$", '"request":[')
"""It has seen that the job is to end, and not written that down."""
COURIER_ENDING = Point("courier", "http.client.send", r"^PATCH ")
"""It is written down that the cluster was told to end all pods; it was not."""
FETCHING = Point("courier", "os.rename", r"/work/result\.bin$")
"""All of a result has come; it is not in its place, and the rest not here."""
COURIER_CONCLUDING = Point("courier", "os.rename", r"/cluster\.json$", '"phase":"succeeded"')
"""It knows how the job ended, and has not had its final word."""
