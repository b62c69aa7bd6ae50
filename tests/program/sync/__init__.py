"""Tests of a whole sync, by subject."""
