"""The main job from beginning to end in the Lab: trained, deployed, and a digit drawn."""

from __future__ import annotations

import shutil
from pathlib import Path

from browser_lab import BrowserLab, draw, submit, train
from playwright.sync_api import expect

EXAMPLES = Path(__file__).parents[2] / "images/notebook/examples"
SEVEN = ((0.3, 0.2), (0.7, 0.2), (0.45, 0.82))
ONE = ((0.42, 0.3), (0.52, 0.2), (0.52, 0.8))


def test_a_drawn_digit_is_recognised_by_the_model_of_the_notebook(lab: BrowserLab) -> None:
    for name in ("digits.ipynb", "digits.csv.gz"):
        shutil.copy(EXAMPLES / name, lab.folder)
    with lab.opened("digits.ipynb", "digits") as page:
        train(page)
        submit(page, workers="2")
        job = page.locator(".lb-Job")
        expect(job.locator(".lb-Job-title .lb-State")).to_have_text("succeeded", timeout=180_000)
        job.get_by_role("button", name="Deploy").click()
        expect(page.locator(".lb-Paper")).to_be_visible(timeout=120_000)
        answer = page.locator(".lb-Answer-best")
        for path, digit in ((SEVEN, "7"), (ONE, "1")):
            draw(page, *path)
            expect(answer).to_have_text(digit)
            page.get_by_role("button", name="Clear").click()
        page.get_by_role("button", name="Undeploy").click()
