"""The status of an environment: its servers and agents compared with Git.

`compare` and `agent_verdict` fill these values.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from generator.lock.lock import LockState
from generator.serving.reported import LoadState, ServerModel, Sidecar, Unanswered, VersionState
from generator.serving.state import ModelState
from generator.status.verdict import Verdict


class Generation(Struct, frozen=True):
    """An older state of the branch, which a server still serves."""

    number: int
    merged: datetime
    replaced: datetime


class ModelStatus(Struct, frozen=True):
    """One model of one server: both sides, and the verdict."""

    model: str
    verdict: Verdict
    reasons: tuple[str, ...]
    remedy: str
    wanted: ModelState | None
    """The state in Git; None for a model that Git does not name any more."""
    since: datetime | None
    """When that came to the branch, or earlier; None before the first sync."""
    reported: ServerModel | Unanswered
    serves: Generation | None = None
    """The older generation of which the server has this model exactly."""


class ServerStatus(Struct, frozen=True):
    """One server: its models, sorted by name, and why it was not asked if it was not."""

    url: str
    models: tuple[ModelStatus, ...]
    unanswered: Unanswered | None = None
    serves: Generation | None = None
    """The older generation that it serves exactly, as a whole."""
    agent: Sidecar | None = None
    remedy: str = Verdict.UNKNOWN.remedy
    """The remedy if it was not asked."""

    @property
    def agrees(self) -> bool:
        """Whether it serves what Git says, and its agent says so too."""
        good = all(model.verdict is Verdict.IN_SYNC for model in self.models)
        agreed = self.agent is None or self.agent.agrees
        return good and agreed and self.unanswered is None


class Status(Struct, frozen=True):
    """All servers of one environment."""

    environment: str
    git: LockState | None
    """The state in Git, and when it came to the branch; None before the first commit."""
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
        if found is not None and found.state is not LoadState.END:
            yield f"version {number} is {found.state}, and Git does not name it"
    elif found is None:
        yield f"version {number} is not there"
    elif found.is_failed:
        yield f"version {number} failed to load: {found.error}"
    elif found.state is LoadState.END:
        yield f"version {number} was unloaded"
    elif found.state is not LoadState.AVAILABLE:
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
