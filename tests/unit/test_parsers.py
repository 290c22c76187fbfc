"""Whatever bytes a reader is given, it gives a value or the error that it documents.

Each is fed what it normally reads, damaged at random: torn, with other bytes in between, with
another value at any place of its JSON, or nested deeper than an interpreter's stack.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longboat.archives import contents, layout
from longboat.backends.kubernetes.api import border
from longboat.backends.kubernetes.facts import read_facts as cluster_facts
from longboat.backends.last_word import read_last_word
from longboat.backends.local.record import read_facts as local_facts
from longboat.errors import LongboatError
from longboat.guest import hello, notebook, order, wire
from longboat.predictor.inputs import read_call
from longboat.records import codec
from longboat.records.layout import ReplicaDirectory
from longboat.records.status import JobStatus
from longboat.snapshots import manifest
from longboat.snapshots.cells import read_cells
from longboat.snapshots.receipt import read_receipt
from longboat.spec.clusters import read_clusters
from longboat.spec.notebook import read_notebook
from longboat.spec.requirements import read_requirements
from longboat.spec.retention import read_retention
from longboat.spec.savedmodel import read_endpoints
from longboat.spec.signature import Signature, TensorSpec
from serving_tools import saved_models

NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {
        "kernelspec": {"name": "python3", "language": "python", "display_name": "Python"},
        "language_info": {"name": "python"},
    },
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# A", "title"]},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {"tags": ["parameters"]},
            "source": ["lr = 0.1\n", "%matplotlib inline\n", "open('data.csv')"],
            "execution_count": 1,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["x"]}],
        },
    ],
}
EVENT = {"t": 1.5, "kind": "metric", "step": 1, "values": {"loss": 0.5}}
LAST_WORD = {"state": "failed", "error": {"reason": "cell-failed", "cell": 2, "line": [1, 2]}}
FILE = {"path": "a/b.csv", "size": 3, "sha256": "0" * 64, "executable": False}
MANIFEST = {"format": 1, "entry": "a.ipynb", "files": [FILE], "directories": ["out"]}
STATUS = {
    "format": codec.FORMAT,
    "state": "running",
    "started": 1.5,
    "replicas": [{"role": "worker", "index": 0, "state": "running"}],
    "progress": {"cell": 1, "remaining": None},
    "metrics": {"loss": 0.5},
}
RECEIPT = {
    "who": "me@here",
    "when": "2026-01-01T00:00:00.000+00:00",
    "interpreter": {
        "path": "/usr/bin/python3",
        "version": "3.11.7",
        "implementation": "CPython",
        "distributions": {"numpy": "2.0"},
    },
    "git": {"commit": "0" * 40},
}
CONTENTS = {
    "format": 1,
    "job": "abcdefghij",
    "longboat": "1",
    "who": "me",
    "host": "here",
    "when": 1.5,
    "files": [{**FILE, "path": path} for path in (*layout.RECORDS, layout.MANIFEST)],
}
CLUSTERS = '[lab]\nkubeconfig = "~/.kube/config"\nnamespace = "me"\n[lab.node_selector]\na = "b"\n'
RETENTION = 'jobs_per_name = 3\ndisk = "50G"\npinned = ["baseline"]\n'
REQUIREMENTS = "scipy>=1.11 # any\nnumpy[x]==2.*\n"
ENVIRONMENT = "dependencies:\n- python=3.11\n- pip:\n  - scipy>=1.11\n"
CALL = {"signature_name": "serving", "instances": [[1.0, 2.0], [3.0, 4.0]]}
SIGNATURES = {
    "serving": Signature(
        inputs={"x": TensorSpec(dtype="float32", shape=(None, 2))},
        outputs={"y": TensorSpec(dtype="float32", shape=(None, 1))},
    )
}


HELLO = {"longboat": 1, "job": "a", "replica": "worker-1", "attempt": 1, "unresolved": ["x"]}
ANSWER = {"longboat": 1, "answer": "waiting", "attempt": 1, "missing": {"worker-1": "silent"}}
ORDER = {
    "job": "abcdefghij",
    "name": "digits",
    "attempt": 1,
    "entry": "a.ipynb",
    "nonce": "x",
    "cluster": {"worker": ["a:1"]},
    "parameters": {"lr": 0.1},
    "environment": {},
    "cpu": 1.0,
    "memory": 2**30,
}
REPLICA = {"role": "worker", "index": 0}
LOCAL = {
    "format": codec.FORMAT,
    "supervisor": {"host": "m/b/n", "pid": 1, "started": 2},
    "snapshot": "0" * 64,
    "replicas": [REPLICA],
}
CLUSTER = {
    "format": codec.FORMAT,
    "name": "digits-abcdefghij-1",
    "engine": "trainjob",
    "nonce": "x",
    "memory": 2**30,
    "replicas": [{**REPLICA, "state": "running"}],
}


class Reader(NamedTuple):
    read: Callable[[Path], Any]
    """Reads the file that it is given."""
    sample: Any
    """What such a file holds: JSON data, text or bytes of another kind, or what gives them."""
    errors: tuple[type[Exception], ...] = (LongboatError,)


def of_bytes(read: Callable[[bytes], Any]) -> Callable[[Path], Any]:
    return lambda path: read(path.read_bytes())


def saved_model() -> bytes:
    """One that TensorFlow has written."""
    return (saved_models() / "v1" / "saved_model.pb").read_bytes()


def _manifest(path: Path) -> Any:
    data = path.read_bytes()
    return manifest.decode(hashlib.sha256(data).hexdigest(), data)


def _cells(path: Path) -> Any:
    return list(read_cells("a.ipynb", path.read_bytes()))


def _prepared(path: Path) -> Any:
    raw = notebook.prepare(notebook.load(str(path)), {"lr": 0.2})
    return list(notebook.code_cells(raw))


def _receipt(path: Path) -> Any:
    return read_receipt(json.loads(path.read_bytes()))


READERS = {
    "notebook, at submit": Reader(read_notebook, NOTEBOOK),
    "notebook, compared": Reader(_cells, NOTEBOOK),
    "notebook, in a replica": Reader(_prepared, NOTEBOOK),
    "events": Reader(of_bytes(lambda data: list(wire.decode(data))), EVENT, ()),
    "last word": Reader(lambda path: read_last_word(ReplicaDirectory(path.parent)), LAST_WORD, ()),
    "hello": Reader(of_bytes(hello.parse_hello), HELLO, ()),
    "answer to hello": Reader(of_bytes(hello.parse_answer), ANSWER, ()),
    "order": Reader(of_bytes(order.decode), ORDER, (ValueError, TypeError, RecursionError)),
    "record": Reader(lambda path: codec.decode(path.read_bytes(), JobStatus, path), STATUS),
    "receipt": Reader(_receipt, RECEIPT, (LongboatError, ValueError, RecursionError)),
    "manifest": Reader(_manifest, MANIFEST),
    "facts of an attempt here": Reader(local_facts, LOCAL),
    "facts of an attempt on a cluster": Reader(cluster_facts, CLUSTER),
    "list of an archive": Reader(lambda path: contents.decode(path, path.read_bytes()), CONTENTS),
    "clusters.toml": Reader(read_clusters, CLUSTERS),
    "retention.toml": Reader(read_retention, RETENTION),
    "requirements.txt": Reader(read_requirements, REQUIREMENTS),
    "environment.yml": Reader(read_requirements, ENVIRONMENT),
    "saved model": Reader(lambda path: read_endpoints(path.parent), saved_model),
    "prediction": Reader(of_bytes(lambda data: read_call(data, SIGNATURES, "serving")), CALL),
    "answer of an API server": Reader(of_bytes(lambda data: border.decoded(data, "lab")), EVENT),
}

FILES = {
    "saved model": "saved_model.pb",
    "last word": "status.json",
    "notebook, at submit": "a.ipynb",
    "environment.yml": "environment.yml",
}
"""Readers that go by the name of the file."""
DEEP = 200_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all examples: hypothesis calls a test many times."""
    return tmp_path_factory.mktemp("read")


