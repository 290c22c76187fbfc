"""A rehearsal: what follows from a failure is not told as another."""

from __future__ import annotations

import pytest
from guest_core_tools import Result, run_notebook

from longboat.guest.rehearsal import names_of


@pytest.mark.parametrize(
    ("source", "read", "made"),
    [
        ("import a.b, c as d\nfrom e import f", set(), {"a", "d", "f"}),
        ("x = y\ndef g(z): return z + w", {"y", "w"}, {"x", "g"}),
        ("class A(B): pass\nfor i in range(3): k = i", {"B", "range"}, {"A", "i", "k"}),
        ("x += 1\ndel y\nz = 1\nprint(z)", {"x", "y", "print"}, {"x", "z"}),
        ("def f():\n    x = 1\n    return [x + y for y in w]", {"w"}, {"f"}),
        ("x = x + 1\nk = lambda a, b=c: a + d", {"x", "c", "d"}, {"x", "k"}),
        ("with open(p) as f:\n    t = f.read()", {"open", "p"}, {"f", "t"}),
        ("%matplotlib inline\n!ls\nx = 1", set(), {"x"}),
        ("%%bash\nls -l", set(), set()),
        ("%%time\nx = load()", {"load"}, {"x"}),
        ("this is no Python", set(), set()),
    ],
)
def test_names_that_code_reads_and_makes(source: str, read: set[str], made: set[str]) -> None:
    assert names_of(source) == (read, made)


def test_only_what_comes_from_a_line_on_was_not_made() -> None:
    assert names_of("a = 1\nb = 2\nc = (\n  3)", line=3).made == {"c"}


def rehearse(tmp_path, *cells: str) -> Result:
    return run_notebook(tmp_path, *cells, LONGBOAT_REHEARSE="1")


def found(done: Result) -> list[tuple[str, int]]:
    return [(each["error"]["reason"], each["error"]["cell"]) for each in done.events("finding")]


def test_it_goes_on_and_leaves_out_what_cannot_be_known(tmp_path):
    done = rehearse(
        tmp_path,
        "a = 1\nimport no_such_module\nb = 2",
        "print(a)",
        "c = b + 1",
        "print(c)",
        "open('missing.csv')",
        "b = 3; print('b is', b)",
        "def f(c): return c",
    )
    assert done.code == 1
    assert done.error == {"reason": "rehearsal-found", "count": 2}
    assert found(done) == [("import-missing", 1), ("cell-failed", 5)]
    assert [each["message"] for each in done.events("warning")] == [
        "Cell 3 was not rehearsed: it needs b.",
        "Cell 4 was not rehearsed: it needs c.",
    ]
    assert done.text(1) == "1\n" and done.text(5) == "b is 3\n"
    assert "Traceback" not in str(done.events("finding"))


def test_where_nothing_is_wrong_nothing_is_found(tmp_path):
    done = rehearse(tmp_path, "x = 1", "print(x)", "import sys; sys.exit(0)", "never")
    assert (done.code, found(done)) == (0, [])


def test_who_does_not_lead_ends_well_and_tells_what_it_found(tmp_path):
    done = run_notebook(tmp_path, "1 / 0", LONGBOAT_REHEARSE="1", LONGBOAT_ROLE="worker:1")
    assert done.code == 0
    assert found(done) == [("cell-failed", 1)]


def test_an_interrupt_ends_it(tmp_path):
    done = rehearse(tmp_path, "raise KeyboardInterrupt", "print('never')")
    assert done.code == 130 and "never" not in done.log
