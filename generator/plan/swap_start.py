"""The start of swaps: no pod is there any more that knows nothing of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from generator.environment import parse, schema
from generator.environment.environment import Environment
from generator.lock.lock import Lock, LockState
from generator.plan.context import Inputs
from generator.text.duration import short_duration
from generator.text.timestamp import timestamp


class Start(Struct, frozen=True):
    """The start of swaps, which is still to come."""

    settle: timedelta
    """The time in which pods that know of them replace all others."""
    at: datetime | None
    """None as long as the commit is not made that tells pods of them."""

    @property
    def told(self) -> str:
        """The start in words."""
        if self.at is None:
            after = f"{short_duration(self.settle)} after the commit that sets it"
            return f"`swap: drain` begins {after}, when new pods know of it"
        return f"`swap: drain` begins at {timestamp(self.at)}, when all pods know of it"


def start(inputs: Inputs, past: Sequence[LockState]) -> Start | None:
    """Return when pods begin to swap; None if they do, or never will.

    A pod that knows nothing of swaps would load the new version beside the old one. It is replaced
    by the commit that sets `swap: drain`, within `delivery.settle`. *past* are states of the
    branch, newest first.
    """
    environment = inputs.environment
    if not environment.serving.can_drain:
        return None
    settle, since = timedelta(seconds=environment.delivery.settle), None
    if inputs.lock.models and not _knows_drain(environment, inputs.lock):
        return Start(settle, None)
    for state in past:
        if not _knows_drain(environment, state.lock):
            is_over = since is not None and since + settle <= inputs.context.now
            return None if is_over else Start(settle, since and since + settle)
        since = state.at
    return None


def _knows_drain(environment: Environment, lock: Lock) -> bool:
    """Whether pods of *lock* know of swaps; not where an older release wrote no settings."""
    settings = lock.settings
    if settings is None or not schema.is_valid_settings(settings):
        return False
    return parse.with_settings(environment, settings).serving.knows_drain
