"""The leads of a pod, where all models are on trial at once: a round costs what is in it."""

import time

import pytest

from generator.agent.decide.config import Content, Entry
from generator.agent.decide.kept import KeptVersions
from generator.agent.decide.leads import Lead, Leads
from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.turn import Go
from generator.serving.state import ModelState
from tests.kit.strategies import version

MODELS = 10_000
SECONDS = 1.0
"""Of the CPU: it takes a tenth of that, and several where each model asks all others."""


@pytest.fixture
def names():
    """Return the names of many models."""
    return [f"m{number}" for number in range(MODELS)]


@pytest.fixture
def config(names):
    """Return a config in which each model has two versions."""
    both = ModelState(frozenset({1, 2}))
    return {name: Entry(name, "tensorflow", both) for name in names}


@pytest.fixture
def watch():
    """Return what tells the seconds of the CPU since the test began."""
    began = time.process_time()
    return lambda: time.process_time() - began


def test_ten_thousand_models_are_led_with_at_once(names, config, watch):
    """Each asks for its own leads, when it begins and in every round until it ends."""
    before = Leads({(name, 2): Lead("two") for name in names})
    turns = {(name, 3): Go("three", leads=True) for name in names}

    found = before.begun(turns, {*turns, *before.of}, config)

    assert found.of["m7", 3] == Lead("three", ModelState(frozenset({1})))
    assert [found.kept(name, {3}) for name in names] == [{1}] * MODELS
    assert not any(found.soaking(name, 120) for name in names)
    assert watch() < SECONDS


def test_what_is_kept_of_ten_thousand_models_is_told(names, config, watch):
    """As many as are told of at most."""
    old = {(name, 1): Content(name, "tensorflow", version(name, 1)) for name in names}
    new = {(name, 2): Content(name, "tensorflow", version(name, 2)) for name in names}
    leads = Leads({key: Lead("two") for key in new})

    told = KeptVersions(old, new).told(leads, LoadHistory(frozenset(old)), config)

    assert 0 < len(told) < MODELS
    assert {number for _, number in told} == {1}
    assert watch() < SECONDS


@pytest.mark.parametrize(
    ("label", "wanted", "over"), [(1, {3}, {2}), (None, {3}, {2}), (2, {3}, set()), (1, {2}, set())]
)
def test_a_trial_is_over_when_git_wants_the_version_no_more(label, wanted, over):
    """Where a label is on it, it stays until another version has that."""
    before = ModelState(frozenset({1}), (("stable", 1),))
    leads = Leads({("a", 2): Lead("two", before)})
    now = ModelState(frozenset({1, 2}), () if label is None else (("stable", label),))
    assert leads.over("a", now, wanted) == over


def test_a_trial_is_not_over_where_nothing_else_is_served():
    """What was served before has gone, or never was."""
    leads = Leads({("a", 2): Lead("two"), ("b", 2): Lead("two", ModelState(frozenset({1})))})
    now = ModelState(frozenset({2}))
    assert not leads.over("a", now, {3}) | leads.over("b", now, {3})
