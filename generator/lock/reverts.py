"""Reverts: changes that people took back on the branch, and that a sync must not make again.

A model of ours has a higher `generation` than the state it was made on. Where the branch got
one that has not, a person put it there, by a revert or by hand. Content decides: a revert
that was squashed, or an old file that was restored, looks the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from generator.catalog.hold import Code, Held
from generator.environment.serving import Json
from generator.lock.commit import is_revert
from generator.lock.lock import Lock, LockState, ServedModel
from generator.text.phrases import labels, numbers

if TYPE_CHECKING:
    from generator.lock.proposed import Proposed

Reverted = AbstractSet[tuple[str, str]]
"""Each model with a change that was taken back, and the digest of its rules and candidates."""


def reverted(history: Iterable[LockState]) -> Reverted:
    """Return the changes that people took back, by the newest lock of *history*.

    *history* are the states of the branch, newest first; it is read no further than to the
    commit of ours that the newest lock goes back to. Of earlier ones our own locks tell.
    """
    states = _distinct(history)
    tip = next(states, None)
    if tip is None:
        return frozenset()
    now = {model.name: model.state for model in tip.lock.models}
    own = tip.lock.generations
    taken = set(tip.lock.taken_back)
    for lock in _since(tip, states):
        # Locks of releases that counted no models have 0 for each of them.
        is_above = lock.generation >= tip.lock.generation

        def is_taken(name: str, generation: int, *, is_above: bool = is_above) -> bool:
            last = own.get(name, 0)
            return generation > last or (generation == last and is_above)

        taken |= {
            (it.name, it.inputs)
            for it in lock.models
            if it.state != now.get(it.name) and is_taken(it.name, it.generation)
        }
        taken |= {
            (it.model, it.inputs)
            for it in lock.removed
            if it.model in now and is_taken(it.model, it.generation)
        }
    return frozenset(taken)


def proposed_again(proposed: "Proposed", served: Lock) -> Reverted:
    """Return the changes that an open proposal would make to what is *served*.

    Of those that people took back, somebody has asked for these again. What it has beside them, of
    the branch as it was then, nobody has: people may have taken that back since.
    """
    now = served.by_name
    found = {
        (it.name, it.inputs)
        for it in proposed.lock.models
        if it.name not in now or now[it.name].state != it.state
    }
    found |= {(it.model, it.inputs) for it in proposed.lock.removed if it.model in now}
    return frozenset(it for it in found if it[0] in proposed.changed)


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
    change = f"from {shown(served)} to {shown(wanted)}"
    problem = f"{change}; neither its rules nor its candidates are new"
    either = wanted or served
    path = either.base_path if either else None
    return Held(index="", code=Code.TAKEN_BACK, problems=(problem,), base_path=path, model=name)


def settings_taken_back(history: Iterable[LockState], wanted: Json) -> LockState | None:
    """Return the state by which a person took the settings *wanted* back, or None.

    *history* are the states of the branch, newest first; it is read no further than to one that
    is not above the newest. There they stood before, in a lock of ours that counted more changes.
    """
    states = _distinct(history)
    tip = next(states, None)
    for state in states:
        if tip is None or state.lock.generation <= tip.lock.generation:
            return None
        if state.lock.settings == wanted:
            return tip
    return None


def _since(tip: LockState, older: Iterable[LockState]) -> Iterator[Lock]:
    """Yield the locks that were on the branch since a commit of ours that *tip* goes back to.

    A person who takes a revert back makes numbers go up too: the subject tells, as Git and
    forges word it.
    """
    newer = tip
    for state in older:
        is_up = state.lock.generation < newer.lock.generation <= tip.lock.generation
        if is_up and not is_revert(newer.subject):
            return
        yield state.lock
        newer = state


def _distinct(states: Iterable[LockState]) -> Iterator[LockState]:
    """Yield *states* without those that are as the one after them."""
    last: LockState | None = None
    for state in states:
        if last is None or state.lock != last.lock:
            yield state
        last = state


def shown(model: ServedModel | None) -> str:
    """Return the versions and labels of a model, in words."""
    if model is None:
        return "nothing"
    return numbers(model.numbers) + (f" ({labels(model.labels)})" if model.labels else "")
