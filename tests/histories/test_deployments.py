"""Whatever happens to a fleet of Deployments, labels go on answering from a ready pod."""

import pytest
from hypothesis import HealthCheck, given, settings

from generator.environment.environment import Choice
from generator.plan import git_steps
from tests.histories.fleet.actions import Edit, Switch
from tests.histories.fleet.deployments import DeploymentWorld
from tests.histories.fleet.drawing import (
    BROKEN,
    History,
    history_of,
    with_rolling_pods,
    with_switches,
)
from tests.histories.fleet.play import play
from tests.histories.fleet.pods import BrokenPromiseError
from tests.histories.fleet.world import SETTLE, ModelRule
from tests.kit.examples import costly

many = settings(
    max_examples=costly(25),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

SWITCH_AND_MOVE: History = history_of(
    [
        [
            (Switch("rolling"), 300),
            (Edit("a", ModelRule(Choice(pin=(2,)), {"stable": 2})), 60),
            (Switch("rolling"), SETTLE),
        ]
    ]
)
"""A model moves while pods that reload are still there: they see their ConfigMap change."""


def play_rolling(history: History) -> None:
    """Play a history in which each change comes in new pods."""
    play(DeploymentWorld(), history, third=BROKEN)


def play_switching(history: History) -> None:
    """Play a history that begins with pods that reload, and in which a person switches."""
    play(DeploymentWorld("hot"), history)


@many
@given(with_rolling_pods())
def test_new_pods_break_nothing_with_one_commit_for_each_change(history):
    """With versions that never load, and with any commit reverted.

    What fails takes the place of nothing, and what can be served is, by the last commit.
    """
    play_rolling(history)


@many
@given(with_switches())
def test_a_switch_between_hot_and_rolling_breaks_nothing(history):
    """Neither while old pods that reload see the commits of new ones, nor on the way back."""
    play_switching(history)


def test_steps_are_taken_until_no_pod_reloads_any_more(monkeypatch):
    """A change in one commit would be refused for ever by a pod of before the switch."""
    play_switching(SWITCH_AND_MOVE)
    monkeypatch.setattr(
        git_steps, "are_needed", lambda environment, _: not environment.serving.is_rolling
    )

    with pytest.raises(BrokenPromiseError):
        play_switching(SWITCH_AND_MOVE)
