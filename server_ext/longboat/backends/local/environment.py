"""The environment of a replica: nothing of ours leaks in, nothing of the user's overrides us."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from longboat.backends.base import Launch
from longboat.guest import wire
from longboat.records.layout import RunDirectory
from longboat.spec.job import Replica

_INHERITED = frozenset(
    [
        *("HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE"),
        *("LD_LIBRARY_PATH", "LD_PRELOAD", "VIRTUAL_ENV"),
        *("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    ]
)
_INHERITED_KINDS = (
    *("LC_", "XDG_", "CONDA_", "CUDA_", "NVIDIA_", "NCCL_", "GRPC_"),
    *("TF_", "XLA_", "KERAS_", "OMP_", "MKL_", "OPENBLAS_"),
)
"""What tells of the person and the machine. The rest is of the shell that the steward happened to
be started from, the secrets of another job among it."""
_TASK = "TF_CONFIG"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
"""How many threads compute one operation. TensorFlow's inter-op threads are left alone: collective
operations wait for each other and need their own."""


def replica_environment(
    launch: Launch,
    replica: Replica,
    python: str,
    ports: Mapping[Replica, int],
    gpus: Sequence[int],
) -> dict[str, str]:
    """Put together what ``replica`` sees; ``gpus`` are the indices of those it may use.

    Raises OSError or msgspec.MsgspecError when the secrets cannot be read.
    """
    return {
        **inherited(python),
        **_defaults(launch),
        **launch.spec.env,
        **_secrets(launch.secrets_file),
        **_fixed(gpus),
        **_told(launch, replica, ports),
    }


def inherited(python: str) -> dict[str, str]:
    """What a process in the interpreter ``python`` sees of this one's environment."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _INHERITED or (name.startswith(_INHERITED_KINDS) and name != _TASK)
    }
    # So that `!pip` and `!python` are the interpreter's own, as in an activated environment.
    kept["PATH"] = os.pathsep.join([str(Path(python).parent), os.environ.get("PATH", os.defpath)])
    return kept


def _defaults(launch: Launch) -> dict[str, str]:
    threads = str(max(1, round(launch.spec.resources.cpu)))
    # Prints of child processes, too, are to be in the log when they are made.
    return {"PYTHONUNBUFFERED": "1", **dict.fromkeys(_THREADS, threads)}


def _secrets(file: Path | None) -> dict[str, str]:
    if file is None:
        return {}
    return msgspec.json.decode(file.read_bytes(), type=dict[str, str])


def _fixed(gpus: Sequence[int]) -> dict[str, str]:
    return {
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": ",".join(map(str, gpus)),
        # The supervisor holds each replica's port with SO_REUSEPORT until the replica takes it.
        "TF_GRPC_REUSE_PORT": "1",
    }


def _told(launch: Launch, replica: Replica, ports: Mapping[Replica, int]) -> dict[str, str]:
    run = RunDirectory(launch.run_directory)
    directory = run.attempt(launch.ref.attempt).replica(replica)
    return {
        wire.JOB_ID: launch.ref.job,
        wire.JOB_NAME: launch.spec.name,
        wire.ATTEMPT: str(launch.ref.attempt),
        wire.ROLE: f"{replica.role}:{replica.index}",
        wire.CLUSTER: json.dumps(_cluster(ports)),
        wire.REPLICA_DIR: str(directory.path),
        wire.MODEL_DIR: str(directory.model),
        wire.CHECKPOINT_DIR: str(run.checkpoints),
        wire.PARAMETERS: json.dumps(launch.spec.parameters),
        **({wire.REHEARSE: "1"} if launch.spec.rehearse else {}),
    }


def _cluster(ports: Mapping[Replica, int]) -> dict[str, list[str]]:
    cluster: dict[str, list[str]] = {}
    for replica in sorted(ports):
        cluster.setdefault(replica.role, []).append(f"127.0.0.1:{ports[replica]}")
    return cluster
