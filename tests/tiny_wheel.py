"""A package that is small, and comes from a folder."""

from __future__ import annotations

import zipfile
from pathlib import Path


def write_wheel(folder: Path, version: str, needs: str = "") -> None:
    """A package ``tiny`` of one module."""
    info = f"tiny-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n"
    metadata += f"Requires-Dist: {needs}\n" if needs else ""
    files = {
        "tiny.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(folder / f"tiny-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
