"""What axe finds wrong with our pages for people who see or point differently, in both themes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe import AXE, THEMES, themed, violations
from browser_lab import BrowserLab, field, sidebar, train
from playwright.sync_api import Page, expect

CELLS = (
    "import longboat\np = longboat.params(lr=0.1, deep=False)",
    "for step in range(1, 9): longboat.report(step, loss=1 / step)",
    "print('\\x1b[32mgreen\\x1b[0m')\nopen('left.txt', 'w').write('x')",
    "1 / 0",
)


@pytest.fixture(scope="module")
def jobs(lab: BrowserLab) -> list[str]:
    """Two jobs of one notebook that have failed."""
    lab.write("access.ipynb", *CELLS)
    found = [
        lab.client.submit(lab.folder / "access.ipynb", cpu=0.1, memory="128M") for _ in range(2)
    ]
    for job in found:
        job.wait()
    return [job.id for job in found]


@pytest.fixture(params=THEMES, ids=["light", "dark"])
def page(lab: BrowserLab, jobs: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    """A Lab in a theme, with axe in it."""
    with (
        themed(lab, request.param),
        lab.opened("access.ipynb", f"access-{THEMES.index(request.param)}") as page,
    ):
        expect(page.locator("body")).to_have_attribute("data-jp-theme-name", request.param)
        page.add_script_tag(path=str(AXE))
        yield page


def test_no_page_keeps_anybody_out(page: Page, jobs: list[str]) -> None:
    train(page)
    expect(field(page, "parameters.lr")).to_be_visible()
    for summary in page.locator(".lb-Submit summary").all():
        summary.click()
    field(page, "memory").fill("lots")
    expect(page.locator(".lb-Wrong")).to_be_visible()
    found = violations(page.locator(".lb-Submit"))
    found += violations(sidebar(page))
    page.locator(f'.lb-Row[data-job="{jobs[0]}"] .lb-Row-main').click()
    job = page.locator(".lb-Job")
    expect(job.locator(".lb-Chart")).to_be_visible()
    job.get_by_label("Compare with").select_option(jobs[1])
    job.get_by_label("Find in this log").fill("green")
    expect(job.locator(".lb-Finder")).to_contain_text("1/")
    assert found + violations(job) == []
    job.evaluate("element => element.append(document.createElement('button'))")
    assert "button-name" in str(violations(job)), "axe looks at what it is shown"


CUT_OFF = """part => {
  const edge = part.getBoundingClientRect().right;
  const scrolls = each => each !== part && /auto|scroll/.test(getComputedStyle(each).overflowX);
  const found = [];
  const look = each => {
    if (each.getBoundingClientRect().right > edge + 1) found.push(each.outerHTML.slice(0, 200));
    if (!scrolls(each)) [...each.children].forEach(look);
  };
  look(part);
  return found;
}"""
"""What stands out of a part at its right, where nobody can scroll to it."""


def test_nothing_is_cut_off_in_a_narrow_window(lab: BrowserLab, jobs: list[str]) -> None:
    with lab.opened("access.ipynb", "narrow") as page:
        page.set_viewport_size({"width": 720, "height": 900})
        train(page)
        form = page.locator(".lb-Submit")
        expect(field(page, "parameters.lr")).to_be_visible()
        for summary in form.locator("summary").all():
            summary.click()
        assert form.evaluate(CUT_OFF) == []
        sidebar(page).locator(f'.lb-Row[data-job="{jobs[0]}"] .lb-Row-main').focus()
        page.keyboard.press("Enter")
        job = page.locator(".lb-Job")
        expect(job.locator(".lb-Chart")).to_be_visible()
        job.get_by_text("Where it comes from").press("Enter")
        expect(job.locator(".lb-Origin pre")).to_be_visible()
        assert job.evaluate(CUT_OFF) == []
        job.get_by_role("button", name="Run again").focus()
        page.keyboard.press("Tab")
        expect(job.get_by_role("button", name="Again with changes")).to_be_focused()
