"""A job again with changes: the form as it was then, and what is sent of it."""

from __future__ import annotations

import re

from browser_lab import BrowserLab, field, sidebar
from playwright.sync_api import expect

CELLS = (
    "import longboat\np = longboat.params(lr=0.1, deep=False)",
    "print('lr', p.lr, 'deep', p.deep, open('data.csv').read())",
)


def test_a_job_runs_again_with_changes(lab: BrowserLab) -> None:
    lab.write("earlier.ipynb", *CELLS)
    lab.write("other.ipynb", "1")
    (lab.folder / "data.csv").write_text("of then")
    asked = {"cpu": 0.1, "memory": "128M", "parameters": {"lr": 0.5}, "deadline": "1h"}
    first = lab.client.submit(lab.folder / "earlier.ipynb", **asked)
    first.wait()
    (lab.folder / "data.csv").write_text("of now")
    (lab.folder / "earlier.ipynb").unlink()
    with lab.opened("other.ipynb", "again-changed") as page:
        row = sidebar(page).locator(f'.lb-Row[data-job="{first.id}"]')
        row.click(button="right")
        page.get_by_role("menuitem", name="Run Job Again With Changes…").click()
        form = page.locator(".lb-Submit")
        expect(form).to_contain_text(f"as they were in job {first.id}")
        expect(field(page, "memory")).to_have_value("128M")
        expect(field(page, "deadline")).to_have_value("1h")
        expect(field(page, "parameters.lr")).to_have_value("0.5")
        expect(form.locator('[data-field="files"]')).to_have_count(0)
        expect(form.locator('[data-field="requirements"]')).to_have_count(0)
        field(page, "workers").fill("0")
        expect(form.locator('[data-field="workers"] .lb-Problem')).to_be_visible()
        field(page, "workers").fill("2")
        form.get_by_text("Show as", exact=True).click()
        expect(form.locator(".lb-Copyable pre")).to_have_text(
            f"longboat again {first.id} --workers 2"
        )
        page.locator('[data-field="parameters.deep"] select').select_option("true")
        form.get_by_role("button", name="Submit", exact=True).click()
        log = page.get_by_role("log", name="Log of worker-0")
        expect(log).to_contain_text("lr 0.5 deep True of then")
        expect(form).to_have_count(0)
        title = page.locator(".lb-Job-title:visible")
        expect(title.locator(".lb-State")).to_have_text("succeeded")
        title.get_by_role("button", name=re.compile("Again with changes")).click()
        expect(field(page, "workers")).to_have_value("2")
    (second, *_) = lab.client.jobs(name="earlier")
    spec = second.record.spec
    assert (second.record.again, spec.workers, spec.deadline) == (first.id, 2, 3600)
    assert spec.parameters == {"lr": 0.5, "deep": True}
