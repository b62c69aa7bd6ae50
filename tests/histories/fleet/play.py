"""Playing one history, and looking for one that a changed program does not survive."""

import re
from collections.abc import Callable
from random import Random

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.strategies import SearchStrategy

from generator.environment.environment import Choice
from generator.simulated_server.store import GOOD, Upload
from tests.histories.fleet.actions import Publish
from tests.histories.fleet.drawing import History
from tests.histories.fleet.pods import BrokenPromiseError, Lag
from tests.histories.fleet.world import SETTLE, ModelRule, World
from tests.kit.examples import examples

PODS = (Lag(90), Lag(600, 600))
"""The pods that are there from the start: one sees each commit, one skips some."""


def play(world: World, history: History, third: Upload = GOOD) -> None:
    """Serve version 1 of two models, let *history* happen, and let all come to rest.

    Two versions more are there; the last behaves as *third*.

    Raises:
        BrokenPromiseError: What must never be.
    """
    for model, labels in (("a", {"stable": 1}), ("b", {})):
        for number, upload in ((1, GOOD), (2, GOOD), (3, third)):
            Publish(model, number, upload)(world)
        world.policy[model] = ModelRule(Choice(pin=(1,)), labels)
    world.sync()
    for lag in PODS:
        world.start_pod(lag)
    world.advance(SETTLE + 1)
    for action in history:
        action(world)
    world.settle()


def breaking(
    histories: SearchStrategy[History], run: Callable[[History], None], promise: str
) -> History:
    """Return the first of *histories* that breaks a promise whose words match *promise*.

    Raises:
        hypothesis.errors.NoSuchExample: None of 3000 does, and none of 10,000 at night.
    """

    def breaks(history: History) -> bool:
        try:
            run(history)
        except BrokenPromiseError as error:
            return re.search(promise, str(error)) is not None
        return False

    generate = settings(
        settings.default,
        max_examples=examples(3000),
        phases=[Phase.generate],
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    return find(histories, breaks, settings=generate, random=Random(0))
