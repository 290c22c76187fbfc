"""A job as a card: how it is, how far, its metrics' courses, where it failed, its log's end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from longboat.explain.words import duration, one_line
from longboat.views.cells.curve import Course, curve
from longboat.views.cells.markup import (
    ACCENT,
    BORDER,
    CODE,
    FAINT,
    STATE_COLOURS,
    Markup,
    element,
    joined,
    state,
)
from longboat.views.next_steps import next_steps
from longboat.views.terminal import metric

MOST_CURVES = 6
_GAP = "margin-top: 8px"
_PANEL = (
    f"margin: 8px 0 0; padding: 6px 8px; font-family: {CODE}; font-size: 0.95em; line-height: 1.4; "
    "overflow-x: auto; background: var(--jp-cell-editor-background, rgba(128, 128, 128, 0.1)); "
    "color: var(--jp-content-font-color1, inherit)"
)


def card(
    job: dict[str, Any],
    *,
    courses: Mapping[str, Course] | None = None,
    log: Sequence[str] = (),
    excerpt: Markup | None = None,
    notes: Sequence[str] = (),
) -> Markup:
    """Draw ``job``, its stable JSON.

    ``log`` are its last lines, ``notes`` sentences below all.
    """
    parts = [
        _head(job),
        *_message(job),
        _facts(job),
        *_progress(job),
        *_replicas(job),
        *_metrics(job, courses or {}),
        *([excerpt] if excerpt else ()),
        *_log(log),
        *(element("div", note, style=_GAP) for note in notes if note),
        _steps(job),
    ]
    return element("div", *parts, style="max-width: 960px; padding: 2px 0; line-height: 1.5")


def _head(job: dict[str, Any]) -> Markup:
    kind = " (rehearsal)" if job["rehearse"] else ""
    name = element("strong", f"{one_line(job['name'])}{kind}")
    number = element("span", job["id"], style=f"font-family: {CODE}; color: {FAINT}")
    layout = "display: flex; flex-wrap: wrap; gap: 0 12px; align-items: baseline"
    return element("div", name, state(job["state"]), number, style=layout)


def _message(job: dict[str, Any]) -> Iterator[Markup]:
    if job["message"]:
        failed = job["state"] == "failed"
        edge = f"; border-left: 3px solid {STATE_COLOURS['failed']}; padding-left: 8px"
        yield element("div", one_line(job["message"], 1000), style=_GAP + (edge if failed else ""))


def _facts(job: dict[str, Any]) -> Markup:
    """Moments and not ages: what is kept in a notebook is read on another day."""
    facts = [f"submitted {moment(job['created'])}"]
    if job["started"] and job["ended"]:
        facts.append(f"ran for {duration(job['ended'] - job['started'])}")
    elif job["started"]:
        facts.append(f"running since {moment(job['started'])}")
    if job["attempt"] > 1:
        facts.append(f"attempt {job['attempt']}")
    facts.append(f"on {job['backend']}")
    if job["model"]:
        facts.append(f"model {job['model']}")
    return element("div", " · ".join(facts), style=f"color: {FAINT}")


def moment(seconds: float) -> str:
    """Write a moment: the time of a day of today, else with its date."""
    when, today = time.localtime(seconds), time.localtime()
    same = when[:3] == today[:3]
    return time.strftime("%H:%M:%S" if same else "%Y-%m-%d %H:%M", when)


def _progress(job: dict[str, Any]) -> Iterator[Markup]:
    at = job["progress"]
    if job["state"] != "running" or not at["cells"]:
        return
    share = at["done"] / at["total"] if at["total"] else (at["cell"] - 1) / at["cells"]
    words = [f"cell {at['cell']} of {at['cells']}"]
    words += [f"{share:.0%} of its steps"] if at["total"] else []
    words += [f"about {duration(at['remaining'])} left"] if at["remaining"] else []
    full = f"{min(1.0, max(0.0, share)):.1%}"
    done = element("div", style=f"width: {full}; height: 100%; background: {ACCENT}")
    yield element(
        "div",
        done,
        style=f"height: 6px; max-width: 400px; background: {BORDER}; margin-top: 8px",
        role="progressbar",
        aria_valuenow=full.rstrip("%"),
        aria_label=words[0],
    )
    yield element("div", " · ".join(words))


def _replicas(job: dict[str, Any]) -> Iterator[Markup]:
    """One replica is the job."""
    if len(job["replicas"]) < 2:
        return
    names = [
        element(
            "span",
            state(each["state"]),
            element("span", f" {each['role']}-{each['index']}", style=f"font-family: {CODE}"),
        )
        for each in job["replicas"]
    ]
    yield element("div", *names, style=f"{_GAP}; display: flex; flex-wrap: wrap; gap: 0 20px")


def _metrics(job: dict[str, Any], courses: Mapping[str, Course]) -> Iterator[Markup]:
    """Curves where there are values for one, the others as words."""
    last = job["metrics"]
    drawn = {
        name: picture
        for name, course in list(courses.items())[:MOST_CURVES]
        if (picture := curve(one_line(name, 40), course.points, last.get(name)))
    }
    words = [
        f"{one_line(name, 40)} {metric(value)}" for name, value in last.items() if name not in drawn
    ]
    if drawn:
        layout = f"{_GAP}; display: flex; flex-wrap: wrap; gap: 12px 32px"
        yield element("div", *drawn.values(), style=layout)
    if words:
        yield element("div", " · ".join(words), style=_GAP)


def _log(lines: Sequence[str]) -> Iterator[Markup]:
    if lines:
        yield element("pre", "\n".join(lines), style=_PANEL, aria_label="The end of the log")


def _steps(job: dict[str, Any]) -> Markup:
    plain = "display: block; padding: 0; background: transparent; color: inherit"
    codes = [element("code", step, style=plain) for step in next_steps(job)]
    return element("div", element("div", "Next", style=f"color: {FAINT}"), *codes, style=_GAP)


def excerpt(where: str, source: str, line: int | None) -> Markup:
    """Show a cell's source around ``line`` (from 1), which is marked; all where there is none."""
    lines = source.splitlines() or [""]
    first = 1 if line is None else max(1, line - 3)
    last = min(len(lines), 7 if line is None else line + 2)
    rows = [_row(number, lines[number - 1], number == line) for number in range(first, last + 1)]
    title = element("div", where, style=f"{_GAP}; font-weight: 600")
    return joined(title, element("pre", *rows, style=_PANEL.replace("8px 0 0", "2px 0 0", 1)))


def _row(number: int, text: str, marked: bool) -> Markup:
    colour = STATE_COLOURS["failed"] if marked else "transparent"
    style = f"display: block; border-left: 3px solid {colour}; padding-left: 6px"
    label = element("span", f"{number:>3}  ", style=f"color: {FAINT}")
    shown = "".join(c if c.isprintable() or c == "\t" else " " for c in text)
    return element("span", label, shown, style=style + ("; font-weight: 700" if marked else ""))
