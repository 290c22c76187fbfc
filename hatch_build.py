"""Puts the Lab's extension into the wheel where it was built: ``make extension`` builds it.

A wheel for others must have it. An editable install does without, since TensorFlow, the command
line and the tests of Python need no Node; ``make extension`` then links what it has built.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = "server_ext/longboat/labextension"
INSTALLED = "share/jupyter/labextensions/longboat"
PAGE = "server_ext/longboat/server/page"
"""The page of a service, which the server gives; of the package, although git ignores it."""


class LabExtension(BuildHookInterface):
    """Adds the built extension as shared data."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add it, or refuse to make a wheel that lacks it."""
        if version == "editable":
            return
        needed = (Path(BUILT, "package.json"), Path(PAGE, "try.js"), Path(PAGE, "try.css"))
        if not all(Path(self.root, each).is_file() for each in needed):
            raise FileNotFoundError("The Lab's extension is not built; run: make extension")
        build_data["shared_data"][BUILT] = INSTALLED
        build_data["force_include"][PAGE] = "longboat/server/page"
