"""A real JupyterLab in a real Chromium."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from jupyter_process import TOKEN, jupyter
from longboat.api import Client

BASE = "/user/x/"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE = 60_000
"""Milliseconds."""
QUIET = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}

expect.set_options(timeout=PATIENCE)


class BrowserLab:
    """A running Lab, its root and its home."""

    def __init__(self, browser: Browser, url: str, folder: Path, home: Path) -> None:
        self.folder = folder
        self.client = Client(home)
        self._browser = browser
        self._url = url

    @contextmanager
    def opened(
        self, path: str, workspace: str, prepare: Callable[[Page], None] = lambda page: None
    ) -> Iterator[Page]:
        """Open a file in a window of its own; errors of the page's scripts fail the test."""
        page = self._browser.new_page(viewport={"width": 1360, "height": 860})
        page.set_default_timeout(PATIENCE)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        prepare(page)
        page.goto(f"{self._url}lab/workspaces/{workspace}/tree/{path}?reset&token={TOKEN}")
        page.wait_for_selector("#jupyterlab-splash", state="detached")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        try:
            yield page
        finally:
            page.close()
        assert not errors, errors

    def write(self, name: str, *cells: str) -> None:
        """Save a notebook of these cells."""
        made = [
            {"cell_type": "code", "id": f"c{number}", "metadata": {}, "source": source}
            | {"outputs": [], "execution_count": None}
            for number, source in enumerate(cells)
        ]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        document = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": made}
        (self.folder / name).write_text(json.dumps(document))

    def until_remembered(self, text: str) -> None:
        """Wait until a workspace has this: the Lab writes it down a moment after a change."""
        folder, deadline = self.folder.parent / "workspaces", time.monotonic() + PATIENCE / 1000
        while not any(text in each.read_text() for each in folder.iterdir()):
            assert time.monotonic() < deadline, f"No workspace has {text}."
            time.sleep(0.05)


def sidebar(page: Page) -> Locator:
    """Show Longboat's sidebar."""
    found = page.locator("#longboat-sidebar")
    if not found.is_visible():
        page.locator('.jp-SideBar [data-id="longboat-sidebar"]').click()
    return found


def draw(page: Page, *path: tuple[float, float]) -> None:
    """Draw a stroke on a service's page, along places from 0 to 1."""
    box = page.locator(".lb-Paper").bounding_box()
    assert box is not None
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in path]
    page.mouse.move(*at[0])
    page.mouse.down()
    for place in at[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def field(page: Page, name: str) -> Locator:
    """A field of the submit panel."""
    return page.locator(f'.lb-Submit [data-field="{name}"] input')


def train(page: Page) -> None:
    """Open the submit panel by the button of the notebook's toolbar."""
    page.locator(
        '[data-jp-item-name="longboat-train"] button, '
        '[data-jp-item-name="longboat-train"] jp-button'
    ).first.click()
    page.wait_for_selector(".lb-Submit")


def submit(page: Page, **values: str) -> None:
    """Fill fields of the submit panel, and submit."""
    for name, value in values.items():
        field(page, name).fill(value)
    page.get_by_role("button", name="Submit", exact=True).click()


@contextmanager
def browser_lab(folder: Path) -> Iterator[BrowserLab]:
    """Start a Lab below a path, as behind a hub, and a browser."""
    root, home = folder / "work", folder / "home"
    root.mkdir(parents=True)
    overrides = folder / "settings" / "overrides.json"
    overrides.parent.mkdir()
    overrides.write_text(json.dumps(QUIET))
    env = {
        "LONGBOAT_HOME": str(home),
        "LONGBOAT_STEWARD_LINGER": "1",
        # What somebody has configured on this machine says nothing of us.
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    }
    settings = {
        "ServerApp.base_url": BASE,
        "ServerApp.allow_unauthenticated_access": "False",
        "LabApp.app_settings_dir": str(overrides.parent),
    }
    with (
        jupyter(root, env, kind="lab", **settings) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield BrowserLab(browser, url, root, home)
        finally:
            browser.close()
