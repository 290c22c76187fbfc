"""The run directory's format, read and written, and the index over it."""
