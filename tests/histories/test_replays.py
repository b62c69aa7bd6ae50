"""A seed is one rollout, whoever plays it: what a campaign tells of is found again by its seed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_PLAYS = """
from tests.histories.waves.drawing import play, play_in_little_memory
for world in (*map(play, (19, 49)), play_in_little_memory(2)):
    print(*world.log, *(it.status for it in world.pods), sep="\\n")
"""
"""In the first two, two versions are to blame for the end of a server at the same second."""


@pytest.mark.slow
def test_a_seed_is_the_same_rollout_in_each_process():
    """Nothing of it depends on the order of a set, which each process has by chance."""
    one, other = (
        subprocess.run(
            [sys.executable, "-c", _PLAYS],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        for seed in "13"
    )
    assert one.stdout
    is_same = one.stdout == other.stdout
    assert is_same
