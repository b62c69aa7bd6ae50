"""Fixtures of histories."""

import pytest

from tests.histories.waves.world import WaveWorld


@pytest.fixture
def world() -> WaveWorld:
    """Return three pods that serve version 1 of two models, and have done so for a while."""
    world = WaveWorld()
    for name in "ab":
        world.publish(name, 1, "good")
    world.commit({}, a=1, b=1)
    for _ in range(3):
        world.add()
    world.until_settled()
    world.wait(20)
    return world
