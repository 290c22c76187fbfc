"""Environments that jobs asked for: overlays over an interpreter's own, one for each content."""
