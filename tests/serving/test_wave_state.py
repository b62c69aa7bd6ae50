"""What agents tell each other of their waves: read whole, or not at all."""

import json

import pytest

from generator.agent.report import Report, status
from generator.serving.wave_reading import peer
from generator.serving.wave_state import Kept, Leave, Refusal, Trial, WaveState

STATE = WaveState(
    "pod-1",
    was_ready=True,
    answering=12.0,
    trials={("a", 2): Trial("sha256:2", 3.5), ("a", 3): Trial("sha256:3", is_again=True)},
    refused={("b", 1): Refusal("sha256:b", "pod-2", "NOT_FOUND: no")},
    proven={("a", 0): "sha256:0"},
    template="5f7c9",
    leave=Leave.ASKS,
    yields=True,
    keeps={("a", 1): Kept("team/a", "tensorflow", {"version": 1}, ("stable",))},
)


def told(**changes):
    """Return the status of an agent, as it comes over the wire."""
    found = json.loads(json.dumps(status(Report(0.0, wave=STATE), 1.0)))
    return {**found, **changes}


def test_what_is_told_is_what_is_read():
    """By the agent of another pod."""
    found = peer(told(), "10.0.0.1:9090")
    assert found.wave == STATE
    assert (found.pod, found.age) == ("pod-1", 1.0)


def test_an_agent_that_knows_no_waves_has_its_address_for_a_name():
    """So has one of a release that has never heard of them, and one that says more than we know."""
    known = told(environment="prod", wave=None)
    without = {key: it for key, it in {**known, "more": "?"}.items() if key != "wave"}
    for found in (peer(without, "10.0.0.1:9090"), peer(known, "10.0.0.1:9090")):
        assert (found.pod, found.wave) == ("10.0.0.1:9090", None)


def test_an_agent_that_has_just_started_tells_nothing():
    """Taken for one without waves, it would lose its place to a pod that tries the same version."""
    with pytest.raises(ValueError, match="it has not looked yet"):
        peer(status(Report(0.0), 1.0), "10.0.0.1:9090")


@pytest.mark.parametrize(
    "garbage",
    [
        *(None, [], "x", 1, {}, {"wave": {}}),
        told(ready="yes"),
        told(generation=True),
        told(served={"models": [1]}),
        told(secondsSinceRound=float("inf")),
        told(secondsSinceRound=-1),
        told(failed=[{"model": "a", "version": -1, "error": "x"}]),
        told(wave=[]),
        told(wave={**STATE.json, "pod": "a\nb"}),
        told(wave={**STATE.json, "pod": "x" * 300}),
        told(wave={**STATE.json, "wasReady": 1}),
        told(wave={**STATE.json, "secondsAnswering": "1"}),
        told(wave={**STATE.json, "secondsAnswering": float("nan")}),
        told(wave={**STATE.json, "leave": "soon"}),
        told(wave={**STATE.json, "yields": 1}),
        told(served={"models": {"a": {"versions": [1], "labels": ["stable"]}}}),
        told(wave={**STATE.json, "trials": [1]}),
        told(wave={**STATE.json, "refused": [{"model": "a"}]}),
    ],
)
def test_what_is_no_status_is_refused_whole(garbage):
    """By the errors that an answer of a server is refused by."""
    with pytest.raises((LookupError, TypeError, ValueError)):
        peer(garbage, "10.0.0.1:9090")


def test_words_of_others_are_one_line_and_short():
    """They are told on this pod's terminal."""
    long = {**STATE.json, "refused": [{**STATE.json["refused"][0], "error": "a\x1b[31m\n" * 500}]}
    [refusal] = peer(told(wave=long), "x").wave.refused.values()
    assert len(refusal.why) <= 400
    assert "\x1b" not in refusal.why
    assert "\n" not in refusal.why
