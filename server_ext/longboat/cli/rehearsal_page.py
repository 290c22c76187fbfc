"""The report of a rehearsal, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from longboat.views.terminal import paint

if TYPE_CHECKING:
    from longboat.api import Job
    from longboat.jobs.rehearsal import Report


def lines_of(job: Job) -> Iterator[str]:
    """Write the report of a rehearsal that has ended; nothing for any other job."""
    if (report := report_of(job)) is None:
        return
    yield ""
    if report.findings:
        yield paint("To mend:", "red")
        yield from (f"  {each.sentence}" for each in report.findings)
        yield from dict.fromkeys(each.fix for each in report.findings if each.fix)
    elif job.status.state == "succeeded":
        yield paint("The rehearsal found nothing to mend.", "green")
    for remark in report.remarks:
        yield f"  {remark}"


def report_of(job: Job) -> Report | None:
    """The report of a rehearsal that has ended, None of anything else."""
    from longboat.records.status import FINAL

    ended = job.status.state in FINAL
    return job.report() if job.record.spec.rehearse and ended else None
