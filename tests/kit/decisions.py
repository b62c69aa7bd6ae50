"""Decisions of tests: the pure core is asked until it lacks nothing, and all it asks is well."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from msgspec.structs import replace

from generator.catalog.catalog import Catalog, ProvenByIndex
from generator.catalog.findings import Findings
from generator.catalog.ports import Silent, Store
from generator.catalog.reproof import Reproof, Schedule
from generator.environment.environment import Environment
from generator.lock.lock import Lock
from generator.lock.ports import ReadableBranch
from generator.pipeline import pipeline
from generator.plan import decide as decision
from generator.plan.context import TIMELESS, Context, Facts, Inputs
from generator.plan.facts import FactFinder
from generator.plan.missing import MissingFacts
from generator.plan.plan import Plan
from generator.plan.shared_store import SharedStore


def decide(
    environment: Environment,
    catalog: Catalog,
    lock: Lock,
    context: Context = TIMELESS,
    **facts: object,
) -> Plan:
    """Return the plan of a store that hands out all it lists, and has no index beside those.

    Servers can load every version, and people took nothing back, unless *facts* say so. A wish
    that still stands is no other than the one that is made anew.
    """
    inputs = Inputs(environment, lock, catalog, context, Facts(**facts))  # type: ignore[arg-type]
    found = decision.decide(inputs)
    while isinstance(found, MissingFacts):
        inputs, earlier = all_is_well(inputs, found), found.wish
        anew, found = decision.decide(inputs), decision.decide(inputs, earlier)
        assert found == anew
    return found


def all_is_well(inputs: Inputs, missing: MissingFacts) -> Inputs:
    """Return *inputs* with the best answers to what is *missing*; an index not listed is gone."""
    known = inputs.facts
    asked = {question.version.digest: Findings() for question in missing.uninspected}
    facts = replace(
        known,
        unsure=known.unsure - {version.path for version in missing.unproven},
        looked=known.looked | {version.path for version in missing.unseen},
        findings={**known.findings, **asked},
        deleted=known.deleted | {version.path for version in missing.withdrawn},
        misread={**known.misread, **{version.digest: () for version in missing.unread}},
        taken=known.taken or frozenset(),
    )
    return replace(inputs, facts=facts)


@dataclass
class NoPast:
    """A branch without a past, and a memory of what is *remembered* and nothing else."""

    remembered: dict = field(default_factory=dict)

    def log(self, _path, _until=None):
        """Yield no commit."""
        return iter(())

    def refuse_misfits(self, _files, _folders):
        """Find nothing in the way."""

    def has(self, _path):
        """Say that there is no such file."""
        return False

    def read(self, _folder):
        """Return no files."""
        return {}

    def versions(self, known=()):
        """Return what is remembered of other indexes than the *known*."""
        return {ref: found for ref, found in self.remembered.items() if ref not in known}

    def keep_versions(self, versions):
        """Keep nothing."""

    def held_indexes(self):
        """Remember none."""
        return {}

    def keep_held_indexes(self, held):
        """Keep none."""

    def refused(self):
        """Know nothing."""
        return ()

    def findings(self, question):
        """Know nothing."""

    def keep_findings(self, answers):
        """Keep nothing."""


def decide_on(
    store: Store,
    environment: Environment,
    lock: Lock,
    *,
    now: datetime,
    reprove: int = 86400,
    remembered: ProvenByIndex | None = None,
) -> tuple[Inputs, Plan]:
    """Decide as a sync does that reads *store*, for a branch that nobody took anything back on."""
    nothing = NoPast(remembered or {})
    shared = SharedStore.read(
        *(store, nothing, lambda: nullcontext(Silent()), [lock]),
        url=environment.source.url,
        reproof=Reproof(Schedule(now, reprove)),
    )
    facts = FactFinder(shared, cast("ReadableBranch", nothing))
    return pipeline.decide(facts.inputs(environment, lock, Context(now)), facts)
