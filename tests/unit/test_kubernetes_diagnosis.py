"""What a real cluster was seen to say (tests/cluster/corpus), and the sentences made from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longboat.backends.kubernetes.diagnosis.causes import (
    cause_of_events,
    cause_of_pod_end,
    cause_of_refusal,
    trouble_of_pod,
)
from longboat.backends.kubernetes.diagnosis.scheduling import obstacles
from longboat.explain.cause import Cause
from longboat.explain.table import explain
from longboat.spec.job import Replica

CORPUS = sorted((Path(__file__).parents[1] / "cluster" / "corpus").glob("*.json"))
WORKER = Replica("worker", 0)


def told(entry: dict[str, Any]) -> dict[str, Any] | None:
    """What is said of an observation now."""
    seen, extra = entry["observed"], {}
    match entry["asks"]:
        case "trouble_of_pod":
            trouble = trouble_of_pod(seen, WORKER, entry.get("nodes", ()))
            assert trouble is not None
            cause, extra = trouble.cause, {"hopeless": trouble.hopeless}
        case "cause_of_pod_end":
            cause = cause_of_pod_end(seen, WORKER)
        case "cause_of_events":
            cause = cause_of_events(seen)
        case "cause_of_refusal":
            cause = refused(seen)
    if cause is None:
        return None
    explanation = explain(cause)
    return {
        "reason": explanation.reason,
        "message": explanation.message,
        "fix": explanation.fix,
        **extra,
    }


def refused(status: dict[str, Any]) -> Cause:
    details = status.get("details", {})
    return cause_of_refusal(status["code"], status.get("reason", ""), status["message"], details)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_was_seen_is_told_in_these_words(path: Path) -> None:
    entry = json.loads(path.read_text())
    assert entry["record"] == f"python -m cluster.record {path.stem}"
    assert told(entry) == entry["told"]


def test_the_corpus_is_there() -> None:
    assert len(CORPUS) > 50


def waiting(reason: str, message: str = "", image: str = "example.org/a:1") -> dict[str, Any]:
    state = {"waiting": {"reason": reason, "message": message}}
    return {"status": {"containerStatuses": [{"image": image, "state": state}]}}


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing"])
def test_a_pod_that_is_on_its_way_has_no_trouble(reason: str) -> None:
    assert trouble_of_pod(waiting(reason), WORKER) is None
    assert trouble_of_pod({"status": {"phase": "Pending"}}, WORKER) is None


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        # Older kubelets do not repeat why.
        ('Back-off pulling image "example.org/a:1"', "image-unavailable"),
        (
            'failed to resolve reference "docker.io/a/b:1": pull access denied, repository does '
            "not exist or may require authorization: server message: insufficient_scope: "
            "authorization failed",
            "image-forbidden",
        ),
        (
            'failed to pull and unpack image "a": no match for platform in manifest',
            "image-platform",
        ),
        ("reading manifest 1 in example.org/a: manifest unknown", "image-missing"),
        ("tls: failed to verify certificate: x509: unknown authority", "registry-unreachable"),
    ],
)
def test_what_other_runtimes_say_of_images_is_understood(message: str, reason: str) -> None:
    trouble = trouble_of_pod(waiting("ImagePullBackOff", message), WORKER)
    assert trouble is not None and trouble.cause.reason == reason


def test_the_name_of_an_image_is_not_taken_for_what_is_said_of_it() -> None:
    image = "example.org/access/denied:403"
    message = f'failed to pull image "{image}": {image}: not found'
    trouble = trouble_of_pod(waiting("ErrImagePull", message, image), WORKER)
    assert trouble is not None and trouble.cause.reason == "image-missing"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('exec: "python3": executable file not found in $PATH: unknown', "command-missing"),
        ('exec: "/bin/python3": stat /bin/python3: no such file or directory', "command-missing"),
        ("exec /usr/bin/python3: exec format error", "image-platform"),
        ("failed to create shim task: something else", "container-not-started"),
    ],
)
def test_what_cannot_be_executed_is_hopeless(message: str, reason: str) -> None:
    trouble = trouble_of_pod(waiting("RunContainerError", message), WORKER)
    assert trouble is not None and trouble.hopeless
    assert trouble.cause.reason == reason


def test_a_key_that_a_secret_lacks_is_named() -> None:
    message = "couldn't find key token in Secret team/login"
    trouble = trouble_of_pod(waiting("CreateContainerConfigError", message), WORKER)
    assert trouble is not None and not trouble.hopeless
    assert "no secret login with the key token" in explain(trouble.cause).message


def test_the_scheduler_s_words_of_other_versions_are_understood() -> None:
    message = (
        "0/7 nodes are available: 1 node(s) had taint {a: b}, that the pod didn't tolerate, "
        "2 Insufficient memory, 1 Too many pods, 3 node(s) had untolerated taint {c: }. "
        "preemption: 0/7 nodes are available: 7 No preemption victims found for incoming pod.."
    )
    found = [(each.kind, each.nodes, each.what) for each in obstacles(message)]
    assert found[:2] == [("lacking", 2, "memory"), ("pods", 1, "1 Too many pods"[2:])]
    assert [kind for kind, _, _ in found[2:]] == ["taint", "taint"]


@given(st.text())
def test_no_message_of_a_scheduler_breaks_the_diagnosis(message: str) -> None:
    condition = {"type": "PodScheduled", "status": "False", "message": message}
    for said in (condition, {**condition, "message": f"0/1 nodes are available: {message}"}):
        trouble = trouble_of_pod({"status": {"conditions": [said]}}, WORKER)
        assert trouble is not None and explain(trouble.cause).message


@given(st.integers(400, 599), st.text(), st.text())
def test_no_refusal_breaks_the_diagnosis(status: int, reason: str, message: str) -> None:
    assert explain(cause_of_refusal(status, reason, message, {})).message


def ended(code: int, why: str = "Error", **status: Any) -> dict[str, Any]:
    state = {"terminated": {"exitCode": code, "reason": why}}
    return {"status": {"phase": "Failed", "containerStatuses": [{"state": state}], **status}}


def test_an_exit_code_above_128_is_a_signal() -> None:
    assert cause_of_pod_end(ended(143), WORKER) == Cause(
        "killed", {"replica": "worker-0", "signal": 15}
    )
    assert cause_of_pod_end(ended(255), WORKER) == Cause(
        "exit-code", {"replica": "worker-0", "code": 255}
    )


def test_memory_without_a_limit_ran_out_on_the_node() -> None:
    cause = cause_of_pod_end(ended(137, "OOMKilled"), WORKER)
    assert cause is not None and cause.reason == "killed"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("The node was low on resource: memory. Threshold quantity: 100Mi", "ran out of memory"),
        ("The node was low on resource: ephemeral-storage.", "disk of the node was full"),
        ('Container node exceeded its local ephemeral storage limit "10Mi". ', "10 MiB"),
    ],
)
def test_an_eviction_says_what_ran_out(message: str, words: str) -> None:
    cause = cause_of_pod_end(ended(137, reason="Evicted", message=message), WORKER)
    assert cause is not None and words in explain(cause).message


@pytest.mark.parametrize(
    ("reason", "told"),
    [("NodeLost", "node-lost"), ("Terminated", "node-drained"), ("NodeShutdown", "node-drained")],
)
def test_the_end_of_a_node_is_told_apart_from_the_program_s(reason: str, told: str) -> None:
    cause = cause_of_pod_end({"status": {"phase": "Failed", "reason": reason}}, WORKER)
    assert cause is not None and cause.reason == told


def test_a_pod_that_failed_without_a_word_has_vanished() -> None:
    cause = cause_of_pod_end({"status": {"phase": "Failed"}}, WORKER)
    assert cause is not None and cause.reason == "vanished"


def event(reason: str, message: str, second: int, name: str = "worker-0") -> dict[str, Any]:
    return {
        "reason": reason,
        "message": message,
        "lastTimestamp": f"2026-01-01T00:00:{second:02}Z",
        "involvedObject": {"name": name},
    }


NO_ROOM = "0/1 nodes are available: 1 Insufficient cpu."
NO_IMAGE = 'Failed to pull image "example.org/a:1": example.org/a:1: not found'


def test_the_newest_event_counts_in_whatever_order_they_come() -> None:
    events = [event("FailedScheduling", NO_ROOM, 1), event("Failed", NO_IMAGE, 3, "worker-1")]
    for order in (events, events[::-1]):
        cause = cause_of_events(order)
        assert cause is not None and cause.reason == "image-missing"


def test_an_event_that_a_later_one_of_the_same_object_overcame_is_not_told() -> None:
    scheduled = event("Scheduled", "Successfully assigned a/worker-0 to b", 2)
    events = [event("FailedScheduling", NO_ROOM, 1), scheduled]
    assert cause_of_events(events) is None
    other = event("FailedScheduling", NO_ROOM, 1, "worker-1")
    cause = cause_of_events([*events, other])
    assert cause is not None and cause.reason == "nodes-full"


def test_an_event_without_a_reason_waits_for_one_with_it() -> None:
    vague = event("BackOff", 'Back-off pulling image "example.org/a:1"', 5)
    alone = cause_of_events([vague])
    assert alone is not None and alone.reason == "image-unavailable"
    better = cause_of_events([vague, event("Failed", NO_IMAGE, 3)])
    assert better is not None and better.reason == "image-missing"


def test_events_of_nothing_bad_say_nothing() -> None:
    assert cause_of_events([event("Created", "Created container", 1)]) is None
    assert cause_of_events([]) is None


def test_a_volume_that_cannot_be_mounted_is_named() -> None:
    message = 'MountVolume.SetUp failed for volume "nfs" : mount failed: exit status 32'
    cause = cause_of_events([event("FailedMount", message, 1)])
    assert cause is not None and cause.reason == "volume-not-mounted"
    assert explain(cause).message.startswith("The volume nfs of a replica cannot be mounted")
