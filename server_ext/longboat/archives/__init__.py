"""A whole job as one file: written, read with suspicion, and made a job of another home."""
