"""Two jobs beside each other, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from longboat.cli.output import Column, format_table
from longboat.cli.plan_page import difference_line
from longboat.explain.words import duration, one_line
from longboat.jobs.comparison_view import cell_lines, change_of, seconds_run
from longboat.spec.quantities import format_memory
from longboat.views.terminal import metric, paint

if TYPE_CHECKING:
    from longboat.jobs.comparison import Compared, Comparison
    from longboat.jobs.differences import Difference
    from longboat.snapshots.cells import CellPair
    from longboat.snapshots.comparing import FileChange
    from longboat.snapshots.manifest import FileEntry

COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def diff_page(found: Comparison) -> Iterator[str]:
    """Write the lines of the page: what is other of what went in, then both ends."""
    yield f"{_title(found.before)} → {_title(found.after)}"
    if found.same:
        yield "The same went into both: snapshot, parameters, what was asked, environment."
    yield from _section("Parameters", _lines(found.parameters, "parameters."))
    yield from _section("Asked", _lines(found.asked))
    yield from _section("Cells", (line for pair in found.cells for line in _cell(pair)))
    yield from _section("Files", _files(found.files, found.texts))
    yield from _section("Environment", _lines(found.environment))
    yield from _section("End", _ends(found))


def _title(job: Compared) -> str:
    return f"{paint(job.record.spec.name, bold=True)} {job.record.id}"


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    """Indent lines under a heading; nothing where there are none."""
    indented = [f"  {line}" for line in lines]
    if indented:
        yield from ("", paint(heading, bold=True), *indented)


def _lines(differences: Iterable[Difference], prefix: str = "") -> Iterator[str]:
    for each in differences:
        yield difference_line(each._replace(name=each.name.removeprefix(prefix)))


def _cell(pair: CellPair) -> Iterator[str]:
    names = [_name(cell.number, cell.kind) for cell in pair if cell is not None]
    yield f"{' → '.join(dict.fromkeys(names))} {change_of(pair)}"
    yield from _coloured(cell_lines(pair))


def _name(number: int | None, kind: str) -> str:
    """Name a cell as messages do; one that does not run has no number."""
    if number is not None:
        return f"cell {number}"
    return "a cell that does not run" if kind == "code" else f"a {one_line(kind, 40)} cell"


def _files(changes: Sequence[FileChange], texts: dict[str, list[str]]) -> Iterator[str]:
    for change in changes:
        sides = " → ".join(_size(entry) for entry in change[2:] if entry is not None)
        yield f"{one_line(change.path)} {change.change}: {sides}".removesuffix(": ")
        yield from _coloured(texts.get(change.path, []))


def _size(entry: FileEntry) -> str:
    """Write a file's size and the beginning of its SHA-256; nothing for a folder."""
    if not entry.sha256:
        return ""
    executable = ", executable" if entry.executable else ""
    return f"{format_memory(entry.size)} {entry.sha256[:8]}{executable}"


def _coloured(lines: list[str] | None) -> Iterator[str]:
    if lines is None:
        yield "  (too long to be shown line by line)"
    for line in lines or ():
        text = "".join(c if c.isprintable() or c == "\t" else " " for c in line)
        yield f"  {paint(text, COLOURS.get(text[:1]))}"


def _ends(found: Comparison) -> list[str]:
    """Write both ends as a table: one row for each thing, one column for each job."""
    jobs = (found.before, found.after)
    columns = [Column(""), Column("before"), Column("after")]
    rows: list[list[str]] = [
        ["state", *(job.status.state for job in jobs)],
        ["reason", *(job.status.reason for job in jobs)],
        ["ran for", *map(_time, jobs)],
        *([name, *map(_value, values)] for name, values in found.metrics.items()),
    ]
    return format_table(columns, [row for row in rows if any(row[1:])])


def _time(job: Compared) -> str:
    seconds = seconds_run(job.status)
    return "" if seconds is None else duration(seconds)


def _value(value: Any) -> str:
    return "" if value is None else metric(value)
