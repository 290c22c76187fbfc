"""A job's page: its log searched, in colours; what it wrote; two jobs compared; where it failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from browser_lab import BrowserLab, sidebar
from playwright.sync_api import Page, expect

CELLS = (
    "import longboat\np = longboat.params(lr=0.1)",
    "for step in range(1, 60):\n"
    "    longboat.report(step, loss=p.lr / step)\n"
    "    print(f'\\x1b[32mstep {step}\\x1b[0m of <b>60</b>')\n"
    "_ = open('result.csv', 'w').write('1,2')",
    "if p.lr > 0.5: raise ValueError('too fast')",
)
DRAWN = "[...CSS.highlights.entries()].map(([name, found]) => [name, found.size])"


@pytest.fixture(scope="module")
def pair(lab: BrowserLab) -> list[str]:
    """A job that succeeded, and one that failed in its third cell."""
    lab.write("page.ipynb", *CELLS)
    jobs = [
        lab.client.submit(lab.folder / "page.ipynb", cpu=0.1, memory="128M", parameters={"lr": lr})
        for lr in (0.1, 0.9)
    ]
    for job in jobs:
        job.wait()
    return [job.id for job in jobs]


@contextmanager
def job_page(lab: BrowserLab, job: str, name: str) -> Iterator[Page]:
    """The page of a job in a Lab."""
    with lab.opened("page.ipynb", name) as page:
        sidebar(page).locator(f'.lb-Row[data-job="{job}"] .lb-Row-main').click()
        expect(page.get_by_role("log", name="Log of worker-0")).to_contain_text("step 59")
        yield page


def test_a_log_is_text_in_colours_and_searched(lab: BrowserLab, pair: list[str]) -> None:
    with job_page(lab, pair[0], "searched") as page:
        log = page.get_by_role("log", name="Log of worker-0")
        expect(log).to_contain_text("step 1 of <b>60</b>")
        expect(log.locator("b")).to_have_count(0)
        assert dict(page.evaluate(DRAWN))["lb-green"] == 59
        page.get_by_label("Find in this log").fill("STEP 1")
        expect(page.locator(".lb-Finder")).to_contain_text("1/11")
        page.get_by_label("The one before").click()
        expect(page.locator(".lb-Finder")).to_contain_text("11/11")
        drawn = dict(page.evaluate(DRAWN))
        assert (drawn["lb-found"], drawn["lb-found-now"]) == (10, 1)
        with page.expect_download() as download:
            page.locator(".lb-Lane").get_by_text("Download").click()
        assert "step 59" in download.value.path().read_text()


def test_who_scrolls_up_sees_earlier_lines(lab: BrowserLab, pair: list[str]) -> None:
    lab.write("long.ipynb", "for number in range(1000): print('line', number)")
    job = lab.client.submit(lab.folder / "long.ipynb", cpu=0.1, memory="128M")
    job.wait()
    with lab.opened("long.ipynb", "long") as page:
        sidebar(page).locator(f'.lb-Row[data-job="{job.id}"] .lb-Row-main').click()
        log = page.get_by_role("log", name="Log of worker-0")
        expect(log).to_contain_text("line 999")
        expect(log).not_to_contain_text("line 500\n")
        log.hover()
        page.mouse.wheel(0, -300)
        expect(log).to_contain_text("line 500\n")
        below = log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight")
        assert 0 < below < 600
        page.get_by_role("button", name="Follow").click()
        expect(log).not_to_contain_text("line 500\n")


def test_two_jobs_are_compared(lab: BrowserLab, pair: list[str]) -> None:
    with job_page(lab, pair[0], "compared") as page:
        page.get_by_label("Compare with").select_option(pair[1])
        expect(page.locator(".lb-Beside tbody tr").first).to_have_text("lr0.10.9")
        expect(page.locator(".lb-Chart .u-legend")).to_contain_text(f"loss ({pair[1]})")
        with page.expect_download() as download:
            page.get_by_role("link", name="result.csv").click()
        assert download.value.path().read_text() == "1,2"


def test_a_failed_job_leads_to_the_cell(lab: BrowserLab, pair: list[str]) -> None:
    with job_page(lab, pair[1], "failed") as page:
        page.get_by_role("button", name="Show the cell").click()
        executed = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        active = executed.locator(".jp-Cell.jp-mod-active")
        expect(active).to_contain_text("ValueError")
        expect(active).to_be_in_viewport()
    assert (lab.folder / f"page-{pair[1]}.ipynb").exists()


def test_it_tells_where_it_comes_from_and_how_its_time_went(lab: BrowserLab) -> None:
    lab.write("page.ipynb", *CELLS)
    job = lab.client.submit(
        lab.folder / "page.ipynb", cpu=0.1, memory="128M", parameters={"lr": 0.9}, retries=1
    )
    with job_page(lab, job.id, "timeline") as page:
        timeline = page.locator(".lb-Timeline")
        attempts = timeline.locator("li")
        expect(attempts).to_have_count(2)
        page.get_by_text("Where it comes from").click()
        receipt = page.locator(".lb-Origin")
        expect(receipt).to_contain_text("lr = 0.9")
        expect(receipt.locator("pre")).to_contain_text('"snapshot"')
        expect(attempts.first).to_contain_text("Attempt 1")
        expect(attempts.first).to_contain_text("too fast")
        expect(attempts.last).to_contain_text("failed")
        expect(timeline.locator(".lb-Timeline-end")).to_have_count(2)
