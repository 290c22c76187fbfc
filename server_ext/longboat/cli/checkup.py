"""``longboat doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from longboat.cli.grammar import command
from longboat.cli.output import print_json, say
from longboat.errors import BadInput, LongboatError
from longboat.views.terminal import paint, paint_state

if TYPE_CHECKING:
    from longboat.doctor import Finding

MARKS = {"ok": "ok  ", "warn": "warn", "bad": "bad "}


class Result(NamedTuple):
    """What became of a finding."""

    mended: bool
    outcome: str
    """A sentence: what was done, or why not; empty when nothing was to be done."""


NOT_TRIED = Result(False, "")


@command("doctor", example="longboat doctor --fix")
@click.option("--python", metavar="PATH", help="The interpreter to examine [default: this one].")
@click.option("--on", "backend", metavar="BACKEND", help="What to examine [default: local].")
@click.option("--fix", is_flag=True, help="Mend what can be mended without harm.")
def doctor(python: str | None, backend: str | None, fix: bool, as_json: bool) -> int:
    """Say what is here, missing or broken.

    With --fix it mends what no harm can come of: it ends processes of jobs that have ended, and
    removes what crashes and jobs have left. What lives is never touched. With --on it looks at a
    cluster that clusters.toml names, from here and with your rights. Exit code 1 when something is
    so broken that jobs will fail.
    """
    findings = _findings(python, backend or "local", fix=fix)
    results = [_mend(finding) if fix else NOT_TRIED for finding in findings]
    told = list(zip(findings, results, strict=True))
    if as_json:
        print_json([_as_dict(finding, result, fix=fix) for finding, result in told])
    else:
        for finding, result in told:
            _show(finding, result)
    return int(any(f.state == "bad" and not result.mended for f, result in told))


def _mend(finding: Finding) -> Result:
    """Mend one finding, if that can be done here; whatever happens, say it."""
    if finding.state == "ok":
        return NOT_TRIED
    if finding.mend is None:
        return Result(False, "Not mended: that is for a person to do.")
    try:
        return Result(True, f"Mended. {finding.mend()}")
    except (LongboatError, OSError) as error:
        return Result(False, f"Not mended: {error}")


def _as_dict(finding: Finding, result: Result, *, fix: bool) -> dict[str, object]:
    """Give the stable JSON; what became of it is only in it when it was to be mended."""
    return {**finding.to_dict(), **(result._asdict() if fix else {})}


def _show(finding: Finding, result: Result) -> None:
    say(f"{paint_state(MARKS[finding.state])}  {finding.message}")
    lines = [result.outcome, "" if result.mended else finding.fix]
    for line in filter(None, lines):
        say(f"      {paint(line, dim=True)}")


def _findings(python: str | None, backend: str, *, fix: bool) -> list[Finding]:
    from longboat.doctor import examine
    from longboat.records.layout import default_home

    home = default_home()
    if backend == "local":
        return examine(home, python)
    if python is not None:
        raise BadInput.of("python", "On a cluster the image brings the interpreter; leave it out.")
    if fix:
        raise BadInput.of("fix", "On a cluster nothing is mended; leave out --fix or --on.")
    from longboat.doctor.cluster import examine_cluster
    from longboat.spec.clusters import clusters_file, read_clusters

    file = clusters_file(home)
    clusters = read_clusters(file)
    if backend not in clusters:
        known = ", ".join(["local", *clusters])
        message = f"There is no backend {backend!r}; known: {known}. {file} names clusters."
        raise BadInput.of("on", message)
    return examine_cluster(clusters[backend])
