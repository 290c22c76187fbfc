"""What is said on a machine that cannot have the cluster."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cluster import packages, programs
from cluster.errors import ClusterError


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A PATH with nothing on it."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("bare_machine")
def test_without_root_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ClusterError, match=r"as root after `apt-get install .*containerd.*runc"):
        packages.require_root()


@pytest.mark.usefixtures("bare_machine")
def test_without_apt_the_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(ClusterError, match="Install what the test cluster needs: buildah, "):
        packages.install(print)


@pytest.mark.usefixtures("bare_machine")
def test_without_go_it_is_said_in_a_sentence() -> None:
    with pytest.raises(ClusterError, match=r"there is no `go` on the PATH\. Install Go 1\.26"):
        programs.folder_of("kwok", "sigs.k8s.io/kwok")
