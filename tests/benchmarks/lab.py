"""The Lab's figures: how soon a change is seen, and what the extension adds to a server."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from benchmarks.homes import trivial_notebook
from benchmarks.measure import Figure, percentile
from browser.browser_lab import CHROMIUM, BrowserLab, browser_lab, sidebar
from jupyter_process import jupyter
from longboat.records import history

JOBS = 30
SERVERS = 7
PEER = "jupyter_scheduler"
INSTALLED = (
    *("longboat.server", PEER, "jupyterlab", "jupyter_lsp", "jupyter_server_terminals"),
    "notebook_shim",
)
"""All that would be enabled here; the last ones are nobody's subject."""
WATCH = """() => {
  window.seen = {};
  const look = () => requestAnimationFrame(() => {
    for (const row of document.querySelectorAll('#longboat-sidebar [data-job]')) {
      const state = row.querySelector('[data-state]').dataset.state;
      window.seen[`${row.dataset.job} ${state}`] ??= Date.now() / 1000;
    }
  });
  const everything = { subtree: true, childList: true, attributes: true };
  new MutationObserver(look).observe(document.body, everything);
}"""
"""Notes when the frame with a job's new state is drawn; page and server share a clock."""


def figures() -> Iterator[Figure]:
    """Measure each."""
    if CHROMIUM is None:
        print("There is no Chromium here: nothing is measured of the Lab.")
    else:
        with TemporaryDirectory(prefix="longboat-bench-", ignore_cleanup_errors=True) as folder:
            yield from _visible(Path(folder))
    yield from _added()


# --- a change of state


def _visible(folder: Path) -> Iterator[Figure]:
    with browser_lab(folder) as lab:
        notebook = trivial_notebook(lab.folder)
        with lab.opened(notebook.name, "bench") as page:
            sidebar(page).wait_for()
            page.evaluate(WATCH)
            delays = sorted(delay for _ in range(JOBS) for delay in _delays(lab, page, notebook))
    note = f"{len(delays)} changes of {JOBS} jobs; p50 {statistics.median(delays) * 1000:.0f} ms"
    yield Figure(
        "state written → drawn in the Lab, p99", percentile(delays, 0.99), 0.150, note=note
    )


def _delays(lab: BrowserLab, page: Page, notebook: Path) -> Iterator[float]:
    """Run a job, and give the seconds from each of its changes to the frame that shows it."""
    job = lab.client.submit(notebook)
    state = job.wait(timeout=60).state
    page.wait_for_function("key => key in window.seen", arg=f"{job.id} {state}")
    seen = page.evaluate("window.seen")
    for event in history.read_events(job.directory / "events.jsonl"):
        drawn, written = seen.get(f"{job.id} {event.get('state')}"), history.time_of(event)
        # A state that another took the place of within a frame is never drawn.
        if event["kind"] == history.STATE and drawn is not None and written is not None:
            yield drawn - written


# --- a server


def _added() -> Iterator[Figure]:
    """Start servers in turn, so that what else the machine does falls on all alike."""
    kinds: dict[str, list[tuple[float, int]]] = {"": [], "longboat.server": [], PEER: []}
    for _ in range(SERVERS):
        for extension, found in kinds.items():
            found.append(_server(extension))
    seconds = {name: statistics.median(each[0] for each in found) for name, found in kinds.items()}
    memory = {name: statistics.median(each[1] for each in found) for name, found in kinds.items()}
    mib = {name: (size - memory[""]) / (1 << 20) for name, size in memory.items()}
    yield Figure(
        "what the extension adds to the start of jupyter server",
        seconds["longboat.server"] - seconds[""],
        0.060,
        "jupyter-scheduler",
        seconds[PEER] - seconds[""],
        f"memory: {mib['longboat.server']:.1f} MiB (goal 5), peer {mib[PEER]:.1f} MiB",
    )


def _server(extension: str) -> tuple[float, int]:
    """Seconds of the processor until a server with one extension listens, and bytes it holds."""
    with TemporaryDirectory(prefix="longboat-bench-", ignore_cleanup_errors=True) as folder:
        root = Path(folder, "work")
        root.mkdir()
        chosen = str({name: name == extension for name in INSTALLED})
        home = {"LONGBOAT_HOME": str(Path(folder, "home"))}
        with jupyter(root, home, **{"ServerApp.jpserver_extensions": chosen}):
            (info,) = Path(folder, "runtime").glob("jpserver-*.json")
            return _used(int(info.stem.rpartition("-")[2]))


def _used(pid: int) -> tuple[float, int]:
    """Seconds of the processor, proc(5) fields 14 and 15, and bytes in memory."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
