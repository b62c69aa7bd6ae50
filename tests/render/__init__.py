"""Rendered files."""
