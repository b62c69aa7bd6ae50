"""Gates of time and place: which proven versions may be chosen now.

`minAge` lets a version rest after its index was written; `from` lets another environment
serve it first. A version that a gate holds back is `waiting`, and says until when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from generator.catalog.catalog import Version
from generator.environment.environment import Choice
from generator.lock.lock import Lock, LockState
from generator.text.timestamp import timestamp


@dataclass(frozen=True, slots=True)
class Wait:
    """The reason why a version may not be chosen now, and when it may."""

    reason: str
    remedy: str
    """The next step of who would have it chosen."""
    due: datetime | None = None
    """When it may be chosen; None where no time makes it so."""


def waits(
    version: Version, choice: Choice, now: datetime, elsewhere: Mapping[str, Sequence[LockState]]
) -> Wait | None:
    """Return what keeps *version* from being chosen *now*, or None.

    *elsewhere* are the locks of other environments, as `Context.elsewhere`.
    """
    if choice.source is not None:
        return _elsewhere(version, choice, now, elsewhere.get(choice.source, ()))
    due = version.published + timedelta(seconds=choice.min_age)
    if choice.min_age and now < due:
        return _resting(f"published {timestamp(version.published)}", due)
    return None


def _elsewhere(
    version: Version, choice: Choice, now: datetime, history: Sequence[LockState]
) -> Wait | None:
    served = [_serves(merged.lock, version) for merged in history]
    if not history or not any(merged.lock.models or merged.lock.generation for merged in history):
        reason = f"{choice.source} was never synced"
        return Wait(reason, f"sync it first: `tfs-gitops sync {choice.source}`")
    if not served[0]:
        why = f"`tfs-gitops plan {choice.source}` says what it waits for there"
        return Wait(f"{choice.source} does not serve it", f"have it served there first: {why}")
    since = history[-1].at
    for merged, is_served in zip(history, served, strict=True):
        if not is_served:
            break
        since = merged.at
    due = since + timedelta(seconds=choice.min_age)
    if choice.min_age and now < due:
        return _resting(f"{choice.source} serves it since {timestamp(since)}", due)
    return None


def _resting(since: str, due: datetime) -> Wait:
    """Return the wait for an age, which ends by itself."""
    remedy = "nothing is to be done; a lower `minAge` would have it sooner"
    return Wait(f"{since}, due {timestamp(due)} (minAge)", remedy, due)


def _serves(lock: Lock, version: Version) -> bool:
    """Whether *lock* has the version, with the same objects: names may differ."""
    mine = (version.base_path, version.version, version.digest)
    return any(
        (served.base_path, served.version, served.digest) == mine
        for model in lock.models
        for served in model.versions
    )
