"""The state of an agent, as it reports it at `/status`: values only."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from generator.serving.state import State, VersionKey

PORT = 9090
"""The port at which the agents of a cluster listen, and `status` asks."""

STALLED = 900.0
"""Seconds without a round after which an agent counts as dead: many models may answer late."""

REFUSED = "refused"
"""The `reload` of a config that the server does not take."""

PENDING = "pending"
"""The `reload` of a config that the server has not taken yet."""

PROBE_ERROR = "its answer to its probe is wrong: "
"""The start of the error of a version that has loaded, and failed its probe."""


class Answered(StrEnum):
    """Whether a version that is AVAILABLE has answered its probe as it should."""

    YES = "yes"
    NO = "no"
    NOT_YET = "notYet"
    NO_PROBE = "noProbe"
    """Nobody can ask it: it has no probe."""


class ProbeAnswer(Struct, frozen=True):
    """The answer of a version to its probe."""

    answered: Answered
    words: str = ""
    """The reason for `no`, for `notYet` and for `noProbe`."""
    seconds: float | None = None
    """The time that the last answer took; None before there was one."""
    under_load: float | None = None
    """Likewise, of the last one that was given while another version loaded."""


class AgentState(Struct, frozen=True):
    """The report of one agent; each text is one line that cannot drive a terminal."""

    ready: bool
    reason: str
    """The reason for not being ready, or what is not as Git wants it all the same."""
    in_sync: bool
    """Whether the server serves what the pod's own copy of Git's state says."""
    environment: str
    """That of the lock in the pod; empty before there is one."""
    generation: int
    """Of the lock in the pod: that of the branch comes there a while later."""
    wanted: str
    """SHA-256 of the models.config that the server is to have in the end."""
    served: str
    """SHA-256 of the one that it has; empty before there is one."""
    step: int
    """Configs written since the agent started."""
    reload: str
    """Whether the server took its config: accepted, pending, refused, unknown."""
    age: float
    """Seconds since its last round."""
    waits: Mapping[str, str] = field(default_factory=dict)
    """For each model that is not served as wanted, what it waits for."""
    failed: Mapping[VersionKey, str] = field(default_factory=dict)
    """Versions that did not load in this pod, in the server's words."""
    unfetched: Mapping[VersionKey, str] = field(default_factory=dict)
    """Versions that could not be fetched, and why."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """The problems with `desired`, `served`, `models` and `server`."""
    probes: Mapping[VersionKey, ProbeAnswer] = field(default_factory=dict)
    """The answer of each version that is AVAILABLE; empty from an older agent."""
    pod: str = ""
    """The name of the pod; empty from an agent that makes no waves."""
    refused: Mapping[VersionKey, tuple[str, str]] = field(default_factory=dict)
    """Versions that are not taken here for what they did in a pod: its name, and why."""
    trials: frozenset[VersionKey] = frozenset()
    """Versions that the server is told to serve, and that are not proven in this pod yet."""
    names: State = field(default_factory=dict)
    """The versions and labels that the pod's own copy of Git's state names."""

    @property
    def hindrances(self) -> tuple[str, ...]:
        """The problems that keep the agent from its work, a line each; a silent server does not.

        Nor does it that strangers stand behind the name of the other agents.
        """
        found = sorted(self.problems.items())
        harmless = {"server", "peers"}
        return tuple(f"{place}: {problem}" for place, problem in found if place not in harmless)

    def is_stepping(self, model: str) -> bool:
        """Whether the agent is on its way to what the pod is told of a model."""
        under_way = self.wanted != self.served or self.reload == PENDING
        hindered = self.hindrances or self.reload == REFUSED or self.age >= STALLED
        return (model in self.waits or under_way) and not hindered


def errors_json(errors: Mapping[VersionKey, str]) -> list[dict[str, Any]]:
    """Return the errors of versions as JSON, sorted by model and version."""
    return [
        {"model": model, "version": version, "error": error}
        for (model, version), error in sorted(errors.items())
    ]


def probes_json(probes: Mapping[VersionKey, ProbeAnswer]) -> list[dict[str, Any]]:
    """Return the answers of versions as JSON, sorted by model and version."""
    return [
        {
            "model": model,
            "version": version,
            "answered": answer.answered,
            "words": answer.words,
            "seconds": answer.seconds,
            "secondsWhileLoading": answer.under_load,
        }
        for (model, version), answer in sorted(probes.items())
    ]
