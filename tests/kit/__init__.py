"""Builders and drivers that tests share; no tests."""
