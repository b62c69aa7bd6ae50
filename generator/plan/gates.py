"""Gates of time and place: which proven versions may be chosen now.

`minAge` lets a version rest after its index was written; `from` lets another environment
serve it first. A version that a gate holds back is `waiting`, and says until when.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from generator.catalog.catalog import Version
from generator.catalog.hold import Code
from generator.environment.environment import Choice
from generator.lock.commit_status import StatusState
from generator.lock.lock import Lock, LockState
from generator.plan.context import Context
from generator.text.phrases import command
from generator.text.timestamp import timestamp

IN_THIS_RUN = "gets it in this run"
"""The words for an environment whose turn came before, in a run that commits nothing."""


class Wait(Struct, frozen=True):
    """The reason why a version may not be chosen now, and when it may."""

    reason: str
    remedy: str
    """The next step of who would have it chosen."""
    due: datetime | None = None
    """When it may be chosen; None where no time makes it so."""
    code: Code = Code.WAITING


def waits(version: Version, choice: Choice, context: Context) -> Wait | None:
    """Return what keeps *version* from being chosen now, or None."""
    now = context.now
    if choice.source is not None:
        history = context.elsewhere.get(choice.source, ())
        return _elsewhere(version, choice, now, history) or _unverified(version, choice, context)
    due = version.published + timedelta(seconds=choice.min_age)
    if choice.min_age and now < due:
        return _resting(f"published {timestamp(version.published)}", due)
    return None


def _elsewhere(
    version: Version, choice: Choice, now: datetime, history: Sequence[LockState]
) -> Wait | None:
    source = str(choice.source)
    if not any(state.lock.models or state.lock.generation for state in history):
        reason = f"{choice.source} was never synced"
        return Wait(reason, f"sync it first: {command('tfs-gitops', 'sync', source)}")
    arrived = _arrival(version, history)
    if arrived is None:
        why = f"{command('tfs-gitops', 'plan', source)} says what it waits for there"
        return Wait(f"{choice.source} does not serve it", f"have it served there first: {why}")
    due = arrived.at + timedelta(seconds=choice.min_age)
    if choice.min_age and now < due:
        since = f"serves it since {timestamp(arrived.at)}"
        return _resting(f"{choice.source} {IN_THIS_RUN if arrived.is_foretold else since}", due)
    return None


def _unverified(version: Version, choice: Choice, context: Context) -> Wait | None:
    """Return the wait for a commit status of where *version* comes from."""
    source = str(choice.source)
    verified = context.verified.get(source)
    if verified is None:
        return None
    found = verified.of_version(version)
    if found.state is StatusState.SUCCESS:
        return None
    reason = f"{source} has it, and {found.why}"
    if found.state is StatusState.FAILURE:
        return Wait(reason, Code.FAILED_IN_PODS.remedy, code=Code.FAILED_IN_PODS)
    return Wait(reason, Code.UNVERIFIED.remedy, code=Code.UNVERIFIED)


def _resting(since: str, due: datetime) -> Wait:
    """Return the wait for an age, which ends by itself."""
    remedy = "nothing is to be done: it comes by itself"
    return Wait(f"{since}, due {timestamp(due)} (minAge)", remedy, due)


def arrives_now(version: Version, history: Sequence[LockState]) -> bool:
    """Whether the environment of *history* gets *version* in this run, which is a dry one."""
    arrived = _arrival(version, history)
    return arrived is not None and arrived.is_foretold


def _arrival(version: Version, history: Sequence[LockState]) -> LockState | None:
    """Return the oldest state since which *version* is served without a break until now."""
    arrived = None
    for state in history:
        if not _serves(state.lock, version):
            break
        arrived = state
    return arrived


def _serves(lock: Lock, version: Version) -> bool:
    """Whether *lock* has the version, with the same objects: names may differ."""
    mine = (version.base_path, version.version, version.digest)
    return any(
        (served.base_path, served.version, served.digest) == mine
        for model in lock.models
        for served in model.versions
    )
