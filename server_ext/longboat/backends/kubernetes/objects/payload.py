"""What travels to the pods: the code, the order and the user's secrets, in Secrets.

The first holds what runs the code, the order and the beginning of the packed snapshot; as many
others as it takes hold the rest. A snapshot that is too much for that goes to the shared volume.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from longboat.backends.base import Launch
from longboat.errors import Broken, TooLarge
from longboat.guest import order, wire
from longboat.snapshots.manifest import Snapshot
from longboat.snapshots.store import SnapshotStore
from longboat.spec.decoding import UNDECODABLE
from longboat.spec.job import JobSpec

SECRET_LIMIT = 1 << 20
"""Bytes that the values of a Secret may have in all (core/v1's MaxSecretSize)."""
LIMIT = 16 * SECRET_LIMIT
"""Bytes that travel in all: the cluster keeps them in its memory and its store for each attempt."""
Content = Mapping[str, bytes]


class Payload(NamedTuple):
    """What travels to the pods of an attempt."""

    secrets: list[Content]
    """The files of each Secret."""
    code: bytes | None = None
    """The packed snapshot, where that is too much for them and goes to the shared volume."""


def contents(
    launch: Launch,
    nonce: str,
    cluster: Mapping[str, list[str]],
    *,
    volume: bool,
    environment: str = "",
) -> Payload:
    """Put it together; ``cluster`` has the replicas' addresses by role, ``volume``: there is one.

    ``environment`` is the key of the one on the volume in which the code runs; empty for none.
    Raises TooLarge, OSError, NotFound when the snapshot is gone, Broken when it or the file of the
    secrets is damaged.
    """
    snapshots = SnapshotStore(launch.snapshots_root)
    packed = pack(snapshots, snapshots.manifest(launch.snapshot))
    told = _order(launch, nonce, cluster)._replace(environment_key=environment)
    zipapp = launch.guest.read_bytes()
    head = {order.ZIPAPP: zipapp, order.ORDER: order.encode(told)}
    if volume and _size(head) + len(packed) > LIMIT:
        told = told._replace(code=hashlib.sha256(packed).hexdigest())
        head = {order.ZIPAPP: zipapp, order.ORDER: order.encode(told)}
        check_sizes(_size(head), 0)
        return Payload([head], packed)
    check_sizes(_size(head), len(packed))
    return Payload(cut(head, packed, SECRET_LIMIT))


def environment_key(spec: JobSpec, image: str) -> str:
    """Name the environment of what a job requires: of another image it is another one.

    Empty for a job that requires nothing.
    """
    if not spec.requirements:
        return ""
    text = json.dumps([image, sorted(spec.requirements)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _order(launch: Launch, nonce: str, cluster: Mapping[str, list[str]]) -> order.Order:
    spec = launch.spec
    return order.Order(
        job=launch.ref.job,
        name=spec.name,
        attempt=launch.ref.attempt,
        entry=spec.entry,
        nonce=nonce,
        cluster=dict(cluster),
        parameters=spec.parameters,
        environment={**spec.env, **secret_values(launch.secrets_file), **_mode(spec)},
        cpu=spec.resources.cpu,
        memory=spec.resources.memory,
    )


def _mode(spec: JobSpec) -> dict[str, str]:
    return {wire.REHEARSE: "1"} if spec.rehearse else {}


def secret_values(file: Path | None) -> dict[str, str]:
    """Read the user's secrets; None for none. Raises OSError, Broken."""
    if file is None:
        return {}
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except UNDECODABLE:
        # Not with what was found there: that may be a secret.
        raise Broken(f"{file} is damaged; submit the job again.") from None


def pack(store: SnapshotStore, snapshot: Snapshot) -> bytes:
    """Pack a snapshot's files; the same snapshot gives the same bytes.

    Raises Broken when one is missing or damaged.
    """
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in snapshot.directories:
            folder = tarfile.TarInfo(path)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(folder)
        for file in snapshot.files:
            member = tarfile.TarInfo(file.path)
            member.size, member.mode = file.size, 0o755 if file.executable else 0o644
            archive.addfile(member, io.BytesIO(store.blobs.read(file.sha256)))
    return buffer.getvalue()


def check_sizes(head: int, packed: int) -> None:
    """Raise TooLarge when so many bytes beside the snapshot, or in all, cannot travel."""
    if head > SECRET_LIMIT:
        raise TooLarge(
            f"The job's variables, secrets and parameters are {head:,} bytes together with what "
            f"runs the job; {SECRET_LIMIT:,} bytes is the most that Kubernetes takes in one piece. "
            "Put long values into a file beside the notebook."
        )
    if head + packed > LIMIT:
        raise TooLarge(
            f"The notebook, its files and what runs them are {head + packed:,} bytes when packed; "
            f"{LIMIT:,} bytes is the most that travels to a job on a cluster without a shared "
            "volume. Name one (--volume, or `volume` in the cluster's table of clusters.toml), "
            "leave files out with .longboatignore, or put data into the image."
        )


def cut(head: Content, packed: bytes, limit: int) -> list[Content]:
    """Cut the packed snapshot: first ``head`` and a part, then a part each, of ``limit`` bytes."""
    room = limit - _size(head)
    rest = (packed[begin : begin + limit] for begin in range(room, len(packed), limit))
    parts = [{order.part_name(n): part} for n, part in enumerate([packed[:room], *rest])]
    return [{**head, **parts[0]}, *parts[1:]]


def _size(files: Content) -> int:
    return sum(map(len, files.values()))


def encoded(files: Content) -> dict[str, Any]:
    """Write the files as a Secret's ``data``."""
    return {name: base64.b64encode(data).decode() for name, data in sorted(files.items())}
