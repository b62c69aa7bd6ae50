"""The uptime of a server: when it does not stay up, and when it is taken to stay up again."""

import pytest

from generator.agent.decide.load_history import Refused
from generator.agent.decide.uptime import CALM, Uptime

ENOUGH = 60.0
DOWN = Refused("nobody listens")


def after(found, *answering):
    """Return *found* after a server has answered and ended: for so many seconds each time."""
    now = 0.0
    for seconds in answering:
        found = found.after({}, now, ENOUGH).after({}, now + seconds, ENOUGH)
        found = found.after(DOWN, now + seconds, ENOUGH)
        now += seconds + 1
    return found


@pytest.mark.parametrize(
    ("answering", "ends"),
    [((5, 5, 5), 3), ((5, 5, 60), 1), ((5, 60, 5), 2), ((5, 5, 5, 60), 1), ((5, 5, 5, 59), 4)],
)
def test_only_ends_with_less_than_a_minute_between_them_count(answering, ends):
    """Also of a server that did not stay up before."""
    found = after(Uptime(), *answering)
    assert found.ends == ends
    assert found.is_restless is (ends >= 3)


@pytest.mark.parametrize("seconds", [ENOUGH, ENOUGH * CALM - 1, ENOUGH * CALM])
def test_a_server_that_did_not_stay_up_does_when_it_has_answered_for_longer(seconds):
    """Its pod takes turns from then on, and others count it in since a minute."""
    found = after(Uptime(), 5, 5, 5).after({}, 100.0, ENOUGH)
    assert found.after({}, 100.0 + seconds, ENOUGH).is_restless is (seconds < ENOUGH * CALM)
