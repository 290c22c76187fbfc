"""Environments on the shared volume: ``environments/<key>``, one for all who require the same.

Each is a venv that also sees what the image has, built in a folder named after the job that builds
it; a link by the key, made last, makes it the one. Beside it lies a folder with an empty file for
each job that needs it, as with code (luggage.py): the last one takes it along.
"""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import subprocess
import sys
from typing import Dict, List

from longboat.errors import Broken

_FOLDER = "environments"
_BASE = "_longboat_base.pth"
_SHOWN = 1500
"""Characters of what pip said last: it fits into a pod's last word."""


def interpreter(volume: str, key: str) -> str:
    """Where the interpreter of an environment is."""
    return os.path.join(volume, _FOLDER, key, "bin", "python")


def provide(volume: str, job: str, key: str, requirements: str, variables: Dict[str, str]) -> None:
    """Have it there for a job; ``requirements`` is a file for pip, ``variables`` are pip's.

    Raises OSError, Broken when it cannot be built: with the last that was said.
    """
    folder = os.path.join(volume, _FOLDER)
    needed = _needed(volume, key)
    os.makedirs(needed, exist_ok=True)
    # Noted before it is looked for: whoever removes it at this moment looks for notes.
    with open(os.path.join(needed, job), "wb"):
        pass
    link, own = os.path.join(folder, key), os.path.join(folder, "{}.{}".format(key, job))
    if os.path.exists(os.path.join(link, "bin", "python")):
        return
    shutil.rmtree(own, ignore_errors=True)
    _build(own, requirements, variables)
    try:
        os.symlink(os.path.basename(own), link)
    except FileExistsError:  # another has been quicker
        shutil.rmtree(own, ignore_errors=True)


def _build(folder: str, requirements: str, variables: Dict[str, str]) -> None:
    # With a pip of its own: images may have none.
    _run([sys.executable, "-m", "venv", folder], variables)
    (site,) = glob.glob(os.path.join(folder, "lib", "python*", "site-packages"))
    base = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    with open(os.path.join(site, _BASE), "w", encoding="utf-8") as file:
        file.writelines(path + "\n" for path in base)
    pip = [os.path.join(folder, "bin", "python"), "-m", "pip", "install"]
    options = ["--quiet", "--no-input", "--no-cache-dir", "--disable-pip-version-check"]
    _run([*pip, *options, "--requirement", requirements], variables)


def _run(command: List[str], variables: Dict[str, str]) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **variables, "PYTHONNOUSERSITE": "1"},
        check=False,
    )
    if done.returncode:
        raise Broken(done.stdout.decode("utf-8", "replace")[-_SHOWN:].strip() or "no word of pip")


def check(volume: str, key: str) -> str:
    """Give the interpreter of an environment that is there. Raises Broken when it is not."""
    found = interpreter(volume, key)
    if not os.path.exists(found):
        raise Broken("The environment of the job's requirements is not on the volume any more.")
    return found


def drop(volume: str, job: str) -> None:
    """Have no environment there any more that only this job needs. Raises OSError."""
    folder = os.path.join(volume, _FOLDER)
    for needed in glob.glob(os.path.join(glob.escape(folder), "*.jobs")):
        _drop(volume, os.path.basename(needed)[: -len(".jobs")], job)


def _drop(volume: str, key: str, job: str) -> None:
    needed, link = _needed(volume, key), os.path.join(volume, _FOLDER, key)
    _drop_unfinished(link, job)
    try:
        os.unlink(os.path.join(needed, job))
        os.rmdir(needed)
    except OSError:  # it did not need it, or others do
        return
    dead = "{}.{}.dead".format(link, job)
    with contextlib.suppress(FileNotFoundError):  # it was never built
        os.rename(link, dead)
        if os.path.isdir(needed):
            os.rename(dead, link)  # somebody has found it just before
        else:
            shutil.rmtree(os.path.join(os.path.dirname(link), os.readlink(dead)))
            os.unlink(dead)


def _drop_unfinished(link: str, job: str) -> None:
    """What the job began to build, and was not to become the one."""
    own = "{}.{}".format(link, job)
    if os.path.isdir(own) and not (
        os.path.islink(link) and os.readlink(link) == os.path.basename(own)
    ):
        shutil.rmtree(own)


def _needed(volume: str, key: str) -> str:
    return os.path.join(volume, _FOLDER, key + ".jobs")
