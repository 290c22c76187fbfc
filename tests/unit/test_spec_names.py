from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longboat.errors import BadInput
from longboat.spec.names import (
    LONGEST,
    NamedKind,
    check_claim,
    check_image,
    check_name,
    check_variable,
    slug,
)


@pytest.mark.parametrize("name", ["a", "digits", "run-2", "a" * 30])
def test_names_that_are_ones(name: str) -> None:
    assert check_name("job", name) == name


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Digits", "digits"),
        ("2nd", "job-2nd"),
        ("a_b", "a-b"),
        ("a-", "a"),
        ("-a", "a"),
        ("", "job"),
        ("a" * 31, "a" * 30),
        ("../x", "x"),
        ("Über uns", "uber-uns"),
        ("a\n", "a"),
        (7, "job"),
    ],
)
def test_a_refused_name_comes_with_a_better_one(name: object, suggestion: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_name("job", name)
    (problem,) = caught.value.problems
    assert problem.field == "job"
    assert f'for example "{suggestion}"' in problem.message
    assert "\n" not in problem.message


@given(st.text(), st.sampled_from(get_args(NamedKind)))
def test_a_slug_is_always_a_name(text: str, kind: NamedKind) -> None:
    assert check_name(kind, slug(text, kind)) == slug(text, kind)
    assert slug(slug(text, kind), kind) == slug(text, kind)


@given(st.text(alphabet="aZ0-_. é", max_size=60))
def test_every_accepted_name_is_a_dns_label(text: str) -> None:
    for kind in get_args(NamedKind):
        try:
            name = check_name(kind, text)
        except BadInput:
            continue
        assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", name)
        assert len(name) <= LONGEST[kind] < 63


@pytest.mark.parametrize("name", ["PATH", "_x", "lower", "TF_CONFIGURATION", "LONGBOATS"])
def test_variables(name: str) -> None:
    assert check_variable(name, "env") == name


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("LONGBOAT_ROLE", "set by Longboat itself"),
        ("TF_CONFIG", "set by Longboat itself"),
        ("1A", "cannot be the name"),
        ("A-B", "cannot be the name"),
        ("", "cannot be the name"),
        ("A\n", "cannot be the name"),
        ("É", "cannot be the name"),
        (None, "cannot be the name"),
    ],
)
def test_variables_that_are_refused(name: object, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        check_variable(name, "env")


DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "image",
    [
        "trainer",
        "trainer:1.0",
        "team/trainer",
        "registry.example.org/team/trainer:1.0",
        "localhost:5000/trainer:Latest_2",
        "REGISTRY.example.org/trainer",
        "a__b/c--d/e.f",
        f"trainer@{DIGEST}",
        f"registry.example.org:443/team/trainer:1.0@{DIGEST}",
    ],
)
def test_images(image: str) -> None:
    assert check_image(image) == image


@pytest.mark.parametrize(
    "image",
    [
        "",
        "Trainer",
        "team/Trainer:1",
        "trainer:",
        "trainer:1:2",
        "trainer: 1",
        "trainer\n",
        "/trainer",
        "team//trainer",
        "team/trainer/",
        "-trainer",
        "a___b",
        "https://registry.example.org/trainer",
        "trainer@sha256:0123",
        "trainer:" + "t" * 129,
        "a" * 513,
        "ünïcode",
        5,
        None,
    ],
)
def test_images_that_are_refused(image: object) -> None:
    with pytest.raises(BadInput, match="is not an image: write it like") as caught:
        check_image(image)
    assert [problem.field for problem in caught.value.problems] == ["image"]


@pytest.mark.parametrize("claim", ["shared", "a", "2nd", "team.shared-1", "c" * 253])
def test_claims(claim: str) -> None:
    assert check_claim(claim) == claim


@pytest.mark.parametrize(
    "claim", ["", "My-Claim", "a_b", "-a", "a-", "a..b", ".a", "a/b", "a\n", "c" * 254, 5, None]
)
def test_claims_that_are_refused(claim: object) -> None:
    with pytest.raises(BadInput, match="cannot be the name of a volume claim") as caught:
        check_claim(claim)
    assert [problem.field for problem in caught.value.problems] == ["volume"]
