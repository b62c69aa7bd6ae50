"""The values that a decision is made of."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct, field

from generator.catalog.catalog import Catalog
from generator.catalog.findings import Findings
from generator.environment.environment import Environment
from generator.lock.lock import Lock, LockState, ServedModel
from generator.lock.notes import Failed, OnHold
from generator.lock.reverts import Reverted
from generator.plan.verified import Verified

WayBack = ServedModel | str
"""A model as it was before what failed came, or why it does not go back by itself."""


class Context(Struct, frozen=True):
    """The time of a decision, and the locks of other environments."""

    now: datetime
    elsewhere: Mapping[str, Sequence[LockState]] = field(default_factory=dict)
    """By environment: the states of its lock, newest first, back to the longest age asked."""
    verified: Mapping[str, Verified] = field(default_factory=dict)
    """By environment: what commit statuses say of it; those alone that are verified by some."""


TIMELESS = Context(datetime.max.replace(tzinfo=UTC))
"""For policies without gates: every version is old enough, and there is no other environment."""


class Facts(Struct, frozen=True):
    """Facts that were looked up for decisions, beside the catalog."""

    unsure: frozenset[str] = frozenset()
    """Paths of versions that an earlier run proved, and that this run has not compared yet."""
    looked: frozenset[str] = frozenset()
    """Paths of versions whose objects were looked at, or need no look: they are served."""
    findings: Mapping[str, Findings] = field(default_factory=dict)
    """By digest: what was found in versions that are to be served for the first time."""
    deleted: frozenset[str] = frozenset()
    """Paths of served versions whose index is no key of the store, in its own words."""
    gone: frozenset[str] = frozenset()
    """Of those, the paths of versions whose objects are not all there either."""
    misread: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By digest of a served version: why servers could not load it if they were started as asked.

    Empty where they could, or where they cannot load it as they are now.
    """
    unfit: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By digest of a served version: why it cannot answer the probe of its policy; () if it can."""
    failed: Mapping[str, Failed] = field(default_factory=dict)
    """By digest: versions that failed in pods, as the lock has them, or as pods tell now."""
    doubted: Mapping[str, str] = field(default_factory=dict)
    """By digest, of those: why that takes no version back which is served."""
    unheeded: tuple[Failed, ...] = ()
    """The failures of served versions that others tell of, and somebody asked to forget."""
    back: Mapping[str, WayBack] | None = None
    """The ways back of models of which a version failed; None until they are looked up."""
    taken: Reverted | None = None
    """The changes that people took back on the branch; None until its past is read."""

    @property
    def refused(self) -> Mapping[str, Findings]:
        """Those of the findings that are against a version."""
        return {digest: found for digest, found in self.findings.items() if found.refusals}


class Inputs(Struct, frozen=True):
    """All that a plan is made of: equal inputs, equal plans."""

    environment: Environment
    lock: Lock
    """The lock that servers have, of the branch."""
    catalog: Catalog
    """The versions that the store proves and hands out, and the held ones."""
    context: Context = TIMELESS
    facts: Facts = field(default_factory=Facts)
    retake: frozenset[str] = frozenset()
    """Models for which what a person took back is forgotten."""
    hold: tuple[OnHold, ...] = ()
    """Models that people ask to keep as they are, from now on."""
    release: frozenset[str] = frozenset()
    """Models that people let go of."""

    @property
    def on_hold(self) -> tuple[OnHold, ...]:
        """The models that people keep as they are: those of the lock, and what is asked for now."""
        served = self.lock.by_name
        asked = {it.model: it for it in self.hold if it.model in served}
        gone = self.release | asked.keys()
        return tuple(
            sorted([it for it in self.lock.on_hold if it.model not in gone] + [*asked.values()])
        )

    @property
    def served(self) -> frozenset[tuple[str, str]]:
        """Path and digest of every served version."""
        return frozenset(
            (version.path, version.digest)
            for model in self.lock.models
            for version in model.versions
        )
