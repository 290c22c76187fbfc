"""Model versions on disk: whole or not there, one for each attempt, whoever crashes or races."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longboat.errors import BadInput, Broken, NotFound
from longboat.models.record import ModelFacts
from longboat.models.store import ModelStore
from longboat.records.layout import Home
from longboat.spec.savedmodel import read_endpoints
from longboat.spec.signature import TensorSpec
from serving_tools import saved_models


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def model() -> Path:
    return saved_models() / "v1"


def facts(job: str | None = "j1", attempt: int = 1) -> ModelFacts:
    return ModelFacts(
        job=job, attempt=attempt, snapshot="abc", metrics={"acc": 0.97}, python="/py", created=5.0
    )


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_registers_the_next_version_with_all_that_is_known(home: Home, model: Path) -> None:
    store = ModelStore(home)
    first = store.register("digits", model, facts())
    second = store.register("digits", model, facts("j2"))
    assert [v.version for v in store.versions("digits")] == [2, 1]
    assert store.get("digits") == second
    assert store.resolve("digits@1") == first == store.get("digits", 1)
    copied = files(first.path)
    record = json.loads(copied.pop("model.json"))
    assert copied == files(model)
    assert record["facts"] == msgspec.to_builtins(facts())
    assert first.signature.inputs == {"x": TensorSpec("float32", (None, 4))}
    known = json.loads(json.dumps(first.to_dict()))
    assert known["signature"]["outputs"] == {"y": {"dtype": "float32", "shape": [None, 4]}}
    assert known["size"] == sum(map(len, copied.values()))
    assert (known["job"], known["metrics"], known["created"]) == ("j1", {"acc": 0.97}, 5.0)


def test_every_signature_is_read_without_tensorflow(model: Path) -> None:
    signatures = {key: found.signature for key, found in read_endpoints(model).items()}
    assert set(signatures) == {
        *("serving_default", "multi", "text", "open", "slow", "picky", "number", "share")
    }
    assert signatures["multi"].inputs == {
        "a": TensorSpec("float32", (None, 2)),
        "b": TensorSpec("int32", (None,)),
        "c": TensorSpec("bool", (None,)),
    }
    assert signatures["open"].inputs["seq"] == TensorSpec("float32", (None, None, 3))
    assert signatures["open"].inputs["by"] == TensorSpec("float32", ())
    assert signatures["multi"].tensorflow.startswith("2.")


@given(data=st.binary(max_size=300), cut=st.integers(0, 5000))
def test_a_damaged_file_is_refused_and_nothing_else(
    data: bytes, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = (saved_models() / "v1" / "saved_model.pb").read_bytes()
    folder = tmp_path_factory.mktemp("model")
    for content in (data, whole[:cut], whole[:cut] + data + whole[cut:]):
        (folder / "saved_model.pb").write_bytes(content)
        try:
            assert read_endpoints(folder)
        except BadInput as error:
            assert "model: " in str(error)


def test_a_damaged_record_hides_no_other(home: Home, model: Path) -> None:
    store = ModelStore(home)
    for name in ("digits", "digits", "letters"):
        store.add(name, model)
    (home.models / "digits" / "2" / "model.json").write_text("{")
    (home.models / "letters" / "1" / "model.json").unlink()
    assert [(v.name, v.version) for v in store.newest()] == [("digits", 1)]
    assert [v.version for v in store.versions("digits")] == [1]
    assert store.damaged().keys() == {"digits@2", "letters@1"}
    with pytest.raises(Broken, match="digits@2"):
        store.get("digits", 2)


def test_the_same_attempt_is_registered_once(home: Home, model: Path) -> None:
    first = ModelStore(home).register("digits", model, facts())
    assert ModelStore(home).register("digits", model, facts()) == first
    assert ModelStore(home).register("digits", model, facts(attempt=2)).version == 2
    assert ModelStore(home).add("digits", model).version == 3
    assert ModelStore(home).add("digits", model).version == 4


def test_racing_registrars_each_get_a_version_of_their_own(home: Home, model: Path) -> None:
    def register(number: int) -> int:
        return ModelStore(home).register("digits", model, facts(f"j{number % 8}")).version

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(register, range(24)))
    assert sorted(set(versions)) == list(range(1, 9))
    assert all(versions[i] == versions[i + 8] == versions[i + 16] for i in range(8))


def test_a_number_taken_from_elsewhere_is_passed_over(
    home: Home, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine, which our lock does not stop, takes the number just before us."""
    rename = Path.rename

    def late(self: Path, target: Path) -> Path:
        if target.name == "1" and not target.exists():
            shutil.copytree(model, target)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", late)
    assert ModelStore(home).register("digits", model, facts()).version == 2


def test_a_crash_leaves_no_half_version(home: Home, model: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from longboat.models import store
from longboat.models.record import ModelFacts
from longboat.records.layout import Home
copy = store.copy_folder
def dies(source, target):
    copy(source, target)
    os.kill(os.getpid(), signal.SIGKILL)
store.copy_folder = dies
store.ModelStore(Home(Path(sys.argv[1]))).register(
    "digits", Path(sys.argv[2]), ModelFacts(job="j1", attempt=1, created=5.0))
"""
    command = [sys.executable, "-c", script, str(home.path), str(model)]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    store = ModelStore(home)
    assert store.names() == []
    with pytest.raises(NotFound):
        store.versions("digits")
    assert list((home.models / "digits").iterdir()) != []
    store.register("digits", model, facts())
    assert list((home.models / "digits").iterdir()) == [home.models / "digits" / "1"]


def test_what_is_no_savedmodel(home: Home, model: Path, tmp_path: Path) -> None:
    store = ModelStore(home)
    bad = tmp_path / "bad"
    cases = [
        (lambda: None, "is not a folder"),
        (lambda: bad.mkdir(), "holds no saved_model.pb"),
        (lambda: shutil.copy(model / "saved_model.pb", bad), "variables are missing"),
        (
            lambda: (bad / "variables").mkdir() or (bad / "saved_model.pb").write_bytes(b"x"),
            "damaged",
        ),
        (lambda: (bad / "saved_model.pb").write_bytes(b""), "no signature to call"),
    ]
    for prepare, sentence in cases:
        prepare()
        with pytest.raises(BadInput, match=sentence):
            store.add("digits", bad)
    assert store.names() == []


@pytest.mark.parametrize("place", ["saved_model.pb", "assets/secret", "variables/loop"])
def test_links_are_refused(home: Home, model: Path, tmp_path: Path, place: str) -> None:
    copy = shutil.copytree(model, tmp_path / "model")
    path = copy / place
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(copy if place.endswith("loop") else model / "saved_model.pb")
    with pytest.raises(BadInput, match="symbolic link"):
        ModelStore(home).add("digits", copy)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "/etc", "A b", "x" * 80, "a@1"])
def test_names_that_are_none(home: Home, model: Path, name: str) -> None:
    with pytest.raises(BadInput):
        ModelStore(home).add(name, model)
    with pytest.raises(NotFound):
        ModelStore(home).get(name)


def test_what_is_not_there_is_named(home: Home, model: Path) -> None:
    store = ModelStore(home)
    store.add("digits", model)
    with pytest.raises(NotFound, match="no version 4; it has: 1"):
        store.resolve("digits@4")
    with pytest.raises(NotFound, match="registered models: digits"):
        store.get("letters")
    for reference in ("digits@", "digits@x", "digits@-1", "digits@1.0", "digits@²"):
        with pytest.raises(BadInput):
            store.resolve(reference)
