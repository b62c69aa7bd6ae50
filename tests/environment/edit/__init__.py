"""Edits of an environment's text."""
