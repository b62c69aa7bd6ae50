"""What a decision must know beside the catalog, from the store's objects and the branch's past."""

from dataclasses import replace
from itertools import islice

from generator import decision, delivered, inspection
from generator.catalog import Catalog, Unreadable
from generator.gates import Around
from generator.lock import Lock
from generator.plan import Plan
from generator.policy import policy_for
from generator.ports import Silent, Store
from generator.presence import Presence
from generator.requirement import Require
from generator.run import Applied, Surveyed
from generator.taken_back import taken_back

LOOK_BACK = 50
"""How many commits are searched for a lock that was taken back as a whole."""


def meet(
    store: Store, item: Applied, proven: Catalog, presence: Presence
) -> tuple[Catalog, Around]:
    """Return what is proven and around *item*, with what only the store's objects can tell.

    The versions that its rules would now add are inspected; one that fails a requirement
    makes room for another, which is looked at and inspected in turn.

    Raises:
        StoreError: The store itself fails.
    """
    proven = presence.applied_to(proven)
    around, seen = replace(item.around, gone=_gone(store, item, proven)), set[str]()
    if not any(rule.require for rule in item.environment.policy):
        return proven, around
    served = item.lock.by_name
    while True:
        plan = decision.decide(item.environment, proven, item.lock, around)
        chosen = (version for model in plan.lock.models for version in model.versions)
        if presence.look(chosen, Silent()):
            proven = presence.applied_to(proven)
            continue
        fresh = [
            (policy.require, version, served.get(change.model))
            for change in plan.changes
            for version in (change.after.versions if change.after else ())
            if version.path not in seen
            and (change.before is None or version.version not in change.before.numbers)
            and (policy := policy_for(item.environment.policy, version.base_path))
            and policy.require != Require()
        ]
        if not fresh:
            return proven, around
        for require, version, before in fresh:
            newest = before.versions[-1] if before else None
            serving = item.environment.serving
            found = inspection.inspect(store, serving, require, version, newest)
            around = around.with_found(version.path, found.unmet, found.warnings)
            seen.add(version.path)


def with_taken(surveyed: Surveyed, applied: Lock) -> Around:
    """Return what is around *surveyed*, with what people took back on its branch.

    Raises:
        PublishError: The branch's past cannot be read.
    """
    past = delivered.history(surveyed.environment, surveyed.branch)
    seen = past if applied.generation else islice(past, LOOK_BACK)
    return replace(surveyed.around, taken=taken_back(merged.lock for merged in seen))


def inspected(surveyed: Surveyed, plan: Plan) -> Plan:
    """Return *plan* with what a reviewer is told of the objects of new versions.

    Raises:
        StoreError: The store itself fails.
    """
    if surveyed.store is None:
        return plan
    return replace(plan, inspected=inspection.of_changes(surveyed.store, plan.changes))


def _gone(store: Store, item: Applied, proven: Catalog) -> frozenset[str]:
    """Return the served versions without an index that only their objects could keep."""
    indexes = {version.index_key for version in proven.versions}
    indexes |= {hold.index for hold in proven.held}
    alone = {
        version.path: version
        for version in item.versions
        if version.index_key not in indexes
        and (policy := policy_for(item.environment.policy, version.base_path))
        and (policy.on_hold or version.version in policy.choice.pin)
    }
    return frozenset(
        path
        for path, objects in store.objects(alone.keys())
        if not isinstance(objects, Unreadable) and len(objects) < alone[path].objects
    )
