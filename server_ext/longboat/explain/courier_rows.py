"""What keeps Longboat from seeing a cluster, or from going on with what it has seen."""

from __future__ import annotations

from collections.abc import Mapping

from longboat.explain.row import Row

_AGAIN = "Start the job once more with again, or let --retries do that."
_LEFT = "which leaves what it has on the cluster"

COURIER_ROWS: Mapping[str, Row] = {
    "waiting-cluster": Row(
        "Waiting for the cluster {cluster}[: {why}]",
        "It is tried again by itself.",
    ),
    "building-environment": Row(
        "What the job requires is being installed on the volume {volume}.",
        "The job begins by itself when it is there.",
    ),
    "environment-not-built": Row(
        "What the job requires could not be installed[: {error}]",
        "Mend the list, or choose an image that has it with --image.",
    ),
    "bringing-code": Row(
        "The job's files are being brought to the volume {volume}[: {done:size} of "
        "{size:size} are there].",
        "The job begins by itself when all are there.",
    ),
    "code-not-brought": Row(
        "The job's files could not be brought to the volume {volume}[: {error}]",
        "Look whether there is room on it and pods may write there (longboat doctor --on NAME), "
        "or send fewer files.",
    ),
    "cluster-silent": Row(
        "Nothing has been heard from the cluster {cluster} for a while[: {why}]",
        "What is shown is from before; it is asked again by itself.",
    ),
    "cluster-unknown": Row(
        "{file} does not name the cluster {cluster}, on which the job is.",
        f"Write its table again and the job goes on; or give it up with longboat rm, {_LEFT}.",
    ),
    "cluster-exchanged": Row(
        "The job is not on the cluster that clusters.toml names {cluster} now.",
        f"Name the one of before in that table and the job goes on; or stop it, {_LEFT}.",
    ),
    "courier-failing": Row(
        "The process that brings news from the cluster {cluster} ends again and again.",
        "{log} says why.",
    ),
    "record-unreadable": Row(
        "What is known of the job cannot be read now[: {why}]",
        "It is tried again by itself.",
    ),
    "record-damaged": Row(
        "What is known[ of {replica}] is damaged[: {why}]",
        _AGAIN,
    ),
    "secrets-missing": Row(
        "The values of the job's secrets are not on this machine any more.",
        "Set them and submit the notebook again.",
    ),
    "copy-fetched": Row(
        "Not all of {replica} came from its pod; the rest is fetched from the volume[ {volume}].",
        "It ends by itself when that is here; longboat stop goes without.",
    ),
    "results-lost": Row(
        "{replica} ended well, but the end of its output, and what it left, did not arrive.",
        _AGAIN,
    ),
    "given-up": Row(
        "The cluster has given the job up[: {why}]",
        _AGAIN,
    ),
    "suspended-from-outside": Row(
        "The job was suspended on the cluster, but not through Longboat; a queue does that for one "
        "of higher priority.",
        _AGAIN,
    ),
}
