"""What agents tell each other at /wave: small, exact, and the same while nothing changes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.agent.decide.config import Entry
from generator.agent.report import Report
from generator.agent.share import document as shared
from generator.serving.state import ModelState
from generator.serving.wave_document import document
from generator.serving.wave_state import Refusal, Trial, WaveState
from tests.kit.schemas import schema

WAVE = WaveState(
    "pod-1",
    was_ready=True,
    answering=12.0,
    trials={("a", 2): Trial("sha256:2", 3.5), ("a", 3): Trial("sha256:3")},
    refused={("b", 1): Refusal("sha256:b", "pod-2", "NOT_FOUND: no")},
)
CONFIGS = st.dictionaries(
    st.sampled_from("abcde"), st.frozensets(st.integers(1, 3), min_size=1), max_size=4
)


def config(versions):
    """Return a config that names these versions."""
    return {
        name: Entry(name, "tensorflow", ModelState(numbers)) for name, numbers in versions.items()
    }


def report(at=100.0, wave=WAVE, **more):
    """Return the report of a round."""
    return Report(at, environment="prod", state="sha256:" + "0" * 64, wave=wave, **more)


def over_the_wire(found):
    """Return a document as another agent reads it, which is as the schema has it."""
    told = json.loads(found.body)
    schema("agent-wave").validate(told)
    return document(told)


@given(CONFIGS, CONFIGS, st.booleans())
def test_what_a_pod_serves_is_heard_exactly(served, wanted, has_all):
    """By its difference from what is wanted, or whole."""
    one = report(served=config(served), wanted=config(wanted))
    found = over_the_wire(shared(one, 0.0, has_all=has_all))
    peer = found.peer(100.0, 0.0, {} if has_all else wanted)
    numbers = {(name, number) for name in "abcde" for number in range(1, 4)}
    named = {(name, number) for name, found in served.items() for number in found}
    assert {key for key in numbers if peer.names(key)} == named
    assert (peer.wave, peer.environment) == (WAVE, "prod")


def test_what_is_as_it_is_wanted_takes_no_room():
    """However many models there are."""
    same = config({f"model-{number}": frozenset({1}) for number in range(1000)})
    found = shared(report(served=same, wanted=same), 0.0, has_all=False)
    assert found.served == {}
    assert len(found.body) < 1000


@given(st.floats(0, 1e6))
def test_time_alone_does_not_change_the_tag(seconds):
    """And who is told only that it stands knows the durations of now."""
    first = shared(report(), 10.0, has_all=False)
    second = shared(report(100.0 + seconds, WAVE.later(seconds)), 10.0, has_all=False)
    assert first.tag == second.tag
    later = over_the_wire(first).peer(second.clock, 0.0, {}).wave
    assert later.answering == pytest.approx(12.0 + seconds, abs=0.01)
    assert later.trials["a", 2].answering == pytest.approx(3.5 + seconds, abs=0.01)
    assert later.trials["a", 3].answering is None


@pytest.mark.parametrize(
    "changed",
    [
        {"wave": replace(WAVE, answering=None)},
        {"wave": replace(WAVE, answering=5.0)},
        {"wave": replace(WAVE, trials={})},
        {"wave": replace(WAVE, refused={})},
        {"wave": replace(WAVE, template="other")},
        {"generation": 7},
        {"served": config({"a": frozenset({1})})},
    ],
)
def test_all_else_changes_the_tag(changed):
    """So nobody goes on by what was."""
    before = shared(report(), 0.0, has_all=False)
    after = shared(report(**changed), 0.0, has_all=False)
    assert before.tag != after.tag


def test_an_agent_that_makes_no_waves_has_no_document():
    """It has nothing to tell."""
    assert shared(report(wave=None), 0.0, has_all=False) is None


def test_a_document_of_another_version_is_none():
    """Who reads it asks for the status."""
    told = json.loads(shared(report(), 0.0, has_all=False).body)
    assert document({**told, "version": 2}) is None
    assert document({**told, "more": 1}) == document(told)


@pytest.mark.parametrize("key", ["version", "state", "clock", "wave", "servesAll", "served"])
@pytest.mark.parametrize("garbage", [None, [], 1.5j, {"a": 1}])
def test_what_is_no_document_is_refused_whole(key, garbage):
    """By the errors that an answer of a server is refused by."""
    told = json.loads(shared(report(), 0.0, has_all=False).body)
    with pytest.raises((LookupError, TypeError, ValueError)):
        document({**told, key: garbage})
