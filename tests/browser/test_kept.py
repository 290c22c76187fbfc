"""Tries that one keeps, and what the next version makes of them before it answers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import AXE, THEMES, themed, violations
from browser_lab import BrowserLab, draw, sidebar
from columns import save_columns
from playwright.sync_api import Page, expect

SHOTS = os.environ.get("LONGBOAT_SHOTS")
"""A folder for pictures of it, to be looked at."""


@pytest.fixture(scope="module")
def turned(lab: BrowserLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service of version 1; version 2 counts the columns from the other side."""
    folder: Path = tmp_path_factory.mktemp("models")
    for name in ("as it is", "mirrored"):
        place = save_columns(folder / name, mirrored=name == "mirrored")
        lab.client.add_model("turned", place)
    service = lab.client.deploy("turned@1")
    yield service.name
    service.undeploy()


def keep_two(page: Page) -> None:
    """Keep a line, which is the same from both sides, and one with a foot, which is not."""
    shown = page.locator(".lb-Service")
    for number, end in enumerate((0.3, 0.8), 1):
        draw(page, (0.3, 0.1), (0.3, 0.8), (end, 0.8))
        shown.get_by_role("button", name="Keep this try").click()
        expect(shown.locator(".lb-Kept li")).to_have_count(number)
        expect(shown.get_by_role("button", name="Kept", exact=True)).to_be_disabled()
        shown.get_by_role("button", name="Clear").click()


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
def test_kept_tries_are_asked_again_before_a_switch(
    lab: BrowserLab, turned: str, theme: str
) -> None:
    lab.client.deploy(f"{turned}@1", turned)
    lab.write("kept.ipynb", "1 + 1")
    name = f"keeping-{THEMES.index(theme)}"
    with themed(lab, theme), lab.opened("kept.ipynb", name) as page:
        page.add_script_tag(path=str(AXE))
        sidebar(page).locator(".lb-Row", has_text=turned).last.locator(".lb-Row-main").click()
        shown = page.locator(".lb-Service")
        expect(shown.locator(".lb-Paper")).to_be_visible()
        keep_two(page)
        shown.get_by_label("Version").select_option("2")
        comparison = shown.locator(".lb-Comparison")
        expect(comparison.locator("tbody tr")).to_have_count(2, timeout=120_000)
        expect(comparison.get_by_role("status")).to_contain_text("1 of 2 kept tries")
        expect(comparison.locator("tbody tr").first).to_contain_text("another answer")
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"kept-{THEMES.index(theme)}.png")
        assert violations(shown) == []
        comparison.get_by_role("button", name="Cancel").click()
        expect(comparison).to_have_count(0)
        expect(shown.locator(".lb-Facts")).to_contain_text("version 1")
        shown.get_by_label("Version").select_option("2")
        comparison.get_by_role("button", name="Switch").click(timeout=120_000)
        expect(shown.locator(".lb-Facts")).to_contain_text("version 2", timeout=120_000)
        for left in (1, 0):
            shown.locator(".lb-Kept").get_by_role("button").first.click()
            expect(shown.locator(".lb-Kept li")).to_have_count(left)