def places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Each container in a JSON document with each of its keys."""
    keys = document if isinstance(document, dict) else range(len(document))
    for key in keys if isinstance(document, dict | list) else ():
        yield document, key
        if isinstance(document[key], dict | list):
            yield from places(document[key])


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def written(sample: Any) -> bytes:
    if callable(sample):
        return sample()
    return sample.encode() if isinstance(sample, str) else json.dumps(sample).encode()


def other_values(sample: Any) -> st.SearchStrategy[bytes]:
    """The JSON of ``sample`` with another value in one place."""

    @st.composite
    def changed(draw: st.DrawFn) -> bytes:
        document = copy.deepcopy(sample)
        container, key = draw(st.sampled_from(list(places(document))))
        container[key] = draw(VALUES)
        return written(document)

    return changed()


@st.composite
def torn(draw: st.DrawFn, sample: bytes) -> bytes:
    """``sample`` with some bytes in place of some of its own."""
    start = draw(st.integers(0, len(sample)))
    end = draw(st.integers(start, len(sample)))
    return sample[:start] + draw(st.binary(max_size=12)) + sample[end:]


def damaged(sample: Any) -> st.SearchStrategy[bytes]:
    whole = written(sample)
    deep = st.sampled_from([b"[" * DEEP, b'{"a":' * DEEP, whole[:-1] + b',"a":' + b"[" * DEEP])
    kinds = [st.just(whole), torn(whole), st.binary(max_size=50), deep]
    if isinstance(sample, dict):
        kinds += [other_values(sample)] * 3
    return st.one_of(kinds)


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_a_reader_gives_a_value_or_its_own_error(name: str, folder: Path, data: Any) -> None:
    reader = READERS[name]
    path = folder / FILES.get(name, "read")
    path.write_bytes(data.draw(damaged(reader.sample)))
    with contextlib.suppress(*reader.errors):
        reader.read(path)


@pytest.mark.parametrize("name", READERS)
def test_what_is_not_damaged_is_read(name: str, folder: Path) -> None:
    reader = READERS[name]
    path = folder / FILES.get(name, "read")
    path.write_bytes(written(reader.sample))
    assert reader.read(path) is not None
