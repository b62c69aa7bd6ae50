"""Benchmarks against public tools; see README.md."""
