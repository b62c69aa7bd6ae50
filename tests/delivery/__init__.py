"""Commits and pull requests."""
