"""Images without a registry: Debian by debootstrap, the others from Dockerfiles by buildah.

Each is built again when its Dockerfile, its base or what goes into it changed, and kept as an
archive that containerd imports.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cluster import machine
from cluster.commands import output
from cluster.layout import BIN, BUILD, CONTAINERD_ROOT, HERE, IMAGES, INSIDE, ROOT
from longboat.system.files import write_atomic

SUITE = "bookworm"
BASE = "debian:bookworm-slim"
TRAINER = "localhost/longboat/trainer:test"
PLAIN = "localhost/longboat/plain:test"
PYTHON = "localhost/longboat/python:test"
PAUSE = "localhost/longboat/pause:test"
IMPORTED = CONTAINERD_ROOT / "imported"


@dataclass(frozen=True)
class Image:
    """An image: the name that pods use, its Dockerfile, and the files that go into it."""

    name: str
    reference: str
    dockerfile: Path
    context: Path
    contents: Sequence[Path] = ()
    arguments: dict[str, str] = field(default_factory=dict)
    base: Image | None = None
    """What it is built from, when that is built here as well."""

    @property
    def archive(self) -> Path:
        """The image as one file."""
        return IMAGES / f"{self.name}.tar"

    @property
    def stamp(self) -> Path:
        """Says what the archive was built from."""
        return IMAGES / f"{self.name}.stamp"


OWN = HERE / "images"
DEBIAN_ROOT = IMAGES / "debian"
DEBIAN = Image("debian", BASE, OWN / "debian" / "Dockerfile", DEBIAN_ROOT)
PAUSE_IMAGE = Image("pause", PAUSE, OWN / "pause" / "Dockerfile", OWN / "pause", base=DEBIAN)
PYTHON_IMAGE = Image("python", PYTHON, OWN / "python" / "Dockerfile", OWN / "python", base=DEBIAN)
TRAINER_IMAGE = Image(
    name="trainer",
    reference=TRAINER,
    dockerfile=ROOT / "images/trainer/Dockerfile",
    context=ROOT,
    contents=(ROOT / "constraints.txt",),
    base=DEBIAN,
)
PLAIN_IMAGE = Image(
    name="plain",
    reference=PLAIN,
    dockerfile=OWN / "plain" / "Dockerfile",
    context=OWN / "plain",
    arguments={"TRAINER": f"docker-archive:{TRAINER_IMAGE.archive}"},
    base=TRAINER_IMAGE,
)
FOR_PODS = (PAUSE_IMAGE, PYTHON_IMAGE, TRAINER_IMAGE, PLAIN_IMAGE)
"""What the tests' pods run in, each after its base, the biggest last."""


def controller(program: str, reference: str) -> Image:
    """The image of a controller that was built here, under the name that its manifest asks for."""
    dockerfile = OWN / "controller" / "Dockerfile"
    name = f"{program}-controller"
    return Image(name, reference, dockerfile, BIN, (BIN / program,), {"PROGRAM": program})


def build_all(say: Callable[[str], None]) -> None:
    """Build Debian, and what the tests' pods run in."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    _buildah("rm", "--all")  # what a build that was cut off left
    if not _current(DEBIAN):
        say("Making a Debian image with debootstrap …")
        _bootstrap()
        build(DEBIAN, say)
        shutil.rmtree(DEBIAN_ROOT)
    for image in FOR_PODS:
        build(image, say)


def build(image: Image, say: Callable[[str], None]) -> None:
    """Build one image and its archive, unless they are those of its sources."""
    if _current(image):
        return
    stamp = _stamp_of(image)
    started = time.monotonic()
    options = ["--isolation=chroot", "--network=host", f"--file={image.dockerfile}"]
    options += [f"--build-arg={name}={value}" for name, value in image.arguments.items()]
    _buildah("bud", *options, *_of_this_machine(), f"--tag={image.reference}", str(image.context))
    partial = image.archive.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    # Of the archives that containerd imports, the one that is not compressed: quicker both ways.
    _buildah("push", image.reference, f"docker-archive:{partial}:{image.reference}")
    partial.rename(image.archive)
    if image is not DEBIAN:
        _buildah("rmi", image.reference)
    if image.base not in (None, DEBIAN):  # it has come from its archive
        _buildah("rmi", image.base.reference)
    write_atomic(image.stamp, stamp)
    say(f"Built the image {image.name} in {time.monotonic() - started:.0f} s.")


def load_all() -> None:
    """Have containerd import what the tests' pods run in."""
    for image in FOR_PODS:
        load(image)


def load(image: Image) -> None:
    """Have containerd import an image, unless it did."""
    mark = IMPORTED / image.name
    wanted = image.stamp.read_bytes()
    if mark.is_file() and mark.read_bytes() == wanted:
        return
    inside = INSIDE / image.archive.relative_to(BUILD)
    machine.run(["ctr", "--namespace=k8s.io", "images", "import", str(inside)])
    IMPORTED.mkdir(parents=True, exist_ok=True)
    write_atomic(mark, wanted)


def _bootstrap() -> None:
    """Make Debian's root folder, and the archive of it that its Dockerfile adds."""
    root = DEBIAN_ROOT / "root"
    shutil.rmtree(DEBIAN_ROOT, ignore_errors=True)
    DEBIAN_ROOT.mkdir(parents=True)
    _alone(["debootstrap", "--variant=minbase", SUITE, str(root), *_mirror()])
    for package in (root / "var/cache/apt/archives").glob("*.deb"):
        package.unlink()
    output(["tar", "--create", f"--file={DEBIAN_ROOT}/root.tar", f"--directory={root}", "."])


def _mirror() -> list[str]:
    """The mirror that this machine's own packages come from, when it is a Debian of that suite."""
    form = "$(RELEASE) $(REPO_URI)"
    listed = output(["apt-get", "indextargets", "--format", form, "Created-By: Packages"])
    found = [line.split()[1] for line in listed.splitlines() if line.startswith(f"{SUITE} ")]
    return found[:1]


def _of_this_machine() -> list[str]:
    """How pip reaches packages from here: its index, and a company's certificate authority."""
    options = []
    certificates = os.environ.get("PIP_CERT")
    if certificates:
        seen = "/run/certificates.pem"
        options = [f"--volume={Path(certificates).resolve()}:{seen}:ro"]
        options += [f"--build-arg=PIP_CERT={seen}"]
    if "PIP_INDEX_URL" in os.environ:
        options += [f"--build-arg=PIP_INDEX_URL={os.environ['PIP_INDEX_URL']}"]
    return options


def _current(image: Image) -> bool:
    there = image.archive.is_file() and image.stamp.is_file()
    return there and image.stamp.read_bytes() == _stamp_of(image)


def _stamp_of(image: Image) -> bytes:
    """What the image is made of: reference, arguments, Dockerfile, contents and base."""
    content = hashlib.sha256(repr((image.reference, sorted(image.arguments.items()))).encode())
    for path in (image.dockerfile, *image.contents):
        with path.open("rb") as file:
            content.update(hashlib.file_digest(file, "sha256").digest())
    if image.base is not None:
        content.update(image.base.stamp.read_bytes())
    return content.hexdigest().encode()


def _buildah(*arguments: str) -> None:
    storage = [f"--root={IMAGES}/storage", f"--runroot={IMAGES}/storage-run"]
    _alone(["buildah", *storage, "--storage-driver=overlay", *arguments])


def _alone(command: Sequence[str]) -> None:
    """Run a command whose mounts nobody else sees: they go with it, however it ends."""
    alone = ("--mount", "--pid", "--mount-proc", "--fork", "--kill-child")
    output(["unshare", *alone, *command])
