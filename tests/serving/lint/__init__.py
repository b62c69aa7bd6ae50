"""Lint of a models.config."""
