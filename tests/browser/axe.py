"""What axe finds wrong, and the Lab in a theme: for whoever looks at a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser_lab import BrowserLab
from playwright.sync_api import Locator

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
GRAVE = ("serious", "critical")
THEMES = ("JupyterLab Light", "JupyterLab Dark")


@contextmanager
def themed(lab: BrowserLab, theme: str) -> Iterator[None]:
    """Have the Lab open in a theme."""
    settings = lab.folder.parent / "user-settings/@jupyterlab/apputils-extension"
    place = settings / "themes.jupyterlab-settings"
    settings.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"theme": theme}))
    try:
        yield
    finally:
        place.unlink()


def violations(part: Locator) -> list[str]:
    """Each grave one: what is asked for, and where."""
    found: list[dict[str, Any]] = part.evaluate(
        "element => axe.run(element).then(({violations}) => violations)"
    )
    return [
        f"{each['id']}: {each['help']}: {node['html'][:200]} {node['failureSummary']}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]
