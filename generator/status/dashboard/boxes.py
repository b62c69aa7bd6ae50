"""The boxes of a dashboard: what a person may ask the next sync for, by a tick."""

import re
from dataclasses import dataclass
from enum import StrEnum

from generator.catalog.hold import Code
from generator.errors import Refusal
from generator.plan.plan import Plan
from generator.serving.state import SAFE_NAME
from generator.text.digest import json_digest

_TICKED = re.compile(
    rf"^- \[[xX]\] <!-- tfs-gitops (retake|allow) ({SAFE_NAME.pattern}) -->", re.MULTILINE
)
_REMOVALS = frozenset({Refusal.REMOVALS, Refusal.EMPTY_STORE})
_SHORT = 16

ALLOWED = "allow removals"
"""The words for what an allowed removal asks for, before who did."""


class Kind(StrEnum):
    """What is asked for."""

    RETAKE = "retake"
    """What a person took back of a model is to be made again."""
    ALLOW = "allow"
    """What a guard refused to remove is to be removed."""


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """One box."""

    kind: Kind
    subject: str
    """A model; or the digest of just the removal that is allowed, and of no other."""

    @property
    def marker(self) -> str:
        """The comment by which a tick is read."""
        return f"<!-- tfs-gitops {self.kind} {self.subject} -->"

    @property
    def label(self) -> str:
        """What a person reads beside it."""
        return "allow this removal" if self.kind is Kind.ALLOW else f"retake `{self.subject}`"


def ticked(body: str) -> frozenset[Box]:
    """Return the boxes that are ticked in the text of an issue."""
    return frozenset(Box(Kind(kind), subject) for kind, subject in _TICKED.findall(body))


def offered(plan: Plan) -> tuple[Box, ...]:
    """Return the boxes that *plan* has an answer to, sorted."""
    taken = {hold.model for hold in plan.held if hold.code is Code.TAKEN_BACK and hold.model}
    boxes = {Box(Kind.RETAKE, model) for model in taken if SAFE_NAME.fullmatch(model)}
    if (allowing := allowance(plan)) is not None:
        boxes.add(allowing)
    return tuple(sorted(boxes))


def allowance(plan: Plan) -> Box | None:
    """Return the box that allows the removal which *plan* is refused for; None where it is not."""
    if plan.refused is None or plan.refused.code not in _REMOVALS:
        return None
    gone = [[it.model, *it.versions[0]] for it in plan.changes if it.after is None]
    told = [plan.environment, plan.refused.code, list(plan.refused.problems), sorted(gone)]
    return Box(Kind.ALLOW, json_digest(told).rpartition(":")[2][:_SHORT])
