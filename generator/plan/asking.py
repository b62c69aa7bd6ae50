"""Requests of people beside the policy: those of now, and those that an open pull request has.

A pull request has what it was made for until it is merged or closed, so that a sync which nobody
asks leaves it as it is.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from generator.lock.asked import Asked, Kind
from generator.lock.lock import Lock
from generator.lock.notes import OnHold
from generator.plan.context import Inputs
from generator.plan.plan import Plan

_HOLDS = frozenset({Kind.HOLD, Kind.RELEASE})


class Requests(Struct, frozen=True):
    """All that people ask of one run."""

    now: tuple[Asked, ...] = ()
    before: tuple[Asked, ...] = ()
    """The requests that the open pull request was made for."""
    proposed: Lock | None = None
    """The lock that it proposes; None without one."""

    @property
    def standing(self) -> tuple[Asked, ...]:
        """The requests of before that stand beside those of now.

        The same for another person is in its place; a hold and its end are in place of each other,
        and a hold is in place of a retake.
        """
        same = {(it.kind, it.subject) for it in self.now}
        same |= {(kind, it.subject) for it in self.now if it.kind in _HOLDS for kind in _HOLDS}
        same |= {(Kind.RETAKE, it.subject) for it in self.now if it.kind is Kind.HOLD}
        return tuple(it for it in self.before if (it.kind, it.subject) not in same)

    @property
    def all(self) -> tuple[Asked, ...]:
        """All requests, the newest first."""
        return (*self.now, *self.standing)

    @property
    def retaken(self) -> frozenset[str]:
        """The models whose retake was asked for before, and stands."""
        return self._of(Kind.RETAKE, self.standing)

    def put_into(self, inputs: Inputs) -> Inputs:
        """Return *inputs* with what is asked for of models.

        A model on hold is not taken again. What was retaken before is known by what is proposed.
        """
        on_hold = {it.model for it in inputs.lock.on_hold}
        pending = self._of(Kind.HOLD, self.before) - on_hold
        ended = self._of(Kind.RELEASE, self.now) - pending
        inputs = replace(
            inputs,
            hold=tuple(OnHold(it.subject, it.by) for it in self.all if it.kind is Kind.HOLD),
            release=ended | (self._of(Kind.RELEASE, self.all) & on_hold),
        )
        kept = {it.model for it in inputs.on_hold}
        return replace(inputs, retake=self._of(Kind.RETAKE, self.now) - kept)

    def allow_removals(self, goal: Plan) -> bool:
        """Whether somebody allows what *goal* removes.

        Who did so before has allowed just the models that go with the pull request, as they were.
        """
        return bool(self._of(Kind.ALLOW, self.now)) or self._have_allowed(goal)

    def done_by(self, plan: Plan, applied: Lock) -> tuple[Asked, ...]:
        """Return those that *plan*, made on the lock *applied*, does, sorted."""
        changed = {it.model for it in plan.changes} | {it.model for it in plan.forgotten}
        removes = any(it.after is None for it in plan.changes)
        after, before = {*plan.lock.on_hold}, {*applied.on_hold}
        begun, ended = ({it.model for it in some} for some in (after - before, before - after))
        ended -= {it.model for it in after}

        def is_done(it: Asked) -> bool:
            match it.kind:
                case Kind.ALLOW:
                    return removes and (not plan.waits or self._have_allowed(plan))
                case Kind.HOLD:
                    return it.subject in begun
                case Kind.RELEASE:
                    return it.subject in ended
                case Kind.RETAKE:
                    return it.subject in changed

        return tuple(sorted(filter(is_done, self.all)))

    def _have_allowed(self, plan: Plan) -> bool:
        """Whether somebody has allowed before just what *plan* removes."""
        if self.proposed is None or not self._of(Kind.ALLOW, self.before):
            return False
        gone = [it for it in plan.changes if it.after is None]
        known = {(it.model, it.generation) for it in self.proposed.removed}
        return bool(gone) and all(
            it.before is not None and (it.model, it.before.generation + 1) in known for it in gone
        )

    def _of(self, kind: Kind, asked: Iterable[Asked]) -> frozenset[str]:
        return frozenset(it.subject for it in asked if it.kind is kind)
