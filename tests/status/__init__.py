"""Servers and agents against Git."""
