"""Every message of the package, read in its source: a sentence, and what to do about it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import longboat
from badinput.sentences import complaint

PACKAGE = Path(longboat.__file__).parent
USER_ERRORS = frozenset({"BadInput.of", "Problem", "NotFound", "Conflict", "TooLarge", "add"})
OTHERS = frozenset({"Unavailable", "Broken"})
FOLLOWS_A_NAME = frozenset({"refuse", "_problem"})
"""What they are given goes on after the name of a file or pattern."""
HOLE = "Hole"
"""Stands for what is filled in."""

IMPERATIVES = """
add ask call check choose clear convert declare evaluate export fetch free give import install
leave list lists look make may mend must name need needs only put register remove rename restore
save say see send set shorten submit tag take try untag use wait want wanted wants write
"""
ALTERNATIVES = (
    "(it has|known|models|deployed|registered|have|there is|the last one is)[:,]? ",
    "(the least is|at most|out of range|did you mean|jobs need|is kept|reads|runs) ",
)
ADVICE = re.compile("|".join([rf"\b({'|'.join(IMPERATIVES.split())})\b", *ALTERNATIVES]), re.I)
"""What to do, or among what one can choose."""

EVIDENT = re.compile(
    "syntax error|can(not)? be (read|written|used)|refused these|is a folder|not (valid )?JSON|"
    "not Unicode|null character|nested too deeply|not a number|not a notebook|has no |"
    "does not work|been removed|damaged"
)
"""What is wrong is told so precisely that mending it needs no word."""


class Message(NamedTuple):
    """A message as written in the source."""

    where: str
    kind: str
    text: str


def messages() -> Iterator[Message]:
    """Find what is told with an error, where it is written out at the call."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                kind = _name(node.func)
                text = _template(node.args[-1])
                if kind in USER_ERRORS | OTHERS | FOLLOWS_A_NAME and text is not None:
                    where = f"{path.relative_to(PACKAGE)}:{node.lineno}"
                    if kind != "add" or len(node.args) == 2:
                        yield Message(where, kind, text)


def _name(function: ast.expr) -> str:
    written = ast.unparse(function)
    return written if written in USER_ERRORS else written.rpartition(".")[2]


def _template(node: ast.expr) -> str | None:
    """The text with holes; None for what is put together elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value if " " in node.value else None
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _template(node.left) or HOLE, _template(node.right) or HOLE
        return left + right
    return None


MESSAGES = list(messages())


def test_the_messages_are_found() -> None:
    assert len(MESSAGES) > 100
    assert {message.kind for message in MESSAGES} >= USER_ERRORS | OTHERS - {"Conflict"}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.where)
def test_a_message_is_a_sentence_that_says_what_to_do(message: Message) -> None:
    text = message.text
    if message.kind in FOLLOWS_A_NAME:
        text = f"Hole {text}" + ("." if message.kind == "refuse" else "")
    assert not (complaint(text) and not text.endswith(HOLE)), f"{text!r} {complaint(text)}"
    assert not text[0].islower(), f"{text!r} begins with a small letter"
    if message.kind not in OTHERS:
        words = text.replace(HOLE, "…")
        filled_in = not re.search(r"\w{3}", words)
        assert filled_in or ADVICE.search(words) or EVIDENT.search(words), f"{text!r}: and now?"
