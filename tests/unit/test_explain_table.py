"""Every reason has its sentence, and no detail, present or absent, can break it."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import longboat
from longboat.explain.cause import Cause
from longboat.explain.table import TABLE, explain

REASONS: dict[str, set[str]] = {
    "waiting-resources": {"resource", "wanted", "free", "total"},
    "waiting-queue": {"ahead"},
    "cell-failed": {"replica", "cell", "line", "ename", "evalue"},
    "script-failed": {"replica", "line", "ename", "evalue"},
    "import-missing": {"replica", "module", "cell"},
    "exit-code": {"replica", "code", "cell"},
    "killed": {"replica", "signal"},
    "out-of-memory": {"replica", "limit", "used"},
    "peers-missing": {"replica", "missing", "seconds", "why"},
    "rehearsal-found": {"count"},
    "unsupported-cell": {"replica", "cell", "line", "what"},
    "disk-full": {"path", "where", "volume", "replica"},
    "interpreter-missing": {"python"},
    "start-failed": {"replica", "error"},
    "supervisor-lost": set(),
    "displaced-too-often": {"times", "why"},
    "rebooted": set(),
    "container-gone": set(),
    "deadline": {"seconds"},
    "snapshot-missing": {"snapshot"},
    "model-not-registered": {"error"},
    "vanished": set(),
    "stopped-by-user": set(),
    "stopped-from-outside": set(),
    "unknown": set(),
    # What becomes of pods on a cluster.
    "nodes-full": {"replica", "resource", "wanted", "largest", "device", "also", "others"},
    "nodes-too-small": {"replica", "resource", "wanted", "largest", "device", "others"},
    "node-selector": {"replica", "selector"},
    "node-taint": {"replica", "taints"},
    "no-node": {"replica", "why"},
    "volume-missing": {"replica", "volume"},
    "volume-unbound": {"replica", "volume"},
    "volume-elsewhere": {"replica", "volume"},
    "volume-not-mounted": {"replica", "volume", "why"},
    "image-missing": {"replica", "image"},
    "image-forbidden": {"replica", "image"},
    "image-invalid": {"replica", "image"},
    "image-not-on-node": {"replica", "image"},
    "image-platform": {"replica", "image"},
    "image-unavailable": {"replica", "image", "why"},
    "registry-unreachable": {"replica", "image", "why"},
    "secret-missing": {"replica", "kind", "name", "key"},
    "runs-as-root": {"replica"},
    "container-not-created": {"replica", "why"},
    "command-missing": {"replica", "command"},
    "container-not-started": {"replica", "why"},
    "preempted": {"replica", "node"},
    "pod-deleted": {"replica"},
    "node-lost": {"replica", "node"},
    "node-drained": {"replica", "node"},
    "turned-away": {"replica", "node", "why"},
    "evicted": {"replica", "node", "lack", "limit", "why"},
    "model-not-carried": {"replica", "size", "kept", "why"},
    # What keeps Longboat from seeing a cluster.
    "waiting-cluster": {"cluster", "why"},
    "building-environment": {"volume"},
    "environment-not-built": {"error"},
    "bringing-code": {"volume", "done", "size"},
    "code-not-brought": {"volume", "error"},
    "cluster-silent": {"cluster", "why"},
    "cluster-unknown": {"cluster", "file"},
    "cluster-exchanged": {"cluster"},
    "courier-failing": {"cluster", "log"},
    "record-unreadable": {"why"},
    "record-damaged": {"replica", "why"},
    "secrets-missing": set(),
    "copy-fetched": {"replica", "volume"},
    "results-lost": {"replica"},
    "given-up": {"why"},
    "suspended-from-outside": set(),
    # What a cluster does not let in.
    "quota-exceeded": {"quota", "resource", "counted", "requested", "used", "limited"},
    "quota-unspecified": {"quota", "resource"},
    "limits-range": {"resource", "bound", "per", "allowed", "asked"},
    "pod-security": {"level", "why"},
    "admission-denied": {"by", "why"},
    "webhook-gone": {"by", "why"},
    "forbidden": {"user", "verb", "resource", "namespace"},
    "login-refused": set(),
    "service-account-missing": {"account"},
    "namespace-missing": {"namespace"},
    "namespace-ending": {"namespace"},
    "namespace-deleted": {"namespace"},
    "kind-missing": set(),
    "too-large-to-send": {"error"},
    "object-invalid": {"kind", "why"},
    "cluster-refused": {"kind", "why"},
}
"""The reasons backends give, and the details they give with each."""

GIB = 1024**3

SENTENCES = [
    (
        Cause(
            "cell-failed",
            {"replica": "worker-1", "cell": 5, "line": 3, "ename": "ValueError", "evalue": "no"},
        ),
        "Cell 5, line 3 of worker-1 raised ValueError: no.",
        "submit",
    ),
    (
        Cause("cell-failed", {"replica": "worker-1", "cell": 5, "ename": "ValueError"}),
        "Cell 5 of worker-1 raised ValueError.",
        "submit",
    ),
    (
        Cause("out-of-memory", {"replica": "worker-0", "used": 2 * GIB, "limit": 2 * GIB}),
        "worker-0 used 2 GiB of memory, and its limit is 2 GiB.",
        "--memory 3G",
    ),
    (
        Cause("waiting-resources", {"resource": "cpu", "wanted": 2, "free": 1, "total": 2}),
        "Waiting for 1.0 more core: 2 asked, 1 of 2 free.",
        "--cpu",
    ),
    (
        Cause(
            "waiting-resources",
            {"resource": "memory", "wanted": 3 * GIB, "free": GIB, "total": 4 * GIB},
        ),
        "Waiting for 2 GiB more memory: 3 GiB asked, 1 GiB of 4 GiB free.",
        "--memory",
    ),
    (Cause("waiting-queue", {"ahead": 1}), "Waiting in the queue: 1 job ahead.", "by itself"),
    (Cause("killed", {"replica": "ps-0", "signal": 9}), "ps-0 was killed by SIGKILL", "memory"),
    (Cause("killed", {"replica": "ps-0", "signal": 6}), "native code (SIGABRT)", "shape"),
    (
        Cause(
            "peers-missing",
            {"replica": "worker-0", "missing": "worker-1,worker-2", "seconds": 90, "why": "ended"},
        ),
        "worker-0 waited 1 min 30 s for worker-1 and worker-2, which did not appear: ended.",
        "log",
    ),
    (
        Cause(
            "disk-full",
            {
                "replica": "worker-0",
                "path": "/longboat/volume/x",
                "where": "volume",
                "volume": "shared",
            },
        ),
        "No space was left on the volume shared, where worker-0 wrote /longboat/volume/x.",
        "longboat rm removes a job with what it has on that volume",
    ),
    (
        Cause("disk-full", {"replica": "worker-0", "path": "/longboat/run/x", "where": "pod"}),
        "No space was left in the pod of worker-0, where it wrote /longboat/run/x.",
        "keep large files on a shared volume",
    ),
    (
        Cause("disk-full", {"path": "/home"}),
        "No space was left on the disk (/home).",
        "longboat rm",
    ),
    (
        Cause("rehearsal-found", {"count": 2}),
        "The rehearsal found 2 things to mend.",
        "Mend what is listed",
    ),
    (Cause("deadline", {"seconds": 7200}), "at its deadline of 2 h.", "--deadline"),
]


def test_the_table_is_the_agreed_list() -> None:
    assert set(TABLE) == set(REASONS)


@pytest.mark.parametrize("reason", TABLE)
def test_a_row_reads_only_the_details_that_come_with_its_reason(reason: str) -> None:
    derived = {"lacking"} if reason == "waiting-resources" else set()
    assert TABLE[reason].fields() - derived <= REASONS[reason]


@pytest.mark.parametrize(("cause", "message", "fix"), SENTENCES)
def test_a_cause_is_told_in_plain_language(cause: Cause, message: str, fix: str) -> None:
    explanation = explain(cause)
    assert message in explanation.message
    assert fix in explanation.fix
    assert explanation.sentence == f"{explanation.message} {explanation.fix}"


@pytest.mark.parametrize("reason", TABLE)
def test_a_cause_without_details_still_makes_a_sentence(reason: str) -> None:
    explanation = explain(Cause(reason))
    assert explanation.message.endswith(".")
    assert explanation.fix.endswith(".")
    assert not set("{}[]") & set(explanation.sentence)


@pytest.mark.parametrize("reason", TABLE)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_no_details_can_break_a_sentence(reason: str, data: st.DataObject) -> None:
    names = st.sampled_from(sorted(TABLE[reason].fields() | {"other"}))
    values = st.text() | st.integers() | st.floats()
    details = data.draw(st.dictionaries(names, values))
    explanation = explain(Cause(reason, details))
    assert explanation.message
    assert "\n" not in explanation.sentence and "\x1b" not in explanation.sentence


def test_every_cause_that_the_code_gives_has_a_row() -> None:
    source = Path(longboat.__path__[0]).rglob("*.py")
    given = {
        reason for p in source for reason in re.findall(r"""Cause\(\s*"([^"]+)\"""", p.read_text())
    }
    assert "waiting-queue" in given
    assert given <= set(TABLE)


def test_an_unknown_reason_is_named() -> None:
    assert "moon-phase" in explain(Cause("moon-phase")).message


def test_no_reason_needs_no_words() -> None:
    assert explain(Cause("")).sentence == ""
