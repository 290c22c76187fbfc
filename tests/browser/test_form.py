"""The submit panel: what the notebook declares, what travels, what is wrong while one types."""

from __future__ import annotations

import json

from browser_lab import BrowserLab, field, sidebar, submit, train
from playwright.sync_api import Page, expect

DECLARES = (
    "import longboat\np = longboat.params(lr=0.1, steps=3, deep=False)",
    "print('lr', p.lr, 'deep', p.deep, open('data.csv').read())",
)

NOBODY = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "c",
    "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:9"}}],
    "users": [{"name": "u", "user": {"token": "t"}}],
}
"""A cluster at an address at which nothing answers."""


def problem(page: Page, name: str) -> None:
    expect(page.locator(f'.lb-Submit [data-field="{name}"] .lb-Problem')).to_have_count(1)


def test_parameters_are_fields_and_their_values_reach_the_job(lab: BrowserLab) -> None:
    lab.write("declares.ipynb", *DECLARES)
    (lab.folder / "data.csv").write_text("from beside")
    with lab.opened("declares.ipynb", "declares") as page:
        train(page)
        expect(field(page, "parameters.lr")).to_have_attribute("placeholder", "0.1")
        field(page, "parameters.lr").fill("0.5")
        page.locator('[data-field="parameters.deep"] select').select_option("true")
        submit(page, cpu="0.1", memory="128M")
        log = page.get_by_role("log", name="Log of worker-0")
        expect(log).to_contain_text("lr 0.5 deep True from beside")
    kept = json.loads((lab.folder / "declares.ipynb").read_text())["metadata"]["longboat"]
    assert kept["parameters"] == {"lr": "0.5", "deep": "true"}
    assert lab.client.job("declares").record.spec.parameters == {"lr": 0.5, "deep": True}


def test_what_is_wrong_is_told_while_one_types(lab: BrowserLab) -> None:
    lab.write("typed.ipynb", *DECLARES)
    with lab.opened("typed.ipynb", "typed") as page:
        train(page)
        field(page, "parameters.steps").fill("many")
        problem(page, "parameters.steps")
        expect(page.locator(".lb-Wrong")).to_have_text("1 field is to mend")
        field(page, "memory").fill("lots")
        problem(page, "memory")
        field(page, "parameters.steps").fill("5")
        field(page, "memory").fill("128M")
        expect(page.locator(".lb-Wrong")).to_have_count(0)
    assert not lab.client.jobs(name="typed")


def test_it_says_what_travels_and_how_to_say_it_elsewhere(lab: BrowserLab) -> None:
    lab.write("shown.ipynb", *DECLARES)
    (lab.folder / "data.csv").write_text("from beside")
    with lab.opened("shown.ipynb", "shown") as page:
        train(page)
        page.get_by_text("files travel").click()
        expect(page.locator(".lb-Files")).to_contain_text("data.csv")
        page.get_by_text("Show as", exact=True).click()
        field(page, "workers").fill("2")
        shown = page.locator(".lb-Submit .lb-Copyable pre")
        expect(shown).to_have_text("longboat submit shown.ipynb --workers 2")
        page.get_by_role("button", name="Python", exact=True).click()
        expect(shown).to_contain_text("longboat.submit('shown.ipynb', workers=2)")


def opened_fold(page: Page, title: str) -> None:
    """Open a part of the form that is folded."""
    fold = page.locator(".lb-Submit details", has_text=title)
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()


def test_the_last_choices_come_back_without_what_is_private(lab: BrowserLab) -> None:
    lab.write("again.ipynb", *DECLARES)
    (lab.folder / "data.csv").write_text("from beside")
    with lab.opened("again.ipynb", "again") as page:
        train(page)
        field(page, "parameters.steps").fill("7")
        opened_fold(page, "Runs in Python 3")
        page.locator('[data-field="kernel"] select').select_option("python3")
        expect(page.locator('[data-field="kernel"] .lb-Hint')).to_contain_text("python")
        opened_fold(page, "Retries")
        field(page, "retries").fill("2")
        field(page, "secrets").fill("HOME")
        page.locator('[data-field="env"] textarea').fill("MODE=fast\nMY_TOKEN=abc")
        submit(page, cpu="0.1", memory="128M")
        page.wait_for_selector(".lb-Job")
    with lab.opened("again.ipynb", "again-later") as page:
        train(page)
        expect(field(page, "parameters.steps")).to_have_value("7")
        expect(field(page, "retries")).to_have_value("2")
        expect(field(page, "secrets")).to_have_value("HOME")
        expect(page.locator('[data-field="env"] textarea')).to_have_value("MODE=fast")
        expect(page.locator('[data-field="kernel"] select')).to_have_value("python3")
        expect(field(page, "name")).to_have_attribute("placeholder", "again")
    assert "abc" not in (lab.folder / "again.ipynb").read_text()


