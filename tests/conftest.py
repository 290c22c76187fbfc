"""What every test shares."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How busy the machine is says nothing about the code: no example and no strategy is timed.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
# A commit does not fail by chance; --hypothesis-profile=explore looks further.
settings.register_profile("same", UNTIMED, derandomize=True)
settings.register_profile("explore", UNTIMED, max_examples=1000)
settings.load_profile("same")

LISTED_SKIPS = Path(__file__).with_name("skips.toml")


@pytest.fixture(scope="session", autouse=True)
def own_pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Lease from a pool of the run's own: somebody's jobs on this machine delay no test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGBOAT_POOL", str(tmp_path_factory.mktemp("machine") / "pool"))
        yield


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail the run when a test was skipped whose reason nobody has listed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker's session: the one that it reports to does this
        return
    skipped = {report.nodeid for report in reporter.stats.get("skipped", ())}
    listed = tomllib.loads(LISTED_SKIPS.read_text())["skips"]
    unlisted = sorted(nodeid for nodeid in skipped if nodeid not in listed)
    if unlisted:
        reporter.write_line(f"Skipped, but not listed in {LISTED_SKIPS.name}:", red=True)
        for nodeid in unlisted:
            reporter.write_line(f"  {nodeid}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
