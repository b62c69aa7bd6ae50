"""Gates of time and place: which proven versions may be chosen now.

`minAge` lets a version rest after its index was written; `from` lets another environment
serve it first. A version that a gate holds back is `waiting`, and says until when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from generator.catalog.catalog import Version, Warned
from generator.catalog.findings import Findings, Refusals
from generator.environment.environment import Choice
from generator.lock.lock import Lock, LockState
from generator.lock.reverts import Reverted
from generator.text.timestamp import timestamp


@dataclass(frozen=True, slots=True)
class Around:
    """What a decision knows beside its own store and lock."""

    now: datetime
    elsewhere: Mapping[str, Sequence[LockState]] = field(default_factory=dict)
    """By environment: the states of its lock, newest first, back to the longest age asked."""
    refused: Mapping[str, Refusals] = field(default_factory=dict)
    """By the digest of a version that was inspected: why it may not be served."""
    gone: frozenset[str] = frozenset()
    """Paths of served versions whose index was deleted, and objects too."""
    taken: Reverted = frozenset()
    """What people took back on the branch."""
    warnings: tuple[Warned, ...] = ()
    """What could not be looked at in the versions that were inspected."""
    misread: tuple[str, ...] = ()
    """In words: served versions that servers could not load if they were started as asked."""

    def with_found(self, found: Mapping[str, Findings]) -> Self:
        """Return this with what was *found* in versions, by their digest."""
        refused = {digest: it.refusals for digest, it in found.items() if it.refusals}
        warnings = (warned for it in found.values() for warned in it.warnings)
        return replace(
            self,
            refused={**self.refused, **refused},
            warnings=(*self.warnings, *warnings),
        )


TIMELESS = Around(datetime.max.replace(tzinfo=UTC))
"""For policies without gates: every version is old enough, and there is no other environment."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What keeps a version from being chosen now."""

    reason: str
    due: datetime | None = None
    """When it may be chosen; None where no time makes it so."""


def waits(version: Version, choice: Choice, around: Around) -> Wait | None:
    """Say what keeps *version* from being chosen now, or return None."""
    if choice.source is not None:
        return _elsewhere(version, choice, around)
    due = version.published + timedelta(seconds=choice.min_age)
    if choice.min_age and around.now < due:
        since = f"published {timestamp(version.published)}"
        return Wait(f"{since}, due {timestamp(due)} (minAge)", due)
    return None


def _elsewhere(version: Version, choice: Choice, around: Around) -> Wait | None:
    history = around.elsewhere.get(choice.source or "", ())
    served = [_serves(merged.lock, version) for merged in history]
    if not history or not any(merged.lock.models or merged.lock.generation for merged in history):
        return Wait(f"{choice.source} was never synced: sync it first")
    if not served[0]:
        return Wait(f"{choice.source} does not serve it: promote it there first")
    since = history[-1].at
    for merged, is_served in zip(history, served, strict=True):
        if not is_served:
            break
        since = merged.at
    due = since + timedelta(seconds=choice.min_age)
    if around.now < due:
        serves = f"{choice.source} serves it since {timestamp(since)}"
        return Wait(f"{serves}, due {timestamp(due)} (minAge)", due)
    return None


def _serves(lock: Lock, version: Version) -> bool:
    """Whether *lock* has the version, with the same objects: names may differ."""
    mine = (version.base_path, version.version, version.digest)
    return any(
        (served.base_path, served.version, served.digest) == mine
        for model in lock.models
        for served in model.versions
    )
