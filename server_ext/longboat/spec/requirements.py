"""What a job wants beside what its interpreter has: requirements.txt, or pip's part of an
environment.yml.

Lines are requirements as PyPA specifies them ("Dependency specifiers"). Where packages come from is
the business of pip's own configuration, and no line may change it: a job's record holds what was
asked, and no address or password of an index.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from longboat.errors import BadInput
from longboat.spec.problems import Problems, shown

FIELD = "requirements"
MOST = 500
"""Requirements of one job."""
_LARGEST = 256 << 10
"""Bytes of a file."""
_COMMENT = re.compile(r"(^|\s)#.*$")
_CONDAS_OWN = frozenset({"python", "pip"})
"""Conda packages that are there anyway."""


def read_requirements(value: Any) -> tuple[str, ...]:
    """Read a file, named by a path, or a list of requirements; sorted, each once.

    Raises BadInput with every problem.
    """
    if isinstance(value, str | Path):
        path = Path(value)
        text = _read(path)
        lines = _of_yaml(path, text) if path.suffix in (".yml", ".yaml") else _of_text(text)
    elif isinstance(value, list | tuple) and all(isinstance(line, str) for line in value):
        lines = list(value)
    else:
        raise BadInput.of(FIELD, "Give the path of a file, or a list of requirements.")
    if len(lines) > MOST:
        raise BadInput.of(FIELD, f"There are {len(lines)} requirements; at most {MOST} are taken.")
    problems = Problems()
    found = {problems.attempt("", _requirement, line) for line in lines}
    problems.finish()
    return tuple(sorted(found))


def _read(path: Path) -> str:
    name = shown(str(path), 200)
    try:
        if path.is_file() and path.stat().st_size > _LARGEST:
            raise BadInput.of(FIELD, f"{name} is over {_LARGEST >> 10} KiB; name a smaller file.")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadInput.of(FIELD, f"{name} cannot be read: {reason}.") from None


def _of_text(text: str) -> list[str]:
    """The lines of a requirements.txt, continued ones joined, without comments and blank ones."""
    joined = re.sub(r"\\\r?\n", " ", text)
    lines = (_COMMENT.sub("", line).strip() for line in joined.splitlines())
    return [line for line in lines if line]


def _of_yaml(path: Path, text: str) -> list[str]:
    """What an environment.yml wants of pip. Raises BadInput when it wants more of conda."""
    import yaml

    name = shown(path.name)
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        raise BadInput.of(FIELD, f"{name} is not YAML; mend it.") from None
    wanted = document.get("dependencies") if isinstance(document, dict) else None
    if not isinstance(wanted, list):
        raise BadInput.of(FIELD, f"{name} has no list of dependencies; write one.")
    pips = [each["pip"] for each in wanted if isinstance(each, dict) and "pip" in each]
    lines = [line for each in pips if isinstance(each, list) for line in each]
    condas = [each for each in wanted if isinstance(each, str) and not _is_there_anyway(each)]
    if condas:
        listed = ", ".join(shown(each, 40) for each in condas[:5])
        raise BadInput.of(
            FIELD,
            f"{name} wants packages of conda ({listed}), which Longboat does not install; move "
            "them to its list for pip, or choose a kernel that has them.",
        )
    if not all(isinstance(line, str) for line in lines):
        raise BadInput.of(FIELD, f"What {name} lists for pip must be texts; mend it.")
    return lines


def _is_there_anyway(conda: str) -> bool:
    return re.split(r"[\s=<>!~]", conda.strip(), maxsplit=1)[0] in _CONDAS_OWN


def _requirement(line: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement

    if line.startswith("-"):
        raise BadInput.of(FIELD, _of_option(line))
    try:
        found = Requirement(line)
    except InvalidRequirement:
        raise BadInput.of(
            FIELD,
            f'"{shown(line)}" is no requirement; write a name and versions, such as scipy>=1.11.',
        ) from None
    if found.url is not None:
        raise BadInput.of(
            FIELD,
            f"{shown(found.name)} is to come from an address; name a version of it, and the index "
            "it is on in pip's own configuration.",
        )
    return str(found)


def _of_option(line: str) -> str:
    option = shown(re.split(r"[\s=]", line, maxsplit=1)[0])
    if option in ("-r", "--requirement", "-c", "--constraint"):
        return f"{option} names another file; write its lines into this one."
    if option in ("-e", "--editable"):
        return "-e installs a folder; what lies beside the notebook travels anyway: leave it out."
    return f"{option} is an option of pip's; put it into pip's own configuration (pip.conf, PIP_…)."
