"""Services on disk: found by name, and nothing else by what is no name."""

from __future__ import annotations

from pathlib import Path

import pytest

from longboat.errors import NotFound
from longboat.models.store import ModelStore
from longboat.records.layout import Home
from longboat.services.record import ServiceIntent
from longboat.services.service import Services
from longboat.services.store import ServiceStore
from longboat.spec.service import ServiceSpec


def want(store: ServiceStore, name: str) -> None:
    spec = ServiceSpec(name=name, model="m", version=1)
    store.want(ServiceIntent(spec=spec, target="run", generation=1, created=0.0))


def test_listing_looks_over_the_folder_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    for number in range(5):
        want(ServiceStore(home), f"s{number}")
    looks, names = [], ServiceStore.names
    monkeypatch.setattr(ServiceStore, "names", lambda self: looks.append(1) or names(self))
    assert len(Services(home, ModelStore(home)).list()) == 5
    assert len(looks) == 1


@pytest.mark.parametrize("name", ["", ".", "..", "../services/s", "s/", "/", "S", "s\0", "t"])
def test_what_names_no_service_is_not_found(tmp_path: Path, name: str) -> None:
    store = ServiceStore(Home(tmp_path))
    want(store, "s")
    for ask in (store.intent, store.read):
        with pytest.raises(NotFound, match="deployed: s"):
            ask(name)
