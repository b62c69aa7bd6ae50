"""Agents that are killed at random moments, beside a server that goes on."""

from collections.abc import Iterator

from generator.serving.state import ModelState
from tests.campaigns.campaign import Trial
from tests.histories.pods.events import Commit, Event, KillAgent, Pause, Start
from tests.histories.pods.play import play as play_history
from tests.histories.pods.runners import BrokenPromiseError
from tests.histories.pods.world import BROKEN, MODELS, NUMBERS

_KILLS = 12
"""In one history: its begin and its end take some seconds."""
WHAT = "kills of an agent"


def play(trial: Trial, kills: int) -> None:
    """Play histories of commits and kills, until there were so many."""
    for first in range(0, kills, _KILLS):
        number = min(_KILLS, kills - first)
        root = trial.below(f"pod-{first}")
        try:
            play_history(root, [*_history(trial, number)], pods=1)
        except BrokenPromiseError as error:
            trial.tally.losses.append(str(error))
        trial.tally.said((root / "pod-0/agent.log").read_text(), f"{WHAT} in {root}")
        trial.tally.counts[WHAT] += number


def _history(trial: Trial, kills: int) -> Iterator[Event]:
    draw = trial.random
    good = [key for name in MODELS for number in NUMBERS if (key := (name, number)) not in BROKEN]
    yield from (Commit({"a": ModelState(frozenset({1}), (("stable", 1),))}), Start(0), Pause(1.5))
    for _ in range(kills):
        chosen: dict[str, set[int]] = {}
        for name, number in draw.sample(good, draw.randint(1, 4)):
            chosen.setdefault(name, set()).add(number)
        yield Commit(
            {
                name: ModelState(frozenset(numbers), (("stable", draw.choice(sorted(numbers))),))
                for name, numbers in chosen.items()
            }
        )
        yield from (Pause(round(draw.expovariate(2), 3)), KillAgent(0))
        yield from (Pause(round(draw.expovariate(5), 3)), Start(0))
