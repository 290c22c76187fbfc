"""Which commit the notebook's folder is at, asked of git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import msgspec

_SECONDS = 2.0


class GitState(msgspec.Struct, frozen=True):
    """The state of a working tree."""

    commit: str
    """The full hash."""
    dirty: bool
    """Something tracked in the notebook's folder differs from that commit."""


def git_state(folder: Path) -> GitState | None:
    """Ask git, for ``folder`` only; None without a repository, a commit, git or an answer in time.

    The repository's file system monitor is not started, and its index is not written.
    """
    folder = folder.absolute()
    if not any((parent / ".git").exists() for parent in (folder, *folder.parents)):
        return None
    command = [
        "git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", str(folder),
        "status", "--porcelain=v2", "--branch", "--untracked-files=no", "--ignore-submodules=all",
        "--", ".",
    ]  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            env=environment | {"LC_ALL": "C"},
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _read(done.stdout.decode("utf-8", "replace").splitlines())


def _read(lines: list[str]) -> GitState | None:
    """Read git-status(1)'s porcelain format 2."""
    head = "# branch.oid "
    commits = [line.removeprefix(head) for line in lines if line.startswith(head)]
    if not commits or commits[0].startswith("("):
        return None
    return GitState(commits[0], any(not line.startswith("#") for line in lines))
