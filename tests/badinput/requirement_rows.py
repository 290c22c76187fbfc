"""Environments that cannot be: what a file for --requirements may not say."""

from __future__ import annotations

from badinput.rows import submits

FILES = {
    "option.txt": "--index-url https://example.invalid/simple\nscipy\n",
    "other.txt": "-r more.txt\n",
    "editable.txt": "-e .\n",
    "address.txt": "tiny @ https://me:secret@example.invalid/tiny.whl\n",
    "path.txt": "./tiny.whl\n",
    "words.txt": "please install scipy\n",
    "many.txt": "".join(f"p{number}\n" for number in range(501)),
    "conda.yml": "dependencies:\n- scipy=1.11\n- pip:\n  - tiny\n",
    "list.yml": "- a\n- b\n",
    "broken.yml": "a: [\n",
    "numbers.yml": "dependencies:\n- pip:\n  - 3\n",
}
"""Name → what is in it; written into the folder ``needs``."""

REQUIREMENTS = submits(
    "environments",
    ("--requirements needs/absent.txt", "requirements", "cannot be read: No such file"),
    ("--requirements needs", "requirements", "needs cannot be read: Is a directory"),
    ("--requirements needs/option.txt", "requirements", "--index-url is an option of pip's; put"),
    ("--requirements needs/other.txt", "requirements", "-r names another file; write its lines"),
    ("--requirements needs/editable.txt", "requirements", "-e installs a folder"),
    ("--requirements needs/address.txt", "requirements", "tiny is to come from an address; name"),
    ("--requirements needs/path.txt", "requirements", '"./tiny.whl" is no requirement; write a'),
    ("--requirements needs/words.txt", "requirements", "is no requirement; write a name and"),
    ("--requirements needs/many.txt", "requirements", "501 requirements; at most 500 are taken"),
    ("--requirements needs/conda.yml", "requirements", r"packages of conda \(scipy=1.11\), which"),
    ("--requirements needs/list.yml", "requirements", "has no list of dependencies; write one"),
    ("--requirements needs/broken.yml", "requirements", "is not YAML; mend it"),
    ("--requirements needs/numbers.yml", "requirements", "lists for pip must be texts; mend it"),
)
