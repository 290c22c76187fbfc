"""A service as a page of its own: drawn on, in both themes, on a screen as small as a phone's."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import AXE, violations
from browser_lab import BrowserLab, draw
from columns import save_columns
from playwright.sync_api import Page, expect

SHOTS = os.environ.get("LONGBOAT_SHOTS")
"""A folder for pictures of it, to be looked at."""


@pytest.fixture(scope="module")
def paged(lab: BrowserLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service that says how much ink each column of 8 × 8 pixels has."""
    folder: Path = tmp_path_factory.mktemp("models") / "paged"
    lab.client.add_model("paged", save_columns(folder))
    service = lab.client.deploy("paged@1")
    yield service.name
    service.undeploy()


def opened_from_the_lab(lab: BrowserLab, page: Page, name: str) -> Page:
    """Open the page by the button of the Lab's own."""
    page.locator('.jp-SideBar [data-id="longboat-sidebar"]').click()
    page.locator("#longboat-sidebar .lb-Row", has_text=name).last.locator(".lb-Row-main").click()
    with page.expect_popup() as popup:
        page.locator(".lb-Service").get_by_role("link", name="Open as a page").click()
    return popup.value


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_digit_is_drawn_on_a_page_of_its_own(lab: BrowserLab, paged: str, theme: str) -> None:
    lab.write("page.ipynb", "1 + 1")
    wrong: list[str] = []
    with lab.opened("page.ipynb", f"paging-{theme}") as there:
        page = opened_from_the_lab(lab, there, paged)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": 390, "height": 844})
        page.reload()
        expect(page.locator("h1")).to_have_text(paged)
        draw(page, (0.3, 0.1), (0.3, 0.8))
        expect(page.locator(".lb-Bars li")).to_have_count(8)
        expect(page.locator(".lb-Answer-best")).to_have_text(re.compile("^[34]$"))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert "/user/x/longboat/try/" in page.url
        assert wrong == []
        shoot(page, f"phone-{theme}")
        page.set_viewport_size({"width": 1200, "height": 800})
        shoot(page, f"wide-{theme}")
        page.evaluate(AXE.read_text())  # a script element would be against the page's policy
        assert violations(page.locator("main")) == []
        page.close()


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")
