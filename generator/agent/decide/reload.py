"""The reload of a config: whether the server has taken its file, which no metric tells.

It is read off what the server reports; a version on its way counts as taken.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from generator.agent.decide.config import Config, Entry
from generator.agent.decide.load_history import Reported
from generator.serving.reported import LoadState, ServerModel, Unanswered

OVERDUE = 600.0
"""Seconds after which a config that is not taken counts as refused."""


class Verdict(StrEnum):
    """The stand of the server towards its file."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    REFUSED = "refused"
    """Or the server's poll hangs: its own log has the reason, after `ReloadConfig`."""
    UNKNOWN = "unknown"
    """It does not answer."""


class Reload(Struct, frozen=True):
    """The verdict, and since when the server is behind its file; None if it is not."""

    verdict: Verdict = Verdict.UNKNOWN
    since: float | None = None
    overdue: float = OVERDUE

    def after(self, config: Config | None, reported: Reported, now: float) -> "Reload":
        """Return the verdict on what the server *reported* while *config* was in its file."""
        if config is None or isinstance(reported, Unanswered):
            return replace(self, verdict=Verdict.UNKNOWN)
        if _is_taken(config, reported):
            return replace(self, verdict=Verdict.ACCEPTED, since=None)
        since = now if self.since is None else self.since
        late = now - since >= self.overdue
        verdict = Verdict.REFUSED if late else Verdict.PENDING
        return replace(self, verdict=verdict, since=since)


def _is_taken(config: Config, reported: Mapping[str, ServerModel | Unanswered]) -> bool:
    models = ((config.get(name), model) for name, model in reported.items())
    return all(isinstance(model, ServerModel) and _agrees(entry, model) for entry, model in models)


def _agrees(entry: Entry | None, model: ServerModel) -> bool:
    named = entry.state.versions if entry else frozenset[int]()
    labels = dict(entry.state.labels) if entry else {}
    seen = {number for number, one in model.versions.items() if one.state is not LoadState.END}
    # One that was dropped before its load began is reported as START for ever.
    live = {number for number in seen if model.versions[number].state is not LoadState.START}
    failed = {number for number, one in model.versions.items() if one.is_failed}
    loaded = model.serves.versions
    answering = {label: to for label, to in labels.items() if to in loaded}
    return live <= named <= seen | failed and dict(model.labels) == answering
