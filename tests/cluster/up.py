"""Bringing the cluster up, whatever was there before."""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from cluster import (
    addons,
    certificates,
    control_plane,
    images,
    machine,
    node,
    packages,
    programs,
    store,
)
from cluster.commands import output
from cluster.down import clear_state
from cluster.layout import HERE, KUBECONFIG, LOGS, STATE
from longboat.system.files import write_atomic

MADE_FROM = STATE / "made-from"
NOT_SOURCES = (
    *("test_", "conftest", "client", "fixtures", "homes", "record"),
    *("accounts", "counting", "fake_nodes", "fault_", "full_home", "launches", "outages"),
)


def up(say: Callable[[str], None]) -> None:
    """Build what is missing, start what does not run, and return when all of it works."""
    started = time.monotonic()
    packages.install(say)
    with ThreadPoolExecutor(1) as beside:
        pictures = beside.submit(images.build_all, say)  # waits for the network more than for cores
        programs.build(say)
        pictures.result()
        if machine.find() is None or _made_from() != _sources():
            _make(say)
        store.start("containerd.toml")
        loading = beside.submit(images.load_all)
        control_plane.start()
        node.start()
        say("The node is Ready; installing the controllers …")
        addons.start(say)
        loading.result()
    say(f"The cluster is up after {time.monotonic() - started:.0f} s. KUBECONFIG={KUBECONFIG}")


def _make(say: Callable[[str], None]) -> None:
    """Start anew: a machine without a past, and certificates of its own."""
    say("Making the cluster's machine …")
    machine.stop()
    clear_state()
    _start_new_logs()
    certificates.create()
    _write_runtime_specification()
    machine.start()
    store.forget_containers()
    write_atomic(MADE_FROM, _sources())


def _made_from() -> bytes | None:
    """What the cluster was made from; None when it was left half made."""
    return MADE_FROM.read_bytes() if MADE_FROM.is_file() else None


def _sources() -> bytes:
    """What a cluster is made from: a running one is of no use when any of it changed."""
    content = hashlib.sha256()
    kinds = ("*.py", "config/**/*.*", "go/*/go.*")
    for path in sorted(path for kind in kinds for path in HERE.glob(kind)):
        if path.is_file() and not path.name.startswith(NOT_SOURCES):
            content.update(path.read_bytes())
    return content.hexdigest().encode()


def _start_new_logs() -> None:
    """Put the logs of the last life aside, in place of those of the life before."""
    previous = LOGS.with_name("logs.previous")
    if previous.exists():
        shutil.rmtree(previous)
    if LOGS.exists():
        LOGS.rename(previous)


def _write_runtime_specification() -> None:
    """What every container starts from: runc's defaults, with this process's limit on open files.

    A container may not be allowed to raise it, and then containerd's own default fails.
    """
    specification = json.loads(output(["ctr", "oci", "spec"]))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    specification["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": soft, "hard": hard}]
    write_atomic(STATE / "runtime-spec.json", json.dumps(specification).encode())
