"""The facts that a decision lacks."""

from collections.abc import Iterator

from msgspec import Struct

from generator.catalog.catalog import Version
from generator.environment.reading import reading_of
from generator.plan.context import Inputs
from generator.plan.look_ahead import ahead
from generator.plan.plan import Plan
from generator.plan.question import Question
from generator.plan.wish import Wish


class MissingFacts(Struct, frozen=True):
    """Facts that a decision rests on, and that nobody has looked up yet."""

    wish: Wish
    """The wish that lacks them."""
    withdrawn: tuple[Version, ...] = ()
    """Served versions that no index proves: does the store still have theirs?"""
    kept_without_index: frozenset[str] = frozenset()
    """Of those, the paths of versions that stay while their objects do: pinned, or on hold."""
    unproven: tuple[Version, ...] = ()
    """Versions that only an earlier run proved: do their objects still prove them?"""
    unseen: tuple[Version, ...] = ()
    """Versions of which nobody knows whether the store hands them out."""
    uninspected: tuple[Question, ...] = ()
    """Whether servers can load a version, and whether it meets what its rule requires."""
    unread: tuple[Version, ...] = ()
    """Served versions that servers are to read in another way than now."""
    unasked: tuple[Question, ...] = ()
    """Served versions that agents are to ask otherwise than now: can they answer that at all?"""
    back: tuple[str, ...] = ()
    """Models of which a version failed in pods: what was served before it?"""
    past: bool = False
    """Whether changes that people took back on the branch are among them."""

    def __bool__(self) -> bool:
        return any(
            (
                *(self.withdrawn, self.unproven, self.unseen, self.uninspected, self.unread),
                *(self.back, self.past, self.unasked),
            )
        )


def rests_on_the_past(inputs: Inputs, plan: Plan) -> bool:
    """Whether *plan* makes another lock: that has to say what people took back until then."""
    return plan.lock is not inputs.lock


def missing(inputs: Inputs, wish: Wish, plan: Plan, withdrawn: tuple[Version, ...]) -> MissingFacts:
    """Return what *plan* rests on that nobody has looked up yet."""
    facts, policies = inputs.facts, wish.naming.policies
    chosen = {version.path: version for model in plan.lock.models for version in model.versions}
    next_ones = () if withdrawn else tuple(ahead(wish, plan))
    chosen |= {version.path: version for version in next_ones}
    served = inputs.served
    unread = (
        ()
        if withdrawn
        else tuple(
            version for _, version in staying(inputs, plan) if version.digest not in facts.misread
        )
    )
    return MissingFacts(
        wish=wish,
        withdrawn=withdrawn,
        kept_without_index=frozenset(
            version.path
            for version in withdrawn
            if (policy := policies.get(version.base_path))
            and (policy.on_hold or version.version in policy.choice.pin)
        ),
        unproven=tuple(it for path, it in chosen.items() if path in facts.unsure),
        unseen=tuple(it for path, it in chosen.items() if path not in facts.looked),
        uninspected=tuple(
            Question.of(version, inputs.environment, policy, inputs.lock)
            for version in (*_added(plan), *next_ones)
            if (version.path, version.digest) not in served
            and version.digest not in facts.findings
            and (policy := policies.get(version.base_path))
        ),
        unread=unread,
        unasked=() if withdrawn else tuple(_asked_otherwise(inputs, wish, plan)),
        past=rests_on_the_past(inputs, plan) and facts.taken is None,
    )


def _added(plan: Plan) -> Iterator[Version]:
    """Yield the versions of all models that change."""
    for change in plan.changes:
        yield from change.after.versions if change.after else ()


def _asked_otherwise(inputs: Inputs, wish: Wish, plan: Plan) -> Iterator[Question]:
    """Yield the served versions that agents are to ask by a probe of which nobody knows the fit."""
    if not inputs.environment.serving.agent:
        return
    for change in plan.changes:
        before, after = change.probes
        if after is None or not after.text or after == before or change.after is None:
            continue
        policy = wish.naming.policies.get(change.after.base_path)
        for version in change.after.versions:
            is_served = (version.path, version.digest) in inputs.served
            if policy and is_served and version.digest not in inputs.facts.unfit:
                yield Question.of(version, inputs.environment, policy, inputs.lock)


def staying(inputs: Inputs, plan: Plan) -> Iterator[tuple[str, Version]]:
    """Yield the served versions that stay, by model, where servers are to read them otherwise."""
    if reading_of(inputs.environment.serving).text == inputs.lock.reading:
        return
    served = inputs.served
    for model in plan.lock.models:
        for version in model.versions:
            if (version.path, version.digest) in served:
                yield model.name, version
