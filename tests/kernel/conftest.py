"""One server, kernel and home for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab, lab, write

from longboat.api import Client

GREETING = "print('hello from a cell')"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kernel")


@pytest.fixture(scope="module")
def opened(place: Path) -> Iterator[Lab]:
    work = place / "work"
    work.mkdir()
    home = {"LONGBOAT_HOME": str(place / "home"), "LONGBOAT_STEWARD_LINGER": "1"}
    with lab(work, home) as found:
        loaded = found.run("%load_ext longboat", "load")
        assert loaded.status == "ok", loaded
        yield found


@pytest.fixture
def here(opened: Lab) -> Lab:
    """A notebook that is saved, with a cell that was run as it is saved."""
    write(opened.folder / "a.ipynb", {"greet": GREETING})
    assert opened.run(GREETING, "greet").out == "hello from a cell\n"
    return opened


@pytest.fixture
def client(place: Path) -> Client:
    return Client(place / "home")
