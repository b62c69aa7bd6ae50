"""Reports of servers, and of the agents beside them: values only.

`rest_api` reads them from servers, `status.agents` from agents.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property

from msgspec import Struct, field

from generator.serving.agent_state import AgentState
from generator.serving.state import ModelState


class LoadState(StrEnum):
    """The states of a version, in TensorFlow Serving's own words (F51)."""

    START = "START"
    LOADING = "LOADING"
    AVAILABLE = "AVAILABLE"
    UNLOADING = "UNLOADING"
    END = "END"


class VersionState(Struct, frozen=True):
    """The state of one version, as a server reports it."""

    state: LoadState
    error: str = ""
    """Code and message with which its load ended; empty if it ended well, or has not ended."""

    @property
    def is_failed(self) -> bool:
        """Whether it does not load; END without an error is a version unloaded.

        So is one with CANCELLED, whose load ended well after nobody wanted it any more.
        """
        return self.state is LoadState.END and bool(self.error) and not self._is_cancelled

    @property
    def _is_cancelled(self) -> bool:
        return self.error.partition(":")[0] == "CANCELLED"


class ProbeResult(Struct, frozen=True):
    """The result of a probe, by a label or else by the version: why it failed, or None."""

    version: int
    label: str | None
    error: str | None

    def __str__(self) -> str:
        return f"label {self.label}" if self.label is not None else f"version {self.version}"


class ServerModel(Struct, frozen=True, dict=True):
    """The report of one server on one model; no versions if it has never seen it."""

    versions: Mapping[int, VersionState] = field(default_factory=dict)
    labels: Mapping[str, int] = field(default_factory=dict)
    """The version that answers, for each label asked that answers."""
    probes: tuple[ProbeResult, ...] = ()

    @property
    def failed(self) -> Mapping[int, VersionState]:
        """The versions that did not load, as the server still tells of them."""
        return {number: one for number, one in sorted(self.versions.items()) if one.is_failed}

    @cached_property
    def serves(self) -> ModelState:
        """The versions and labels that it answers for."""
        available = (n for n, one in self.versions.items() if one.state is LoadState.AVAILABLE)
        return ModelState(frozenset(available), tuple(sorted(self.labels.items())))


class Unanswered(str):
    """The reason for which a server, or a server about one model, gave no answer to read."""

    __slots__ = ()


class Sidecar(Struct, frozen=True):
    """The agent beside one server: what it says of the pod, or why it says nothing."""

    url: str
    reported: AgentState | Unanswered
    is_named: bool
    """Whether a person gave the URL; at one that is guessed, silence shows nothing."""
    reasons: tuple[str, ...] = ()
    """The reasons for which the pod is not as Git says, by the agent; empty if it is."""

    @property
    def agrees(self) -> bool:
        """Whether it says nothing against the pod."""
        silent = isinstance(self.reported, Unanswered)
        return not self.reasons and not (silent and self.is_named)


class ServerState(Struct, frozen=True):
    """The report of one server: on each model that was asked for, or why on none."""

    url: str
    models: Mapping[str, ServerModel | Unanswered] | Unanswered
    agent: Sidecar | None = None


class Question(Struct, frozen=True):
    """A model to ask servers for, and the labels that it has or had."""

    model: str
    labels: tuple[str, ...] = ()
