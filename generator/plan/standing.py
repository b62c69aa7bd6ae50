"""The part of an open pull request that stays in it, while a freeze or a window stops what is new.

What is proposed already is not new: it waits for its answer, a merge or its end. Only what people
put on hold since, what rules rule out by now, and what nothing proves any more, comes out of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import TypeVar

from msgspec.structs import replace

from generator.catalog.catalog import Catalog
from generator.environment.matching import RuleIndex
from generator.environment.policy import policy_for
from generator.lock.changes import Change, changes_between
from generator.lock.lock import Lock
from generator.lock.proposed import Proposed
from generator.plan.context import Inputs
from generator.plan.plan import Deferred, Plan

T = TypeVar("T")

_PROPOSED = "proposed before changes were stopped"


def has_news(plan: Plan, applied: Lock, proposed: Proposed) -> bool:
    """Whether *plan*, made on the lock *applied*, has what an open pull request lacks."""
    now, then = {*plan.lock.on_hold}, {*proposed.lock.on_hold}
    ended = ({*applied.on_hold} - now) - ({*applied.on_hold} - then)
    return bool(plan.changes or now - then or ended)


def beside(
    plan: Plan, proposed: Proposed, inputs: Inputs, reasons: Mapping[str, tuple[str, ...]]
) -> Plan:
    """Return *plan*, most of which waits, with what stays *proposed* beside what goes out.

    A model that has moved on since that was made does not stay there: it would be undone.
    *reasons* are those of the changes that are wanted now, by model.
    """
    applied, catalog = inputs.lock, inputs.catalog
    out = {it.model for it in plan.lock.on_hold} | {it.model for it in plan.changes}
    out |= {it.model for it in changes_between(proposed.made_on, applied, {})}
    rules = RuleIndex(inputs.environment.policy)
    names = {
        it.model
        for it in changes_between(applied, proposed.lock, {})
        if it.model in proposed.changed - out
        and all(map(catalog.proves, it.added))
        and not _is_ruled_out(it, rules, catalog)
    }
    lock = _lock(plan.lock, proposed, applied, names)
    told = {name: reasons.get(name, (_PROPOSED,)) for name in names}
    told |= {it.model: it.reasons for it in plan.changes}
    changes = changes_between(applied, lock, told)
    return replace(
        plan,
        lock=lock,
        changes=changes,
        deferred=tuple(it for it in plan.deferred if not _is_reached(it, changes)),
        unchanged=len(lock.models) - sum(it.after is not None for it in changes),
        stands=True,
    )


def _is_ruled_out(change: Change, rules: RuleIndex, catalog: Catalog) -> bool:
    """Whether rules say by now that *change* is not to be; a newer version does not, and waits."""
    newest, *_ = (it for it in (change.after, change.before) if it is not None)
    policy = policy_for(rules, newest.base_path)
    if policy is None or policy.excluded:
        return change.after is not None
    if change.after is None:  # its index may be gone
        return all(map(catalog.proves, change.removed))
    pinned, named = policy.choice.pin, policy.labels
    moved = {*change.labels[1]} - {*change.labels[0]}
    return (
        policy.on_hold
        or bool(pinned and {it.version for it in change.added} - {*pinned})
        or any(isinstance(it := named.get(label), int) and it != to for label, to in moved)
    )


def _lock(planned: Lock, proposed: Proposed, applied: Lock, names: set[str]) -> Lock:
    """Return the lock after *applied* in which the models *names* are as *proposed*.

    So is what all models share, if that has not moved on.
    """

    def of_both(
        of_planned: Iterable[T], of_proposed: Iterable[T], name: Callable[[T], str]
    ) -> tuple[T, ...]:
        found = [it for it in of_planned if name(it) not in names]
        return tuple(sorted([*found, *(it for it in of_proposed if name(it) in names)], key=name))

    model, shared = attrgetter("model"), attrgetter("source", "reading", "settings")
    is_same = shared(proposed.made_on) == shared(applied)
    its = proposed.lock
    source, reading, settings = shared(its if is_same else applied)
    wanted = replace(
        planned,
        source=source,
        reading=reading,
        settings=settings,
        models=of_both(planned.models, its.models, attrgetter("name")),
        pending=of_both(planned.pending, its.pending, model),
        removed=of_both(planned.removed, its.removed, model),
        taken_back=of_both(planned.taken_back, its.taken_back, itemgetter(0)),
        failed=of_both(planned.failed, its.failed, model),
    )
    return applied.succeeded_by(wanted)


def _is_reached(item: Deferred, changes: Sequence[Change]) -> bool:
    """Whether one of *changes* leads to all that *item* waits for."""
    goal = item.model, item.versions, item.labels
    return any((it.model, it.versions[1], it.labels[1]) == goal for it in changes)