def test_the_form_follows_the_notebook(lab: BrowserLab) -> None:
    lab.write("changes.ipynb", *DECLARES)
    with lab.opened("changes.ipynb", "changes") as page:
        train(page)
        button = page.locator('[data-jp-item-name="longboat-train"] .jp-ToolbarButtonComponent')
        expect(button).not_to_have_attribute("aria-pressed", "true")
        field(page, "parameters.lr").fill("0.5")
        # By the keys: an editor that only just gets the focus forgets what was selected in it.
        page.locator(".jp-Cell .cm-content").first.click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text("import longboat\nlongboat.params(size=8, **{})")
        page.keyboard.press("Control+s")
        expect(field(page, "parameters.size")).to_have_attribute("placeholder", "8")
        expect(field(page, "parameters.lr")).to_have_count(0)
        page.locator('[data-field="others"] textarea').fill("depth=3")
        opened_fold(page, "Show as")
        expect(page.locator(".lb-Submit .lb-Copyable pre")).to_have_text(
            "longboat submit changes.ipynb -p depth=3"
        )


def test_a_cluster_is_asked_for_an_image_and_said_to_be_away(lab: BrowserLab) -> None:
    lab.write("there.ipynb", *DECLARES)
    kubeconfig = lab.folder.parent / "kubeconfig"
    kubeconfig.write_text(json.dumps(NOBODY))
    clusters = lab.client.engine.home.path / "clusters.toml"
    clusters.parent.mkdir(exist_ok=True)
    clusters.write_text(
        '[team]\nnamespace = "ml"\nengine = "trainjob"\nelastic = true\n'
        f'[away]\nkubeconfig = "{kubeconfig}"\n'
    )
    try:
        with lab.opened("there.ipynb", "there") as page:
            train(page)
            page.locator('[data-field="on"] select').select_option("team")
            problem(page, "image")
            expect(page.locator('[data-field="kernel"]')).to_have_count(0)
            field(page, "image").fill("a/trainer:1")
            opened_fold(page, "Show as")
            page.get_by_role("button", name="YAML", exact=True).click()
            expect(page.locator(".lb-Submit .lb-Copyable pre")).to_contain_text("kind: TrainJob")
            page.locator('[data-field="on"] select').select_option("away")
            expect(page.locator(".lb-General")).to_contain_text("cannot be reached")
            expect(page.locator(".lb-Submit .lb-Copyable")).to_have_count(0)
            page.locator('[data-field="on"] select').select_option("")
            expect(page.locator(".lb-General")).to_have_count(0)
            expect(page.get_by_text("files travel")).to_be_visible()
    finally:
        clusters.unlink()


def test_many_jobs_are_found_by_words_and_removed_together(lab: BrowserLab) -> None:
    lab.write("many.ipynb", "1 / 0")
    lab.write("kept.ipynb", "print(1)")
    small = {"cpu": 0.1, "memory": "128M"}
    jobs = [
        lab.client.submit(lab.folder / name, **small)
        for name in ("many.ipynb", "kept.ipynb", "many.ipynb", *["kept.ipynb"] * 3)
    ]
    for job in jobs:
        job.wait()
    with lab.opened("many.ipynb", "many") as page:
        shown = sidebar(page)
        shown.get_by_label("Find jobs").fill("many FAILED")
        rows = shown.locator(".lb-Row[data-job]")
        expect(rows).to_have_count(2)
        shown.get_by_role("button", name="Remove all 2").click()
        page.locator(".jp-Dialog .jp-mod-accept").click()
        expect(shown.locator(".lb-Empty").first).to_contain_text("No job has all of these words")
        shown.get_by_label("Find jobs").fill("")
        rows.first.click(button="right")
        page.locator(".lm-Menu-item", has_text="Remove Job").click()
        page.locator(".jp-Dialog .jp-mod-accept").click()
        expect(rows.filter(has_text="kept")).to_have_count(3)
    assert not lab.client.jobs(name="many")
