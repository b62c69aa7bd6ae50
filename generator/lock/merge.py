"""A merge of locks: what its sides brought, and so what the merge itself did to them."""

from collections.abc import Sequence

from generator.environment.serving import Json
from generator.lock.lock import Lock, ServedModel
from generator.lock.notes import Removed

_Found = ServedModel | Removed | None


def before_merge(sides: Sequence[Lock], base: Lock, after: Lock) -> Lock:
    """Return the lock that a merge began from, model by model; *after* is what it left.

    Of each model, it has what the side has that changed it since *base*. If several did, that
    is the side that *after* agrees with, or the one with the highest generation.
    """
    found = _found(base)
    there = [_found(side) for side in sides]
    wanted = _found(after)
    names = sorted({*found, *wanted, *(name for side in there for name in side)})
    chosen = [_chosen(name, there, found.get(name), wanted.get(name)) for name in names]
    return Lock(
        after.environment,
        after.source,
        tuple(it for it in chosen if isinstance(it, ServedModel)),
        own_generation=max(side.own_generation for side in sides),
        removed=tuple(it for it in chosen if isinstance(it, Removed)),
        settings=_settings(sides, base, after),
        failed=after.failed,
        on_hold=after.on_hold,
    )


def _found(lock: Lock) -> dict[str, ServedModel | Removed]:
    return {**{it.model: it for it in lock.removed}, **lock.by_name}


def _chosen(
    name: str, sides: Sequence[dict[str, ServedModel | Removed]], base: _Found, after: _Found
) -> _Found:
    changed = [it for side in sides if not _same(it := side.get(name), base)]
    same = [it for it in changed if _same(it, after)]
    return max(same or changed or [base], key=_generation)


def _generation(found: _Found) -> int:
    return found.generation if found is not None else 0


def _settings(sides: Sequence[Lock], base: Lock, after: Lock) -> Json | None:
    changed = [it.settings for it in sides if it.settings != base.settings] or [base.settings]
    return after.settings if after.settings in changed else changed[0]


def _same(one: _Found, other: _Found) -> bool:
    if isinstance(one, ServedModel) and isinstance(other, ServedModel):
        return (one.generation, one.state) == (other.generation, other.state)
    return one == other
