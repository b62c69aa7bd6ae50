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
from generator.serving.wave_document import Serving, document
from generator.serving.wave_state import Refusal, Trial, WaveState
from tests.kit.schemas import schema

WAVE = WaveState(
    "pod-1",
    was_ready=True,
    answering=12.0,
    trials={("a", 2): Trial("sha256:2", 3.5), ("a", 3): Trial("sha256:3")},
    refused={("b", 1): Refusal("sha256:b", "pod-2", "NOT_FOUND: no")},
    yields=False,
)
LABELS = ("stable", "canary")
CONFIGS = st.dictionaries(
    st.sampled_from("abcde"),
    st.builds(
        lambda numbers, labels: ModelState(numbers, tuple((it, min(numbers)) for it in labels)),
        st.frozensets(st.integers(1, 3), min_size=1),
        st.frozensets(st.sampled_from(LABELS)),
    ),
    max_size=4,
)


def config(found):
    """Return a config of these states."""
    return {name: Entry(name, "tensorflow", state) for name, state in found.items()}


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
    """By its difference from what is wanted, or whole; the labels of what it serves too."""
    one = report(served=config(served), wanted=config(wanted))
    found = over_the_wire(shared(one, 0.0, has_all=has_all))
    peer = found.peer(100.0, 0.0, Serving() if has_all else Serving.of(wanted))
    numbers = {(name, number) for name in "abcde" for number in range(1, 4)}
    named = {(name, number) for name, it in served.items() for number in it.versions}
    assert {key for key in numbers if peer.names(key)} == named
    for name, it in served.items():
        assert peer.labels_of(name) == set(dict(it.labels))
    assert (peer.wave, peer.environment) == (WAVE, "prod")


def test_a_label_that_is_on_another_version_than_git_wants_takes_no_room():
    """Versions tell that; whoever asks by the label gets an answer."""
    before, wanted = (
        ModelState(frozenset({1}), (("stable", 1),)),
        ModelState(frozenset({2}), (("stable", 2),)),
    )
    one = report(served=config({"a": before}), wanted=config({"a": wanted}))
    assert shared(one, 0.0, has_all=False).labels == {}


def test_an_agent_of_a_release_that_tells_no_labels_has_none_that_are_known():
    """Absence is no evidence that it has them."""
    told = json.loads(shared(report(), 0.0, has_all=False).body)
    del told["labels"]
    peer = document(told).peer(100.0, 0.0, Serving({}, {"a": frozenset({"stable"})}))
    assert peer.labels is None
    assert peer.labels_of("a") == frozenset()


@given(st.floats(0, 1e6))
def test_time_alone_does_not_change_the_tag(seconds):
    """And who is told only that it stands knows the durations of now."""
    first = shared(report(), 10.0, has_all=False)
    second = shared(report(100.0 + seconds, WAVE.later(seconds)), 10.0, has_all=False)
    assert first.tag == second.tag
    later = over_the_wire(first).peer(second.clock, 0.0).wave
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
        {"wave": replace(WAVE, yields=True)},
        {"generation": 7},
        {"served": config({"a": ModelState(frozenset({1}))})},
    ],
)
def test_all_else_changes_the_tag(changed):
    """So nobody goes on by what was."""
    before = shared(report(), 0.0, has_all=False)
    after = shared(report(**changed), 0.0, has_all=False)
    assert before.tag != after.tag


def test_a_label_changes_the_tag():
    """Who alone has it stays in the Service."""
    one, two = (config({"a": ModelState(frozenset({1}), it)}) for it in ((), (("canary", 1),)))
    before, after = (shared(report(served=it), 0.0, has_all=False) for it in (one, two))
    assert before.served == after.served
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
