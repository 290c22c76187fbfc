"""One Lab and one browser for the tests of a module: they take seconds to begin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser_lab import CHROMIUM, BrowserLab, browser_lab


# Not for the whole session: while it lives no other test can have an event loop of its own.
@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserLab]:
    """The Lab, its root and its home."""
    if CHROMIUM is None:
        pytest.skip("There is no Chromium here.")
    with browser_lab(tmp_path_factory.mktemp("lab")) as found:
        yield found
        for job in found.client.jobs():
            job.remove()
