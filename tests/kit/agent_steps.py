"""Builders of configs, reports and steps for the decisions of an agent."""

from collections.abc import Mapping

from msgspec.structs import replace

from generator.agent.decide.config import Entry, Revision
from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.probed import Probed
from generator.agent.decide.step import Step, decide
from generator.serving.agent_state import Answered, ProbeAnswer
from generator.serving.paths import MODELS
from generator.serving.reported import LoadState, ServerModel, VersionState
from generator.serving.state import ModelState
from tests.kit import strategies

ERROR = "NOT_FOUND: Could not find SavedModel"


def revision(*models) -> Revision:
    """Return a revision of a lock with *models*."""
    return Revision(strategies.served(*models), MODELS)


def model(name: str, *numbers: int, base: str = "", **labels: int):
    """Return a served model with these versions."""
    path = base or name
    versions = (strategies.version(path, number) for number in numbers)
    return strategies.model(name, *versions, **labels)


def repair(served):
    """Return a served model whose versions have other objects than before."""
    versions = (replace(version, digest="sha256:" + 64 * "7") for version in served.versions)
    return replace(served, versions=tuple(versions))


def entry(*numbers: int, base: str = "a", **labels: int) -> Entry:
    """Return an entry of a config."""
    state = ModelState(frozenset(numbers), tuple(sorted(labels.items())))
    return Entry(base, "tensorflow", state)


def reports(labels: Mapping[str, int] | None = None, **states: str) -> ServerModel:
    """Return what a server reports of a model: `v1="AVAILABLE"`, or `v2="failed"`."""
    found = {
        int(name[1:]): VersionState(LoadState.END, ERROR)
        if it == "failed"
        else VersionState(LoadState(it))
        for name, it in states.items()
    }
    return ServerModel(found, labels or {})


def look(wanted, config, reported, history=None, *, now=0.0, present=None) -> Step:
    """Decide once."""
    observation = Observation(config, reported, present, wanted.contents, now)
    return decide(wanted, observation, history or LoadHistory())


def probed(overdue=(), **answers):
    """Return answers by `a1="yes"`."""
    found = {
        (key[0], int(key[1:])): ProbeAnswer(Answered(answer), "3.5, expected 2.5")
        for key, answer in answers.items()
    }
    return Probed(found, frozenset(overdue))
