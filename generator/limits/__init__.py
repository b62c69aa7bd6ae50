"""Limits: the most that is taken of anything from outside, each with its reason.

One module for each kind of input; `table` lists them all, as docs/reference/limits.md prints them.
"""
