"""Indexes, and what they prove."""
