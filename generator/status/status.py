"""What servers and agents report, and how that stands to what Git says.

`comparison` and `pod` fill these values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from generator.lock.lock import Merged
from generator.serving.agent_state import AgentState
from generator.serving.rollout import ModelState
from generator.status.verdict import Verdict


class State(StrEnum):
    """The states of a version, in TensorFlow Serving's own words (F51)."""

    START = "START"
    LOADING = "LOADING"
    AVAILABLE = "AVAILABLE"
    UNLOADING = "UNLOADING"
    END = "END"


@dataclass(frozen=True, slots=True)
class VersionState:
    """What a server reports of one version."""

    state: State
    error: str = ""
    """Code and message with which its load ended; empty if it ended well, or has not ended."""

    @property
    def is_failed(self) -> bool:
        """Whether it does not load; END without an error is a version unloaded.

        So is one with CANCELLED, whose load ended well after nobody wanted it any more.
        """
        return self.state is State.END and bool(self.error) and not self._is_cancelled

    @property
    def _is_cancelled(self) -> bool:
        return self.error.partition(":")[0] == "CANCELLED"


@dataclass(frozen=True, slots=True)
class Probe:
    """One predict request, by a label or else by the version, and why it failed."""

    version: int
    label: str | None
    error: str | None

    def __str__(self) -> str:
        return f"label {self.label}" if self.label is not None else f"version {self.version}"


@dataclass(frozen=True, slots=True)
class ServerModel:
    """What one server reports of one model; no versions if it has never seen it."""

    versions: Mapping[int, VersionState] = field(default_factory=dict)
    labels: Mapping[str, int] = field(default_factory=dict)
    """The version that answers, for each label asked that answers."""
    probes: tuple[Probe, ...] = ()

    @property
    def failed(self) -> Mapping[int, VersionState]:
        """The versions that did not load, as the server still tells of them."""
        return {number: one for number, one in sorted(self.versions.items()) if one.is_failed}

    @property
    def serves(self) -> ModelState:
        """What it answers for."""
        available = (n for n, one in self.versions.items() if one.state is State.AVAILABLE)
        return ModelState(frozenset(available), tuple(sorted(self.labels.items())))


class Unanswered(str):
    """Why a server, or a server about one model, gave no answer that can be read."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The agent beside one server: what it says of the pod, or why it says nothing."""

    url: str
    reported: AgentState | Unanswered
    is_named: bool
    """Whether a person gave the URL; at one that is guessed, silence shows nothing."""
    reasons: tuple[str, ...] = ()
    """Why the pod is not as Git says, by the agent; empty if it is."""

    @property
    def agrees(self) -> bool:
        """Whether it says nothing against the pod."""
        silent = isinstance(self.reported, Unanswered)
        return not self.reasons and not (silent and self.is_named)


@dataclass(frozen=True, slots=True)
class ServerState:
    """What one server reports: of each model that was asked for, or why of none."""

    url: str
    models: Mapping[str, ServerModel | Unanswered] | Unanswered
    agent: Sidecar | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A model to ask servers for, and the labels that it has or had."""

    model: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Generation:
    """An older state of the branch, which a server still serves."""

    number: int
    merged: datetime
    replaced: datetime


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One model of one server: both sides, and the verdict."""

    model: str
    verdict: Verdict
    reasons: tuple[str, ...]
    remedy: str
    wanted: ModelState | None
    """What Git says; None for a model that it does not name any more."""
    since: datetime | None
    """When that came to the branch, or earlier; None before the first sync."""
    reported: ServerModel | Unanswered
    serves: Generation | None = None
    """The older generation of which the server has this model exactly."""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """One server: its models, sorted by name, and why it was not asked if it was not."""

    url: str
    models: tuple[ModelStatus, ...]
    unanswered: Unanswered | None = None
    serves: Generation | None = None
    """The older generation that it serves exactly, as a whole."""
    agent: Sidecar | None = None

    @property
    def agrees(self) -> bool:
        """Whether it serves what Git says, and its agent says so too."""
        good = all(model.verdict is Verdict.IN_SYNC for model in self.models)
        told = self.agent is None or self.agent.agrees
        return good and told and self.unanswered is None


@dataclass(frozen=True, slots=True)
class Status:
    """All servers of one environment."""

    environment: str
    git: Merged | None
    """What Git says, and when it came to the branch; None before the first commit."""
    servers: tuple[ServerStatus, ...]

    @property
    def agrees(self) -> bool:
        """Whether every server serves what Git says."""
        return all(server.agrees for server in self.servers)


def differences(wanted: ModelState, model: ServerModel) -> Iterator[str]:
    """Yield a line for each thing in which *model* is not as Git says."""
    if wanted.versions and not model.versions:
        yield "the server has never heard of it"
        return
    for number in sorted(wanted.versions | model.versions.keys()):
        yield from _version(number, model.versions.get(number), named=number in wanted.versions)
    labels = dict(wanted.labels)
    for label in sorted(labels.keys() | model.labels.keys()):
        yield from _label(label, labels.get(label), model)


def _version(number: int, found: VersionState | None, *, named: bool) -> Iterator[str]:
    if not named:
        if found is not None and found.state is not State.END:
            yield f"version {number} is {found.state}, and Git does not name it"
    elif found is None:
        yield f"version {number} is not there"
    elif found.is_failed:
        yield f"version {number} failed to load: {found.error}"
    elif found.state is State.END:
        yield f"version {number} was unloaded"
    elif found.state is not State.AVAILABLE:
        yield f"version {number} is {found.state}"


def _label(label: str, wanted: int | None, model: ServerModel) -> Iterator[str]:
    answers = model.labels.get(label)
    if answers == wanted:
        return
    if wanted is None:
        yield f"label {label} answers from {answers}, and Git does not name it"
    elif answers is not None:
        yield f"label {label} answers from {answers}, Git says {wanted}"
    elif wanted in model.serves.versions:
        yield f"label {label} does not answer, Git says {wanted}"
    # Else it does not answer because its version does not, which has a line of its own.
