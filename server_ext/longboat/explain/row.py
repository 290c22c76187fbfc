"""A row of explain's table."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from longboat.explain.template import Value, fields


class Row(msgspec.Struct, frozen=True):
    """One reason: its two templates, and other rows for particular values of one field."""

    message: str
    fix: str = ""
    by: str = ""
    variants: Mapping[Value, Row] = {}

    def fields(self) -> set[str]:
        """Every field that the row may read."""
        found: set[str] = (
            fields(self.message) | fields(self.fix) | ({self.by} if self.by else set())
        )
        for row in self.variants.values():
            found |= row.fields()
        return found

    def choose(self, details: Mapping[str, Value]) -> Row:
        """The variant for these details, else the row itself."""
        return self.variants.get(details.get(self.by, ""), self)
