"""A digit drawn, and answered by a model that serves."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import pytest
from browser_lab import BrowserLab, draw, sidebar
from columns import save_columns
from playwright.sync_api import expect


def png_with_column(column: int, side: int) -> bytes:
    """A grey PNG, dark but for one of eight columns."""
    width = side // 8
    row = b"".join((b"\xff" if number == column else b"\0") * width for number in range(8))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress((b"\0" + row) * side)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@pytest.fixture(scope="module")
def columns(lab: BrowserLab, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that says how much ink each column of 8 × 8 pixels has."""
    folder: Path = tmp_path_factory.mktemp("models") / "columns"
    lab.client.add_model("columns", save_columns(folder))
    return "columns"


def test_a_model_is_deployed_drawn_for_and_answers(lab: BrowserLab, columns: str) -> None:
    lab.write("try.ipynb", "1 + 1")
    with lab.opened("try.ipynb", "trying") as page:
        sidebar(page).get_by_role("button", name=f"Deploy {columns}@1").click()
        shown = page.locator(".lb-Service")
        expect(shown.locator(".lb-Paper")).to_be_visible(timeout=120_000)
        draw(page, (0.3, 0.1), (0.3, 0.8))
        bars = shown.locator(".lb-Bars li")
        expect(bars).to_have_count(8)
        # Wherever it was drawn, it is moved to the middle.
        expect(shown.locator(".lb-Answer-best")).to_have_text(re.compile("^[34]$"))
        expect(shown.locator(".lb-Seen rect").first).to_be_visible()
        expect(shown.locator(".lb-Facts")).to_contain_text(re.compile(r"[1-9]\d* request"))
        expect(shown.locator(".lb-Facts .lb-Sparkline")).to_be_visible()
        shown.get_by_role("button", name="Clear").click()
        expect(bars).to_have_count(0)
        chosen = shown.locator("input[type=file]")
        chosen.set_input_files({"name": "no.png", "mimeType": "image/png", "buffer": b"none"})
        expect(shown.locator(".lb-Problem")).to_contain_text("no picture")
        column = {"name": "6.png", "mimeType": "image/png", "buffer": png_with_column(6, 16)}
        chosen.set_input_files(column)
        expect(shown.locator(".lb-Answer-best")).to_have_text("6")
        expect(shown.locator(".lb-Problem")).to_have_count(0)
        page.reload()
        expect(page.locator(".lb-Service .lb-Paper")).to_be_visible()
        page.locator(".lb-Service").get_by_role("button", name="Undeploy").click()
        expect(sidebar(page).locator(".lb-Empty").last).to_contain_text("No services yet")


def test_a_models_versions_stand_side_by_side_and_a_service_switches(
    lab: BrowserLab, columns: str
) -> None:
    lab.client.add_model(columns, lab.client.model(columns, 1).path)
    lab.write("switch.ipynb", "1 + 1")
    with lab.opened("switch.ipynb", "switching") as page:
        sidebar(page).locator(".lb-Row", has_text=columns).locator(".lb-Row-main").click()
        model = page.locator(".lb-Model")
        expect(model.locator("tbody tr th")).to_contain_text(["2", "1", "image", "columns"])
        expect(model).to_contain_text("any × 8 × 8 × 1")
        expect(model.locator(".lb-Origins")).to_contain_text("Made outside Longboat.")
        model.get_by_role("button", name=f"Deploy {columns}@1").click()
        service = page.locator(".lb-Service")
        expect(service.locator(".lb-Paper")).to_be_visible(timeout=120_000)
        service.get_by_label("Version").select_option("2")
        expect(service.locator(".lb-Facts")).to_contain_text("version 2", timeout=120_000)
        service.get_by_role("button", name="Undeploy").click()
        expect(sidebar(page).locator(".lb-Empty").last).to_contain_text("No services yet")
