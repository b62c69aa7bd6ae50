"""Whatever happens to a fleet, no commit of ours breaks a server; and each rule is needed.

A history is a list of things that happen: uploads, edits of the policy, syncs, reverts,
pods that start, time that passes. It is played against simulated servers.
"""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import HealthCheck, example, given, settings

from tests.histories.fleet.agents import AgentWorld
from tests.histories.fleet.drawing import BROKEN, History, in_git, with_agents
from tests.histories.fleet.mutants import IN_GIT, WITH_AGENTS, Mutant
from tests.histories.fleet.play import breaking, play
from tests.histories.fleet.pods import BrokenPromiseError
from tests.histories.fleet.witnesses import DROP_AND_READ_AGAIN
from tests.histories.fleet.world import World
from tests.kit.examples import examples

# A history takes some 30 ms.
many = settings(
    max_examples=examples(250),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def play_in_git(history: History) -> None:
    """Play a history in which a sync takes the steps."""
    play(World(), history)


def play_with_agents(history: History) -> None:
    """Play a history in which an agent in each pod takes the steps."""
    play(AgentWorld(), history, third=BROKEN)


def needs(run: Callable[[History], None], mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Play the witness of a mutant with its rule, then without."""
    run(mutant.witness)
    mutant.switch_off(monkeypatch)
    with pytest.raises(BrokenPromiseError, match=mutant.breaks):
        run(mutant.witness)


@many
@example(DROP_AND_READ_AGAIN)
@given(in_git())
def test_steps_in_git_break_no_server(history):
    """For pods that lag less than `settle`, where each version loads at last.

    No pod is stuck; what a pod's file keeps and once answered, answers; Git comes to rest
    and all pods serve what it says; a second sync finds nothing to do.
    """
    play_in_git(history)


@many
@given(with_agents())
def test_steps_by_agents_break_no_server(history):
    """For pods at any distance, with any commit reverted, and versions that never load.

    The same, and what can load is served beside what cannot.
    """
    play_with_agents(history)


@pytest.mark.parametrize("mutant", IN_GIT, ids=str)
def test_a_sync_needs_each_rule(mutant: Mutant, monkeypatch):
    """With it the pods survive its witness; without it, the promise it is there for breaks."""
    needs(play_in_git, mutant, monkeypatch)


@pytest.mark.parametrize("mutant", WITH_AGENTS, ids=str)
def test_an_agent_needs_each_rule(mutant: Mutant, monkeypatch):
    """With it the pods survive its witness; without it, the promise it is there for breaks."""
    needs(play_with_agents, mutant, monkeypatch)


# They are met once in thousands of histories: by day their witnesses are played alone.
RARE = {
    "a model comes back with the labels it had",
    "a removed model counts as there",
    "dropped is not loaded",
}


def often_met(mutants: Iterable[Mutant]) -> list[object]:
    """Return *mutants* as parameters; those that histories seldom meet are for the night."""
    marks = {True: [pytest.mark.nightly], False: []}
    return [pytest.param(it, marks=marks[it.rule in RARE]) for it in mutants]


@pytest.mark.slow
@pytest.mark.parametrize("mutant", often_met(IN_GIT), ids=str)
def test_random_histories_in_git_miss_no_rule(mutant: Mutant, monkeypatch):
    """Random histories as above meet what each rule is there for, unaided."""
    mutant.switch_off(monkeypatch)

    assert breaking(in_git(), play_in_git, mutant.breaks)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", often_met(WITH_AGENTS), ids=str)
def test_random_histories_with_agents_miss_no_rule(mutant: Mutant, monkeypatch):
    """Random histories as above meet what each rule is there for, unaided."""
    mutant.switch_off(monkeypatch)

    assert breaking(with_agents(), play_with_agents, mutant.breaks)
