"""A branch of years: its history is told in little memory, as `benchmarks.history` measures it."""

import os
import sys

import pytest

from benchmarks.history import make_branch, write_prod
from benchmarks.measure import run

MEGABYTE = 1_000_000


@pytest.mark.slow
def test_the_history_of_a_long_branch_takes_little_memory(tmp_path):
    """The library's own bounds let it keep all that was read: 142 MB for as many commits."""
    make_branch(tmp_path / "origin.git", 20_000)
    write_prod(tmp_path / "project", tmp_path / "origin.git")
    words = ["-C", str(tmp_path / "project"), "history", "prod", "--limit", "100000"]

    used = run(sys.executable, "-m", "generator", *words, env=os.environ)

    assert used.peak < 100 * MEGABYTE
