"""One server for all tests of it: it takes seconds to begin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server_place import ServerPlace, server_place


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerPlace]:
    """The server, its root and its home."""
    with server_place(tmp_path_factory.mktemp("server")) as place:
        yield place
        for job in place.client.jobs():
            job.remove()
