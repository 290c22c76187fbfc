"""Observation → reason, sentence, fix: one table, read by every backend and face."""
