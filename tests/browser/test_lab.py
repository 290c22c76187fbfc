"""What a person does in the Lab: sees what there is, trains a notebook, reads its log."""

from __future__ import annotations

import json
import re

from browser_lab import BrowserLab, field, sidebar, submit, train
from playwright.sync_api import Page, WebSocketRoute, expect

TRAINS = (
    "import longboat",
    "for step in range(1, 6):\n    longboat.report(step, loss=1 / step, total=5)",
    "print('the last line of all')",
)
WAITS = ("import pathlib, time\nprint('ready', flush=True)\ntime.sleep(3600)",)


def test_an_empty_home_says_what_to_do(lab: BrowserLab) -> None:
    lab.write("empty.ipynb", "1")
    with lab.opened("empty.ipynb", "empty") as page:
        shown = sidebar(page)
        expect(shown).to_contain_text("No jobs yet. Open a notebook and press Train")
        expect(shown).to_contain_text("No models yet.")
        expect(shown).to_contain_text("No services yet.")
        expect(page.locator(".lb-Connection")).to_have_text("")


def test_a_notebook_is_trained_and_its_page_shows_the_log(lab: BrowserLab) -> None:
    lab.write("small.ipynb", *TRAINS)
    with lab.opened("small.ipynb", "trained") as page:
        train(page)
        expect(page.locator(".lb-Picture svg g")).to_have_count(1)
        field(page, "workers").fill("2")
        expect(page.locator(".lb-Picture svg g")).to_have_count(2)
        submit(page, cpu="0.1", memory="128M")
        job = page.locator(".lb-Job")
        expect(job.locator(".lb-Job-title .lb-State")).to_have_text("succeeded")
        expect(job.get_by_role("log", name="Log of worker-0")).to_contain_text(
            "the last line of all"
        )
        expect(job.locator(".lb-Chart figcaption")).to_have_text("loss")
        expect(page.locator(".lb-Submit")).to_have_count(0)
        expect(sidebar(page).locator(".lb-Row", has_text="small")).to_contain_text("succeeded")
    kept = json.loads((lab.folder / "small.ipynb").read_text())["metadata"]["longboat"]
    assert kept == {"workers": "2", "cpu": "0.1", "memory": "128M"}


def test_what_is_refused_stands_at_its_field(lab: BrowserLab) -> None:
    lab.write("refused.ipynb", "print(1)")
    with lab.opened("refused.ipynb", "refused") as page:
        train(page)
        field(page, "memory").fill("lots")
        page.get_by_text("More", exact=True).click()
        submit(page, deadline="soon")
        for name in ("memory", "deadline"):
            problem = page.locator(f'.lb-Submit [data-field="{name}"] .lb-Problem')
            expect(problem).to_have_text(re.compile(r"\w+ .+\."))
        expect(field(page, "memory")).to_be_focused()
        field(page, "memory").fill("128M")
        expect(page.locator('.lb-Submit [data-field="memory"] .lb-Problem')).to_have_count(0)
    assert not lab.client.jobs(name="refused")


def test_a_job_is_stopped_and_removed_from_the_sidebar(lab: BrowserLab) -> None:
    lab.write("waits.ipynb", *WAITS)
    with lab.opened("waits.ipynb", "stopped") as page:
        train(page)
        submit(page, cpu="0.1", memory="128M")
        log = page.get_by_role("log", name="Log of worker-0")
        expect(log).to_contain_text("ready")
        row = sidebar(page).locator(".lb-Row", has_text="waits")
        row.get_by_role("button", name="Stop waits").click()
        page.locator(".jp-Dialog .jp-mod-accept").click()
        expect(row).to_contain_text("stopped")
        row.get_by_role("button", name="Remove waits").click()
        page.locator(".jp-Dialog .jp-mod-accept").click()
        expect(row).to_have_count(0)


def test_a_job_that_begins_elsewhere_is_there_at_once_and_after_a_reload(lab: BrowserLab) -> None:
    lab.write("other.ipynb", "print('from elsewhere')")
    with lab.opened("other.ipynb", "elsewhere") as page:
        shown = sidebar(page)
        expect(shown.locator(".lb-List, .lb-Empty").first).to_be_visible()
        job = lab.client.submit(lab.folder / "other.ipynb", cpu=0.1, memory="128M")
        job.wait()
        row = shown.locator(".lb-Row", has_text="other")
        expect(row).to_contain_text("succeeded")
        row.locator(".lb-Row-main").click()
        log = page.get_by_role("log", name="Log of worker-0")
        expect(log).to_contain_text("from elsewhere")
        lab.until_remembered(f"longboat-job:{job.id}")
        page.reload()
        expect(log).to_contain_text("from elsewhere")


def test_a_lost_connection_is_said_and_mended(lab: BrowserLab) -> None:
    lab.write("lost.ipynb", "print(1)")
    sockets: list[WebSocketRoute] = []
    refuse: list[bool] = []

    def join(socket: WebSocketRoute) -> None:
        if refuse:
            socket.close()
        else:
            sockets.append(socket)
            socket.connect_to_server()

    def listen(page: Page) -> None:
        page.route_web_socket(re.compile("longboat/api/events"), join)

    with lab.opened("lost.ipynb", "lost", listen) as page:
        shown = sidebar(page)
        expect(shown.locator(".lb-Connection")).to_have_text("")
        expect(shown.locator(".lb-List, .lb-Empty").first).to_be_visible()
        refuse.append(True)
        sockets[-1].close()
        expect(shown.locator(".lb-Connection")).to_contain_text("Not connected.")
        refuse.clear()
        expect(shown.locator(".lb-Connection")).to_have_text("")


def test_the_keyboard_alone_trains_a_notebook(lab: BrowserLab) -> None:
    lab.write("keys.ipynb", "print('by keys')")
    with lab.opened("keys.ipynb", "keys") as page:
        page.locator(".jp-Notebook").focus()
        page.keyboard.press("Control+Alt+t")
        expect(field(page, "name")).to_be_focused()
        page.keyboard.type("by-keys")
        page.keyboard.press("Enter")
        expect(page.locator(".lb-Job h1")).to_have_text("by-keys")
        expect(page.locator(".lb-Job-title .lb-State")).to_have_text("succeeded")


def test_a_rehearsal_lists_what_is_to_mend(lab: BrowserLab) -> None:
    lab.write("wrong.ipynb", "import absent_module", "open('absent.csv')")
    with lab.opened("wrong.ipynb", "rehearsed") as page:
        train(page)
        page.get_by_role("button", name="Rehearse", exact=True).click()
        report = page.locator(".lb-Report")
        expect(report).to_contain_text("To mend")
        expect(report.locator("li")).to_have_count(2)
        expect(report).to_contain_text("absent_module")
        expect(report).to_contain_text("absent.csv")
