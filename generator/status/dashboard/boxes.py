"""The boxes of a dashboard: what a person may ask the next sync for, by a tick."""

import re

from msgspec import Struct

from generator.catalog.hold import Code
from generator.errors import Refusal
from generator.lock.asked import REMOVALS, Asked, Kind, Via
from generator.plan.plan import Plan
from generator.serving.state import SAFE_NAME
from generator.status.dashboard.awaiting_merge import label
from generator.text.digest import json_digest
from generator.text.pattern import pattern

_TICKED = pattern(
    rf"^- \[[xX]\] <!-- tfs-gitops ({'|'.join(Kind)}) ({SAFE_NAME.pattern}) -->",
    re.MULTILINE,
)
_REMOVALS = frozenset({Refusal.REMOVALS, Refusal.EMPTY_STORE})
_SHORT = 16


class Box(Struct, frozen=True, order=True):
    """One box."""

    kind: Kind
    subject: str
    """A model; or the digest of just the removal that is allowed, and of no other."""

    @property
    def marker(self) -> str:
        """The comment by which a tick is read."""
        return f"<!-- tfs-gitops {self.kind} {self.subject} -->"

    def asked(self, by: str = "") -> Asked:
        """Return what a tick of it asks for."""
        subject = REMOVALS if self.kind is Kind.ALLOW else self.subject
        return Asked(self.kind, subject, by, Via.TICK)

    @property
    def label(self) -> str:
        """The words that a person reads beside it."""
        return label(self.kind, self.subject)


def ticked(body: str) -> frozenset[Box]:
    """Return the boxes that are ticked in the text of an issue."""
    return frozenset(Box(Kind(kind), subject) for kind, subject in _TICKED.findall(body))


def offered(plan: Plan) -> tuple[Box, ...]:
    """Return the boxes that *plan* has an answer to, sorted."""
    taken = {hold.model for hold in plan.held if hold.code is Code.TAKEN_BACK and hold.model}
    boxes = {Box(Kind.RETAKE, model) for model in taken if SAFE_NAME.fullmatch(model)}
    boxes |= {
        Box(Kind.RELEASE, it.model) for it in plan.lock.on_hold if SAFE_NAME.fullmatch(it.model)
    }
    if (allowing := allowance(plan)) is not None:
        boxes.add(allowing)
    return tuple(sorted(boxes))


def keeping(plan: Plan) -> tuple[Box, ...]:
    """Return a box for each served model that is not on hold; first those that go on."""
    on_hold = {it.model for it in plan.lock.on_hold}
    moving = {it.model for it in plan.deferred} | {it.model for it in plan.changes}
    moving |= {it.model for it in plan.held if it.model and it.due}
    names = [it.name for it in plan.lock.models if it.name not in on_hold]
    names.sort(key=lambda name: (name not in moving, name))
    return tuple(Box(Kind.HOLD, name) for name in names if SAFE_NAME.fullmatch(name))


def allowance(plan: Plan) -> Box | None:
    """Return the box that allows the removal which *plan* is refused for; None where it is not."""
    if plan.refused is None or plan.refused.code not in _REMOVALS:
        return None
    gone = [[it.model, *it.versions[0]] for it in plan.changes if it.after is None]
    told = [plan.environment, plan.refused.code, list(plan.refused.problems), sorted(gone)]
    return Box(Kind.ALLOW, json_digest(told).rpartition(":")[2][:_SHORT])
