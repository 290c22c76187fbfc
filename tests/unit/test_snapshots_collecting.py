"""What nobody needs is collected; what somebody needs, or is only about to need, never is."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from effects import killed_at
from snapshots_tools import Desk, notebook

from longboat.errors import Broken, NotFound, Unavailable
from longboat.snapshots import collecting
from longboat.snapshots.collecting import Collected, collect
from longboat.snapshots.holding import storing
from longboat.snapshots.manifest import Snapshot

# A process that takes a snapshot of a notebook, says its address and waits.
TAKER = """
import sys
from pathlib import Path
from longboat.snapshots.store import SnapshotStore
taken = SnapshotStore(Path(sys.argv[1])).take(Path(sys.argv[2]))
print(taken.address, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def take(desk: Desk, source: str, **files: str) -> str:
    """Take a snapshot and let go of it; gives its address."""
    desk.write("a.ipynb", notebook(source))
    for name, text in files.items():
        desk.write(f"{name}.csv", text)
    return desk.take(*(f"{name}.csv" for name in files)).address


def whole(desk: Desk, address: str) -> Snapshot:
    """Demand that every content of a snapshot is there."""
    snapshot = desk.store.manifest(address)
    for file in snapshot.files:
        desk.store.blobs.read(file.sha256)
    return snapshot


def names(desk: Desk) -> set[str]:
    return {path.name for path in desk.store.root.rglob("*") if path.is_file()} - {"door"}


def test_only_what_no_other_snapshot_has_goes_with_it(desk: Desk) -> None:
    first = take(desk, "x = 1", shared="1", own="2")
    (desk.root / "own.csv").unlink()
    second = take(desk, "x = 2", shared="1")
    shown = collect(desk.store, lambda: {second}, dry_run=True)
    whole(desk, first)
    assert shown.snapshots == (first,) and shown.blobs == 2 and shown.size > 0
    assert collect(desk.store, lambda: {second}) == shown
    whole(desk, second)
    with pytest.raises(NotFound):
        desk.store.manifest(first)
    kept = {file.sha256 for file in desk.store.manifest(second).files}
    assert names(desk) == kept | {f"{second}.json"}
    assert collect(desk.store, lambda: {second}) == Collected()
    assert collect(desk.store, set).snapshots == (second,)
    assert names(desk) == set()


def test_an_empty_store_has_nothing_to_collect(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert collect(desk.store, set) == Collected()
    assert not desk.store.root.exists(), "looking changes nothing"


def test_what_was_taken_is_kept_as_long_as_the_object_lives(desk: Desk) -> None:
    taken = desk.take()
    assert collect(desk.store, set) == Collected()
    again = desk.store.hold(taken.address)
    del taken
    assert collect(desk.store, set) == Collected()
    address = again.address
    whole(desk, address)
    del again
    assert collect(desk.store, set).snapshots == (address,)
    with pytest.raises(NotFound):
        desk.store.hold(address)


def test_a_process_that_dies_holds_nothing(desk: Desk) -> None:
    command = [sys.executable, "-c", TAKER, str(desk.store.root), str(desk.entry)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        address = one.stdout.readline().strip()
        assert collect(desk.store, set) == Collected()
        whole(desk, address)
        one.kill()
        one.wait()
        assert collect(desk.store, set).snapshots == (address,)


def test_nobody_collects_while_somebody_stores(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    address = take(desk, "x = 1")
    monkeypatch.setattr(collecting, "PATIENCE", 0.0)
    with storing(desk.store.root), pytest.raises(Unavailable, match="Try again later"):
        collect(desk.store, set)
    whole(desk, address)


def test_what_cannot_be_known_stops_it(desk: Desk) -> None:
    first, second = take(desk, "x = 1"), take(desk, "x = 2")
    before = names(desk)
    desk.store.manifest_path(second).write_bytes(b"{}")
    with pytest.raises(Broken, match="damaged"):
        collect(desk.store, lambda: {second})
    assert names(desk) == before
    assert set(collect(desk.store, set).snapshots) == {first, second}


def test_halves_that_a_crash_left_go_and_what_is_foreign_stays(desk: Desk) -> None:
    address = take(desk, "x = 1")
    half = desk.store.blobs.temporary / "dead" / "half"
    half.parent.mkdir(parents=True)
    half.write_text("half")
    (desk.store.manifests / f".{address}.json.abc").write_text("half")
    foreign = desk.store.blobs.root / "ab" / "notes.txt"
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("mine")
    assert collect(desk.store, lambda: {address}).blobs == 1
    assert not half.exists() and foreign.exists()
    assert not list(desk.store.manifests.glob(".*"))
    whole(desk, address)


def test_it_is_killed_at_each_effect(desk: Desk) -> None:
    """What is needed is whole after every death, and the next one completes it."""
    kept = take(desk, "x = 0", shared="s")
    effect = 0
    while True:
        effect += 1
        take(desk, "x = 1", shared="s", own="o")
        if not killed_at(effect, desk.store.root, lambda: collect(desk.store, lambda: {kept})):
            break
        whole(desk, kept)
        for address in desk.store.addresses():
            whole(desk, address)
        collect(desk.store, lambda: {kept})
        assert desk.store.addresses() == [kept]
        assert len(names(desk)) == 3
    assert effect > 4, "there is less to survive than there was"


def test_whoever_stores_is_killed_at_each_effect(desk: Desk) -> None:
    """What a taker leaves half done harms no snapshot, and is collected."""
    kept = take(desk, "x = 0")
    effect = 0
    while True:
        effect += 1
        desk.write("a.ipynb", notebook(f"x = 1 + {effect}"))
        if not killed_at(effect, desk.store.root, desk.take):
            break
        collect(desk.store, lambda: {kept})
        whole(desk, kept)
        assert len(names(desk)) == 2, f"killed at {effect}"
    assert effect > 5, "there is less to survive than there was"


def test_takers_and_a_collector_at_once(desk: Desk) -> None:
    """Whoever has a snapshot has it whole, however often others collect."""
    over = threading.Event()

    def collector() -> int:
        rounds = 0
        while not over.is_set():
            collect(desk.store, set)
            rounds += 1
        return rounds

    def taker(number: int) -> None:
        for turn in range(15):
            place = desk.root / f"{number}.ipynb"
            place.write_text(notebook(f"x = {turn % 3}"))
            taken = desk.store.take(place)
            whole(desk, taken.address)
            whole(desk, desk.store.hold(taken.address).address)

    with ThreadPoolExecutor(5) as pool:
        rounds = pool.submit(collector)
        for done in [pool.submit(taker, number) for number in range(3)]:
            done.result()
        over.set()
        assert rounds.result() > 3
    collect(desk.store, set)
    assert names(desk) == set()
