"""A run at rest: it had nothing to do, and only what a receipt compares, or time, changes that.

Holds and warnings are told apart by what ends them: an index, a policy, a commit or their time,
which the next run compares; an object of the store, whose directory it lists; or something else.
"""

from collections.abc import Iterable

from generator.catalog.catalog import Catalog
from generator.catalog.events import missed
from generator.catalog.evidence import DIFFERS, UNUSABLE
from generator.catalog.hold import Code
from generator.catalog.version_directory import is_version_directory
from generator.delivery.outcome import Outcome
from generator.pipeline.run import Run
from generator.plan.plan import Deferred, Plan, Why
from generator.plan.shared_store import SharedStore
from generator.render import handover

_OF_TEXT = frozenset(
    {
        *(Code.INDEX_TOO_LARGE, Code.NOT_UTF8, Code.FIELD_COUNT, Code.EMPTY_INDEX),
        *(Code.MIXED_BASE_PATH, Code.FOREIGN_BUCKET, Code.UNSAFE_PATH, Code.OUTSIDE_BASE_PATH),
        *(Code.NO_VERSION_DIRECTORY, Code.CONFLICTING_ROWS, Code.UNSAFE_NAME),
        *(Code.VERSION_OUT_OF_RANGE, Code.DUPLICATE_VERSION_DIRECTORY, Code.NAME_COLLISION),
        *(Code.NOT_SERVABLE, Code.REQUIREMENT_UNMET, Code.WAITING, Code.TAKEN_BACK),
        *(Code.NO_ROOM, Code.ON_HOLD),
    }
)
"""Holds that end by nothing but another index, another policy, another commit, or their time."""

_PASSING = frozenset(
    {
        *(handover.CODE, "clock", "uncommitted-policy", "does-not-build", UNUSABLE, DIFFERS),
        *(missed.UNREAD, missed.BEHIND, missed.MISSED),
    }
)
"""Warnings that end by what nobody sees here: the clock, and other programs."""


def is_at_rest(run: Run, outcome: Outcome) -> bool:
    """Whether a run had nothing to do, and only what is seen here, or its time, changes that."""
    plan = outcome.plan
    if any(not it.is_settled for it in run.verifications()):
        return False  # many commits would have to be asked for again
    told = 1 if outcome.is_declined else 0  # that a person has closed just this
    has_acted = outcome.commit or len(outcome.notices) > told
    is_open = outcome.pull_request is not None or outcome.is_declined or plan.waits
    has_steps = any(not _comes_after(it, run, plan) for it in plan.deferred)
    waits = has_steps or plan.degraded or plan.misread or plan.refused
    passes = any(warned.code in _PASSING for warned in plan.warnings)
    found = {(it.code, it.base_path, it.version) for it in run.facts.store.catalog.held}
    is_seen = all(
        it.code in _OF_TEXT or (it.code, it.base_path, it.version) in found for it in plan.held
    )
    return is_seen and not ((plan.changed and not is_open) or has_acted or waits or passes)


def _comes_after(item: Deferred, run: Run, plan: Plan) -> bool:
    """Whether what waits does so for its time, or comes after what is open for review."""
    if item.why is not Why.STEP:
        return True
    is_reviewed = run.environment.delivery.mode == "pull-request"
    is_of_time = item.due is None and run.environment.delivery.verified is None
    return is_reviewed and is_of_time and any(it.model == item.model for it in plan.changes)


def compared_directories(shared: SharedStore) -> set[str]:
    """Return the versions that the next run compares, as this one did; none where it takes turns.

    Also those that are proven for the first time.
    """
    if not shared.comparison.is_whole:
        return set()
    return shared.due | {version.path for version in shared.catalog.versions}


def held_directories(catalog: Catalog, seen: Iterable[str]) -> set[str] | None:
    """Return the directories of what is held for what the store has there.

    None where something is held for what no listing shows.
    """
    by_version: dict[tuple[str | None, int | None], set[str]] = {}
    for path in seen:
        base, _, name = path.rpartition("/")
        if is_version_directory(name):
            by_version.setdefault((base, int(name)), set()).add(path)
    of_store = [hold for hold in catalog.held if hold.code not in _OF_TEXT]
    found = [by_version.get((hold.base_path, hold.version)) for hold in of_store]
    return None if None in found else {path for paths in found for path in paths or ()}
