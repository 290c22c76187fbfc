"""Every record that a Longboat has ever written is read for ever; one of a later one is refused.

The samples in golden/ were written by the code of then, in the folders format-<n>/<since>: one more
folder whenever a kind of record got another shape. They are never changed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from records_tools import record

from longboat.backends.kubernetes.facts import ClusterFacts
from longboat.backends.local.record import AttemptFacts
from longboat.cli.main import run
from longboat.engine import Engine
from longboat.errors import Broken
from longboat.models.record import Lineage, ModelRecord
from longboat.records import codec
from longboat.records.layout import Home
from longboat.records.migrations import FORMAT, STEPS, bring_forward
from longboat.records.status import Intent, JobRecord, JobStatus
from longboat.services.record import ServiceIntent, ServiceStatus
from longboat.snapshots import manifest as manifests
from serving_tools import saved_models

GOLDEN = Path(__file__).parent / "golden"
KINDS: dict[str, tuple[type[Any], int]] = {
    "job.json": (JobRecord, 1),
    "intent.json": (Intent, 1),
    "status.json": (JobStatus, 1),
    "receipt.json": (dict, 1),
    "supervisor.json": (AttemptFacts, 1),
    "cluster.json": (ClusterFacts, 1),
    "model.json": (ModelRecord, 0),
    "lineage.json": (Lineage, 1),
    "service.json": (ServiceIntent, 0),
    "service-status.json": (ServiceStatus, 0),
}
"""Each with its oldest format."""
SAMPLES = sorted(GOLDEN.rglob("*.json"))
LATER = "was written by a later Longboat; use that one"


def read(sample: Path) -> Any:
    kind, oldest = KINDS[sample.name]
    return codec.decode(sample.read_bytes(), kind, sample, oldest=oldest)


def holds(found: Any, said: Any) -> bool:
    """Tell whether all that a sample says is found again; new fields may have come."""
    if isinstance(said, dict):
        return all(name in found and holds(found[name], value) for name, value in said.items())
    if isinstance(said, list):
        return len(found) == len(said) and all(map(holds, found, said))
    return bool(found == said)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: str(path.relative_to(GOLDEN)))
def test_a_sample_is_read_with_all_that_it_says(sample: Path) -> None:
    said = json.loads(sample.read_bytes())
    number = said.get("format", 0)
    assert sample.relative_to(GOLDEN).parts[0] == f"format-{number}"
    found = json.loads(codec.encode(read(sample)))
    assert found.pop("format") == FORMAT
    if number == FORMAT:
        said.pop("format")
        assert holds(found, said)


def test_there_is_a_sample_of_every_kind_in_every_format_it_had_and_in_its_present_shape() -> None:
    formats = {(path.name, path.relative_to(GOLDEN).parts[0]) for path in SAMPLES}
    for name, (kind, oldest) in KINDS.items():
        for number in range(oldest, FORMAT + 1):
            assert (name, f"format-{number}") in formats
        newest = [path for path in SAMPLES if path.name == name and f"format-{FORMAT}" in str(path)]
        shapes = [json.loads(path.read_bytes()).keys() - {"format"} for path in newest]
        if issubclass(kind, msgspec.Struct):
            present = {field.name for field in msgspec.structs.fields(kind)}
            assert present in shapes, f"freeze a sample of {name} as it is now"


def test_the_first_samples_say_today_what_they_said() -> None:
    old = read(GOLDEN / "format-1" / "first" / "job.json")
    assert (old.spec.image, old.spec.volume, old.spec.workers) == (None, None, 2)
    assert read(GOLDEN / "format-0" / "model.json") == read(
        GOLDEN / "format-1" / "models" / "model.json"
    )


@given(st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3), max_size=4))
def test_steps_are_pure(given_record: dict[str, Any]) -> None:
    before = dict(given_record)
    for number in range(len(STEPS)):
        first, second = bring_forward(given_record, number), bring_forward(given_record, number)
        assert first == second and first["format"] == FORMAT
    assert given_record == before
    assert bring_forward(given_record, FORMAT) is given_record


@pytest.mark.parametrize("name", KINDS)
def test_what_a_later_longboat_wrote_is_refused(name: str) -> None:
    kind, oldest = KINDS[name]
    data = json.dumps({"format": FORMAT + 1, "brand": "new"}).encode()
    with pytest.raises(Broken, match=f"{name} {LATER}"):
        codec.decode(data, kind, Path("/home") / name, oldest=oldest)


@pytest.mark.parametrize("data", [b"{}", b'{"format":-1}', b'{"format":0,"target":"run","at":1}'])
def test_what_never_had_no_number_is_damaged_without_one(data: bytes) -> None:
    with pytest.raises(Broken, match="is damaged"):
        codec.decode(data, Intent, Path("intent.json"))


def test_a_later_snapshot_is_refused() -> None:
    data = json.dumps({"format": 2, "tree": {}}).encode()
    with pytest.raises(Broken, match=LATER):
        manifests.decode(hashlib.sha256(data).hexdigest(), data)


A, B = "a" * 10, "b" * 10


def test_a_job_of_a_later_longboat_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LONGBOAT_HOME", str(tmp_path))
    engine = Engine(Home(tmp_path))
    for job_id in (A, B):
        engine.store.create(record(job_id), {}, None)
        engine.store.write_status(job_id, JobStatus(state="succeeded", settled=True))
    later = json.loads(engine.home.run(A).job.read_bytes()) | {"format": FORMAT + 1}
    engine.home.run(A).job.write_text(json.dumps(later))
    assert run(["jobs", "--json"]) == 0
    told = capsys.readouterr()
    assert [job["id"] for job in json.loads(told.out)] == [B]
    assert f"Job {A} is not listed." in told.err and LATER in told.err
    assert run(["status", A]) == 1
    assert LATER in capsys.readouterr().err
    assert run(["status", B]) == 0


def test_models_and_services_of_before_are_read(tmp_path: Path) -> None:
    engine = Engine(Home(tmp_path))
    version = engine.models.add("m", saved_models() / "v1")
    path = version.path / "model.json"
    old = json.loads(path.read_bytes())
    assert old.pop("format") == FORMAT
    path.write_text(json.dumps(old))
    assert engine.models.get("m") == version
    engine.services.deploy("m")
    path = engine.home.services / "m" / "service.json"
    wanted = engine.services.get("m").intent
    old = json.loads(path.read_bytes())
    assert old.pop("format") == FORMAT
    path.write_text(json.dumps(old))
    assert engine.services.get("m").intent == wanted
