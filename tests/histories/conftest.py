"""Fixtures of histories."""

import pytest

from tests.histories.waves.world import WaveWorld


@pytest.fixture
def world() -> WaveWorld:
    """Return three pods that serve version 1 of two models, and have done so for a while."""
    world = WaveWorld()
    world.begin("a", "b")
    world.wait(20)
    return world
