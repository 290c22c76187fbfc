"""``longboat demo``: the main job once, from a notebook to predictions, in a home of its own."""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from longboat.cli.faults import FAILED
from longboat.cli.grammar import Command
from longboat.cli.outcome import follow_to_end
from longboat.cli.output import say
from longboat.cli.picture import GAP, beside, draw
from longboat.cli.plan_page import travelled
from longboat.errors import BadInput
from longboat.explain.words import duration
from longboat.views.terminal import colours_wanted, paint, unicode_works

if TYPE_CHECKING:
    from longboat.api import Client, Job

DATA = "digits.csv.gz"
HELD_OUT = 297
"""The last lines of the data, which the notebook does not learn from."""
SIDE, BRIGHTEST = 8, 16
"""A digit is SIDE × SIDE pixels from 0 to BRIGHTEST (UCI optical digits)."""
WANTED_ACCURACY = 0.95
MOST_SHOWN = 8


class Digit(NamedTuple):
    """One handwritten digit and what it is."""

    pixels: list[list[int]]
    label: int


@click.command("demo", cls=Command)
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--workers", default=2, show_default=True, metavar="N")
def demo(notebook: Path, workers: int) -> int:
    """Do the main job once, from notebook to prediction.

    It has a home of its own, fresh each time. Exit code 0 only if all of it held.
    """
    from longboat.api import Client

    began = time.monotonic()
    digits = read_digits(notebook.with_name(DATA))
    home = Path(tempfile.mkdtemp(prefix="longboat-demo-"))
    say(f"Everything of this demo lies in {home}.")
    client = Client(home)
    plan = client.plan(notebook, workers=workers)
    for line in travelled(plan):
        say(line)
    job = client.commit(plan)
    _heading(f"1. {notebook.name} runs as job {job.id}, with {workers} workers")
    code = follow_to_end(job, as_json=False, hints=False)
    held = code == 0 and _is_accurate(job) and _predicts(client, job, digits)
    if held:
        _heading(f"All of it held, in {duration(time.monotonic() - began)}")
    _say_next(home, job.id)
    return 0 if held else code or FAILED


def read_digits(path: Path) -> list[Digit]:
    """Read the held-out digits. Raises BadInput when the file is not there or is no such file."""
    try:
        with gzip.open(path, "rt") as file:
            rows = [[int(value) for value in line.split(",")] for line in file]
    except (OSError, ValueError) as error:
        raise BadInput.of("notebook", f"The digits beside it cannot be read: {error}.") from None
    return [
        Digit([row[i : i + SIDE] for i in range(0, SIDE * SIDE, SIDE)], row[-1])
        for row in rows[-HELD_OUT:]
    ]


def _is_accurate(job: Job) -> bool:
    accuracy = float(job.metrics().get("test_accuracy", 0))
    enough = accuracy > WANTED_ACCURACY
    verdict = "more than" if enough else "not more than"
    say(f"Test accuracy {accuracy:.1%}: {verdict} the {WANTED_ACCURACY:.0%} that is asked for.")
    return enough


def _predicts(client: Client, job: Job, digits: Sequence[Digit]) -> bool:
    """Deploy the job's model, ask it for all held-out digits, show some, and stop it."""
    model = job.model
    _heading(f"2. The model is registered as {model.name}@{model.version}, and is deployed")
    service = model.deploy(wait=False)
    try:
        service.wait()
        say(f"It answers at {service.to_dict()['url']}.")
        _heading("3. Held-out digits, and what the service reads")
        answers = [_best(scores) for scores in _rows(service.predict(_instances(digits)))]
    finally:
        service.undeploy(wait=True)
    right = sum(answer == digit.label for answer, digit in zip(answers, digits, strict=True))
    _show(digits, answers)
    say(f"{right} of {len(digits)} are right. The service is stopped.")
    return right > WANTED_ACCURACY * len(digits) and not client.services()


def _instances(digits: Sequence[Digit]) -> list[object]:
    """Digits as the model takes them: SIDE × SIDE × 1, from 0 to 1."""
    return [[[[pixel / BRIGHTEST] for pixel in row] for row in d.pixels] for d in digits]


def _rows(answer: Any) -> list[list[float]]:
    rows = answer["predictions"] if isinstance(answer, dict) else answer
    return [list(row) for row in rows]


def _best(scores: Sequence[float]) -> int:
    return max(range(len(scores)), key=scores.__getitem__)


def _show(digits: Sequence[Digit], answers: Sequence[int]) -> None:
    """Draw as many digits as fit in one row, the answers below."""
    fine = colours_wanted() and unicode_works()
    width = SIDE if fine else 2 * SIDE
    fitting = (shutil.get_terminal_size().columns + len(GAP)) // (width + len(GAP))
    shown = list(zip(digits, answers, strict=True))[: min(MOST_SHOWN, max(1, fitting))]
    pictures = [draw(digit.pixels, BRIGHTEST, colour=fine) for digit, _ in shown]
    captions = [
        f"{answer}" if answer == digit.label else f"{answer}, not {digit.label}"
        for digit, answer in shown
    ]
    for line in beside(pictures, captions, width):
        say(line)


def _say_next(home: Path, job_id: str) -> None:
    say("")
    say("Look around in what it left:")
    if shutil.which("longboat") is None:
        say(f"  export PATH={Path(sys.executable).parent}:$PATH")
    say(f"  export LONGBOAT_HOME={home}")
    for line in (f"status {job_id}", f"logs {job_id}", f"notebook {job_id}", "models"):
        say(f"  longboat {line}")
    say("Then submit a notebook of your own: longboat submit NOTEBOOK.ipynb --follow")


def _heading(text: str) -> None:
    say("")
    say(paint(text, bold=True))
