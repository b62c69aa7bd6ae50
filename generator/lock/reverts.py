"""Reverts: changes that people took back on the branch, and that a sync must not make again.

A model of ours has a higher `generation` than the state it was made on. Where the branch got
one that has not, a person put it there, by a revert or by hand. Content decides: a revert
that was squashed, or an old file that was restored, looks the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from generator.catalog.hold import Code, Held
from generator.lock.lock import Lock, ServedModel
from generator.text.phrases import labels, numbers

Reverted = AbstractSet[tuple[str, str]]
"""Each model with a change that was taken back, and the digest of its rules and candidates."""


def reverted(history: Iterable[Lock]) -> Reverted:
    """Return the changes that people took back, by the newest lock of *history*.

    *history* are the locks of the branch, newest first; it is read no further than to the
    commit of ours that the newest lock goes back to. Of earlier ones our own locks tell.
    """
    locks = _distinct(history)
    tip = next(locks, None)
    if tip is None:
        return frozenset()
    now = {model.name: model.state for model in tip.models}
    own = tip.generations
    taken = set(tip.taken_back)
    for lock in _above(tip, locks):
        taken |= {
            (it.name, it.inputs)
            for it in lock.models
            if it.generation >= own.get(it.name, 0) and it.state != now.get(it.name)
        }
        taken |= {
            (it.model, it.inputs)
            for it in lock.removed
            if it.model in now and it.generation >= own[it.model]
        }
    return frozenset(taken)


def repeated(
    wanted: Mapping[str, ServedModel],
    removed: Mapping[str, str],
    served: Mapping[str, ServedModel],
    taken: Reverted,
) -> dict[str, str]:
    """Return the models, with their inputs, whose change would put back what was taken back."""
    inputs = {
        name: model.inputs
        for name, model in wanted.items()
        if name not in served or served[name].state != model.state
    }
    return {
        name: digest for name, digest in {**inputs, **removed}.items() if (name, digest) in taken
    }


def hold(name: str, served: ServedModel | None, wanted: ServedModel | None) -> Held:
    """Return the hold of a change that was taken back."""
    change = f"from {_shown(served)} to {_shown(wanted)}"
    problem = f"{change}; neither its rules nor its candidates are new"
    either = wanted or served
    path = either.base_path if either else None
    return Held(index="", code=Code.TAKEN_BACK, problems=(problem,), base_path=path, model=name)


def _above(tip: Lock, older: Iterable[Lock]) -> Iterator[Lock]:
    """Yield the locks that were on the branch since *tip* was made first."""
    newer = tip
    for lock in older:
        if lock.generation < newer.generation <= tip.generation:
            return
        if lock.generation >= tip.generation:
            yield lock
        newer = lock


def _distinct(locks: Iterable[Lock]) -> Iterator[Lock]:
    """Yield *locks* without those that a commit left as they were."""
    last = None
    for lock in locks:
        if last is None or (lock is not last and lock != last):
            yield lock
        last = lock


def _shown(model: ServedModel | None) -> str:
    if model is None:
        return "nothing"
    return numbers(model.numbers) + (f" ({labels(model.labels)})" if model.labels else "")
