"""From a task to running keepers; every way in which that can fail has its cause."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Mapping, Sequence

import msgspec

from longboat.backends.local.environment import replica_environment
from longboat.backends.local.member import Member
from longboat.backends.local.ports import hold_ports
from longboat.backends.local.task import Task
from longboat.errors import LongboatError, NotFound
from longboat.explain.cause import Cause
from longboat.records.layout import RunDirectory
from longboat.snapshots.store import SnapshotStore
from longboat.spec.job import Replica


def prepare(
    task: Task, members: Sequence[Member], wanted: Callable[[], bool]
) -> Mapping[Replica, socket.socket] | Cause | None:
    """Copy the snapshot for every replica, then start all keepers.

    Gives the ports to hold on to, the cause why some replica cannot be started, or None when the
    attempt was no longer ``wanted``; keepers may then have been started for some.
    """
    at = members[0].replica
    snapshots = SnapshotStore(task.launch.snapshots_root)
    try:
        RunDirectory(task.launch.run_directory).checkpoints.mkdir(exist_ok=True)
        for member in members:
            if not wanted():
                return None
            at = member.replica
            snapshots.materialise(task.launch.snapshot, member.directory.work)
        held = hold_ports(member.replica for member in members)
        _start_all(task, members, held)
    except NotFound:
        return Cause("snapshot-missing", {"snapshot": task.launch.snapshot})
    except (LongboatError, OSError, msgspec.MsgspecError) as error:
        return _cause(at, error)
    return held


def _start_all(
    task: Task, members: Sequence[Member], held: Mapping[Replica, socket.socket]
) -> None:
    ports = {replica: holder.getsockname()[1] for replica, holder in held.items()}
    environments = [
        replica_environment(
            task.launch, member.replica, task.interpreter, ports, task.gpus(position)
        )
        for position, member in enumerate(members)
    ]
    for member, environment in zip(members, environments, strict=True):
        order = task.order(member.replica, environment)
        member.start(order, ports[member.replica], task.lease.descriptor)


def _cause(replica: Replica, error: Exception) -> Cause:
    origin = error if isinstance(error, OSError) else error.__cause__
    if isinstance(origin, OSError) and origin.errno in (errno.ENOSPC, errno.EDQUOT):
        return Cause("disk-full", {"path": str(origin.filename or "the disk of LONGBOAT_HOME")})
    return Cause("start-failed", {"replica": str(replica), "error": str(error)})
