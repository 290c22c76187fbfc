"""Archives of jobs, and what somebody might make of one."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from pathlib import Path
from typing import Any

from longboat.archives import layout, limits

Members = dict[str, bytes]
"""Path below the one folder → content; longboat.json is made anew of them unless it is there."""


def members_of(archive: Path) -> Members:
    """Read an archive by the means of the standard library."""
    with tarfile.open(archive) as opened:
        return {
            member.name.partition("/")[2]: opened.extractfile(member).read()  # type: ignore[union-attr]
            for member in opened
        }


def listed(members: Members, **changes: Any) -> bytes:
    """The list of contents of these members, with ``changes`` to it."""
    before = json.loads(members[layout.CONTENTS])
    files = [
        {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for path, data in members.items()
        if path != layout.CONTENTS
    ]
    return json.dumps(before | {"files": files} | changes).encode()


def relisted(members: Members, **changes: Any) -> Members:
    """The members with a list of contents that is true of them, but for ``changes``."""
    rest = {path: data for path, data in members.items() if path != layout.CONTENTS}
    return {layout.CONTENTS: listed(members, **changes), **rest}


def changed_record(members: Members, name: str, **changes: Any) -> Members:
    """The members with ``changes`` to one of the records, and a list that fits."""
    record = json.loads(members[f"job/{name}"]) | changes
    return relisted({**members, f"job/{name}": json.dumps(record).encode()})


def header(name: str, **fields: Any) -> tarfile.TarInfo:
    """A header for a member."""
    made = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def packed(job: str, members: Members, *extra: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """A tar of these members in the folder of the job, then of ``extra``."""
    whole = without_end(job, members, *extra) + bytes(2 * tarfile.BLOCKSIZE)
    return whole + bytes(-len(whole) % tarfile.RECORDSIZE)


def without_end(job: str, members: Members, *extra: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """The same without the empty blocks that close an archive: more can follow."""
    out = io.BytesIO()
    archive = tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT)  # noqa: SIM115
    for path, data in members.items():
        archive.addfile(header(f"{job}/{path}", size=len(data)), io.BytesIO(data))
    for made, data in extra:
        archive.addfile(made, io.BytesIO(data))
    return out.getvalue()


def forgeries(sound: Path) -> dict[str, bytes]:
    """Name → an archive that is to be refused; ``sound`` is a plain tar of a job that has ended."""
    good = members_of(sound)
    job = json.loads(good[layout.CONTENTS])["job"]
    events = "job/events.jsonl"

    def without(path: str) -> Members:
        return {name: data for name, data in good.items() if name != path}

    def with_extra(made: tarfile.TarInfo, data: bytes = b"") -> bytes:
        return packed(job, good, (made, data))

    def with_path(path: str) -> bytes:
        return packed(job, relisted({**good, path: b"x"}))

    def with_record(name: str, **changes: Any) -> bytes:
        return packed(job, changed_record(good, name, **changes))

    def with_spec(**changes: Any) -> bytes:
        return with_record("job.json", spec=json.loads(good["job/job.json"])["spec"] | changes)

    whole = sound.read_bytes()
    return {
        **_no_archives(whole),
        "absolute": with_path("/etc/longboat-was-here"),
        "slip": with_path("job/attempts/1/../../../../slipped"),
        "slip-record": with_path("../job.json"),
        "intent": with_path("job/intent.json"),
        "null": with_path("job/attempts/1/a\0b"),
        "long-name": with_path(f"job/attempts/1/{'n' * 300}"),
        "in-a-file": with_path("job/attempts/1/worker-0/log/x"),
        "unlisted-slip": with_extra(header(f"{job}/../../slipped", size=1), b"x"),
        "unlisted-absolute": with_extra(header("/etc/longboat-was-here", size=1), b"x"),
        "link": with_extra(header(f"{job}/link", type=tarfile.SYMTYPE, linkname="/etc/passwd")),
        "listed-link": packed(
            job,
            without(events),
            (header(f"{job}/{events}", type=tarfile.SYMTYPE, linkname="/etc/passwd"), b""),
        ),
        "hard-link": packed(
            job,
            without(events),
            (header(f"{job}/{events}", type=tarfile.LNKTYPE, linkname=f"{job}/job/job.json"), b""),
        ),
        "device": packed(
            job,
            without(events),
            (header(f"{job}/{events}", type=tarfile.CHRTYPE, devmajor=1, devminor=5), b""),
        ),
        "folder-entry": with_extra(header(f"{job}/job", type=tarfile.DIRTYPE)),
        "twice": with_extra(header(f"{job}/{events}", size=1), b"x"),
        "pax": _with_pax(job, good),
        "sparse": packed(
            job,
            without(events),
            (header(f"{job}/{events}", type=tarfile.GNUTYPE_SPARSE, size=0), b""),
        ),
        "hash": packed(job, {**good, events: b"x" * len(good[events])}),
        "size": packed(job, {**good, events: good[events] + b"\n"}),
        "missing": packed(job, without(events)),
        "no-record": packed(job, relisted(without("job/job.json"))),
        "later": packed(job, relisted(good, format=2)),
        "later-record": with_record("status.json", format=2),
        "other-folder": packed("abcdefghiz", good),
        "when": packed(job, relisted(good, when=-1e308)),
        "again": with_record("job.json", again="../x"),
        "bad-id": packed("..", relisted(good, job="..")),
        "no-list": packed(job, without(layout.CONTENTS)),
        "list-no-json": packed(job, {**good, layout.CONTENTS: b"{"}),
        "list-deep": packed(job, {**good, layout.CONTENTS: b"[" * 100_000}),
        "list-negative": packed(job, relisted(good, files=[_file(events, -1)])),
        "declared-bomb": packed(job, relisted(good, files=_huge(good))),
        "many": packed(job, relisted(good, files=_many(good))),
        "real-bomb": _bomb(job, good),
        "header-bomb": _header_bomb(job, good),
        "headers-without-end": _long_names(job, good),
        "running": with_record("status.json", state="running"),
        "attempts": with_record("status.json", attempt=10**9),
        "escape": with_record("status.json", reason="\x1b[2J"),
        "metrics": with_record("status.json", metrics={"loss": {"a": 1}}),
        "job-no-json": packed(job, relisted({**good, "job/job.json": b"\xff"})),
        "other-id": with_record("job.json", id="zzzzzzzzzz"),
        "other-snapshot": with_record("job.json", snapshot="0" * 64),
        "workers": with_spec(workers=10**9),
        "name": with_spec(name="../up"),
        "entry": with_spec(entry="../../etc/passwd"),
        "unknown": with_spec(shell="rm"),
        "receipt": with_record("receipt.json", interpreter=3),
        "no-blob": packed(job, relisted(_without_blobs(good))),
        "blob": packed(job, relisted(_with_other_blobs(good))),
    }


def _no_archives(whole: bytes) -> Members:
    return {
        "empty": b"",
        "zeros": bytes(10_240),
        "text": b"this is no archive\n" * 1000,
        "cut": whole[: len(whole) // 2],
        "cut-in-the-list": whole[:700],
        "cut-gzip": gzip.compress(whole)[:-2000],
        "damaged-gzip": _damaged(whole),
        "gzip-of-nothing": gzip.compress(b""),
        "foreign": _foreign(),
    }


def _damaged(whole: bytes) -> bytes:
    """Some of it well compressed, then what begins no block (RFC 1951, 3.2.3: type 11)."""
    gzipping = zlib.compressobj(wbits=31)
    return gzipping.compress(whole[:300]) + gzipping.flush(zlib.Z_FULL_FLUSH) + b"\xff" * 500


def _foreign() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(header("holiday.jpg", size=3), io.BytesIO(b"jpg"))
    return out.getvalue()


def _with_pax(job: str, good: Members) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, data in good.items():
            made = header(f"{job}/{path}", size=len(data), pax_headers={"comment": "1" * 9000})
            archive.addfile(made, io.BytesIO(data))
    return out.getvalue()


def _file(path: str, size: int) -> dict[str, Any]:
    return {"path": path, "size": size, "sha256": "0" * 64}


def _files(good: Members) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(listed(good))["files"]
    return found


def _huge(good: Members) -> list[dict[str, Any]]:
    return [*_files(good), _file("job/checkpoints/large", limits.MOST_BYTES)]


def _many(good: Members) -> list[dict[str, Any]]:
    return [*_files(good), *(_file(f"job/checkpoints/{n}", 0) for n in range(limits.MOST_FILES))]


def _bomb(job: str, good: Members) -> bytes:
    """300 MB of zeros, of which gzip makes a thousandth; what the list says of them is true."""
    size = 300 * 10**6
    digest = hashlib.sha256()
    for _ in range(300):
        digest.update(bytes(10**6))
    large = {"path": "job/checkpoints/large", "size": size, "sha256": digest.hexdigest()}
    members = relisted(good, files=[*_files(good), large])
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as file:
        file.write(without_end(job, members))
        file.write(header(f"{job}/job/checkpoints/large", size=size).tobuf(tarfile.GNU_FORMAT))
        for _ in range(300):
            file.write(bytes(10**6))
    return out.getvalue()


def _header_bomb(job: str, good: Members) -> bytes:
    """A long name of 8 GB, which a parser would read whole into memory."""
    made = header("././@LongLink", type=tarfile.GNUTYPE_LONGNAME, size=8 << 30)
    whole = without_end(job, {layout.CONTENTS: good[layout.CONTENTS]})
    return whole + made.tobuf(tarfile.GNU_FORMAT) + bytes(100_000)


def _long_names(job: str, good: Members) -> bytes:
    """Long names of long names: each is read by a further call of the parser."""
    made = header("././@LongLink", type=tarfile.GNUTYPE_LONGNAME, size=1).tobuf(tarfile.GNU_FORMAT)
    whole = without_end(job, {layout.CONTENTS: good[layout.CONTENTS]})
    return whole + (made + bytes(tarfile.BLOCKSIZE)) * 5000


def _without_blobs(good: Members) -> Members:
    return {path: data for path, data in good.items() if not path.startswith(layout.BLOBS)}


def _with_other_blobs(good: Members) -> Members:
    return {path: data + b"#" * path.startswith(layout.BLOBS) for path, data in good.items()}
