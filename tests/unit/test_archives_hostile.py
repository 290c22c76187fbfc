"""Whatever an archive's bytes are, it is refused with a sentence, or is the job it was."""

from __future__ import annotations

import gzip
import io
import itertools
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archives_tools import ended, tree, write_notebook
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from badinput.archives import header, listed, members_of, packed, relisted
from badinput.sentences import complaint
from longboat.api import Client
from longboat.archives import layout, limits
from longboat.errors import BadInput
from longboat.records.layout import Home
from longboat.summoning import lock_of

MANY = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TYPES = [
    *(tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE),
    *(tarfile.BLKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE, b"x", b"g", b"L"),
    *(tarfile.GNUTYPE_LONGLINK, tarfile.GNUTYPE_SPARSE, b"\xff"),
]
KNOWN = [*layout.RECORDS, layout.MANIFEST, layout.CONTENTS]
ODD = [*KNOWN, "", ".", "..", "../x", "/x", "job", "job/.."]
PATHS = st.sampled_from(ODD) | st.text(max_size=20)


class Border:
    """A sound archive, and a home that is held against others."""

    def __init__(self, archive: Path, job: str, folder: Path) -> None:
        self.sound = archive.read_bytes()
        self.members = members_of(archive)
        self.job = job
        self.folder = folder

    def _records(self) -> dict[str, bytes | None]:
        home = self.folder / "home"
        return {**tree(home / "jobs"), **tree(home / "snapshots")}

    def judge(self, data: bytes) -> None:
        """Import it; demand a refusal in a sentence and no trace, or the very job."""
        home = self.folder / "home"
        archive = self.folder / "judged.tar"
        archive.write_bytes(data)
        before = self._records()
        client = Client(home)
        try:
            found, new = client.import_job(archive)
        except BadInput as error:
            assert not complaint(str(error).removeprefix("file: ")), str(error)
            assert self._records() == before
        else:
            assert new and found.id == self.job
            sound = Client(self.folder / "sound").job(self.job)
            assert found.status == sound.status and found.record.spec == sound.record.spec
            client.engine.store.remove(found.id)


@pytest.fixture(scope="module")
def border(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Border]:
    place = tmp_path_factory.mktemp("border")
    job = ended(place / "there", write_notebook(place / "work"))
    archive = job.export(place / "sound.tar").path
    judged = place / "judged"
    Client(judged / "sound").import_job(archive)
    # Whoever holds it is the steward: none comes and collects what nobody needs.
    steward = lock_of(Home(judged / "home"))
    assert steward.acquire()
    Client(judged / "home").import_job(archive)[0].remove()
    yield Border(archive, job.id, judged)
    steward.release()


@MANY
@given(data=st.data())
def test_bytes_that_were_changed(border: Border, data: st.DataObject) -> None:
    """Headers are where parsers err: most changes are made in the first blocks."""
    raw = bytearray(border.sound)
    for _ in range(data.draw(st.integers(1, 4))):
        end = data.draw(st.sampled_from([512, 4096, len(raw)]))
        at = data.draw(st.integers(0, min(end, len(raw)) - 1))
        raw[at : at + data.draw(st.sampled_from([0, 1, 8, 512]))] = data.draw(st.binary(max_size=8))
    compress = data.draw(st.booleans())
    border.judge(gzip.compress(raw, 1) if compress else bytes(raw))


@MANY
@given(cut=st.integers(0, 1 << 20), compressed=st.booleans())
def test_cut_off_anywhere(border: Border, cut: int, compressed: bool) -> None:
    whole = gzip.compress(border.sound) if compressed else border.sound
    border.judge(whole[: cut % len(whole)])


@MANY
@given(kind=st.sampled_from(TYPES), path=PATHS, size=st.integers(0, 2000), place=st.integers(0, 99))
def test_a_member_put_in(border: Border, kind: bytes, path: str, size: int, place: int) -> None:
    made = header(f"{border.job}/{path}", type=kind, size=size, linkname="/etc/passwd")
    block = made.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogatepass")
    block += bytes(size + -size % tarfile.BLOCKSIZE)
    starts = list(_starts(border.sound))
    at = starts[place % len(starts)]
    border.judge(border.sound[:at] + block + border.sound[at:])


@MANY
@given(path=PATHS, size=st.integers(-(1 << 70), 1 << 70), sha256=st.text(max_size=64))
def test_a_list_that_lies(border: Border, path: str, size: int, sha256: str) -> None:
    files: list[Any] = [{"path": path, "size": size, "sha256": sha256}]
    try:
        contents = listed(border.members, files=files)
    except UnicodeEncodeError:
        return
    border.judge(packed(border.job, {**border.members, layout.CONTENTS: contents}))


@MANY
@given(path=st.sampled_from(layout.RECORDS), data=st.data())
def test_records_that_say_anything(border: Border, path: str, data: st.DataObject) -> None:
    """The list is true of them, so that they are read."""
    whole = border.members[path]
    at = data.draw(st.integers(0, len(whole) - 1))
    longer = data.draw(st.integers(0, 20))
    word = data.draw(st.sampled_from([b"0", b"-1", b"1e999", b"null", b"[]", b"{}", b'"', b"\xff"]))
    record = whole[:at] + word + whole[at + longer :]
    archive = packed(border.job, relisted({**border.members, path: record}))
    home = Client(border.folder / "home")
    (border.folder / "judged.tar").write_bytes(archive)
    try:
        found, _ = home.import_job(border.folder / "judged.tar")
    except BadInput as error:
        assert not complaint(str(error).removeprefix("file: ")), str(error)
        return
    # What is taken can be shown, and needs nobody.
    found.to_dict(), list(found.events()), found.receipt(), found.diff(found)
    assert found.status.settled and not home.engine.anything_unfinished()
    assert found.status.message.isprintable()
    home.engine.store.remove(found.id)


def test_a_parser_is_asked_for_no_more_than_a_piece(border: Border) -> None:
    """Else one header could take all of the memory."""
    made = header("././@LongLink", type=tarfile.GNUTYPE_LONGNAME, size=limits.PIECE + 512)
    start = next(itertools.islice(_starts(border.sound), 1, None))
    data = border.sound[:start] + made.tobuf(tarfile.GNU_FORMAT) + bytes(2 * limits.PIECE)
    (border.folder / "judged.tar").write_bytes(data)
    with pytest.raises(BadInput, match="more comes than told"):
        Client(border.folder / "home").import_job(border.folder / "judged.tar")


def _starts(archive: bytes) -> Iterator[int]:
    """Where each member begins."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        yield from (member.offset for member in opened)
