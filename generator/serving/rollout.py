"""Safe steps from what is served to what is wanted.

A running server refuses a whole file, for ever, if it moves an existing label to a
version that is not loaded; and it never retries a version that replaced all others and
failed to load (W5, W7). So versions are added beside
the old ones, labels move when their versions are loaded, and old versions are dropped a
step later. Models are independent: each takes its own next step.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from generator.serving.state import Labels, ModelState, State


def next_step(
    served: State, wanted: State, available: Mapping[str, AbstractSet[int]]
) -> dict[str, ModelState]:
    """Return the next state that a server which holds *served* accepts.

    *available* are the versions that it has loaded. The result is *wanted* when nothing
    is left to wait for; repeated with what becomes available, the steps end there.
    """
    steps: dict[str, ModelState] = {}
    for name in sorted(served.keys() | wanted.keys()):
        current = served.get(name)
        # A version that was dropped still answers until the server looks for versions again.
        loaded = available.get(name, frozenset()) & (current.versions if current else frozenset())
        step = _step((current,), wanted.get(name), loaded)
        if step is not None:
            steps[name] = step
    return steps


def next_commit(possible: Sequence[State], wanted: State) -> dict[str, ModelState]:
    """Return the next state that is safe for every pod, whichever state it holds.

    *possible* are the states that some pod may still hold, newest first. A version counts
    as loaded when it is in all of them: it was in Git for as long as a pod may lag.
    """
    names = {name for state in (*possible, wanted) for name in state}
    steps: dict[str, ModelState] = {}
    for name in sorted(names):
        states = tuple(state.get(name) for state in possible)
        everywhere = [state.versions if state else frozenset[int]() for state in states]
        available = frozenset.intersection(*everywhere) if everywhere else frozenset[int]()
        step = _step(states, wanted.get(name), available)
        if step is not None:
            steps[name] = step
    return steps


def _step(
    possible: Sequence[ModelState | None],
    wanted: ModelState | None,
    available: AbstractSet[int],
) -> ModelState | None:
    """Return the next state of one model; None takes it out of the config."""
    held = [state for state in possible if state is not None]
    if wanted is None or not held:
        return wanted
    current = possible[0]
    if current is None:
        # Taken away a moment ago: to a pod that missed it, this must not be a replacement.
        return wanted if all(_adds_to(state, wanted) for state in held) else None
    labels = _labels(held, current, wanted, available)
    versions = current.versions | wanted.versions
    if wanted.versions <= available:
        needed = frozenset[int]().union(*(state.labelled for state in held))
        versions = wanted.versions | (versions & needed)
    return ModelState(versions, labels)


def _adds_to(state: ModelState, wanted: ModelState) -> bool:
    """Whether *wanted* has all of *state*: its versions, and its labels where they are."""
    return state.versions <= wanted.versions and set(state.labels) <= set(wanted.labels)


def _labels(
    held: Sequence[ModelState],
    current: ModelState,
    wanted: ModelState,
    available: AbstractSet[int],
) -> Labels:
    """Return the labels that every server accepts: new, unmoved, or moved to a loaded version."""
    now, had = dict(current.labels), [dict(state.labels) for state in held]
    labels = {}
    for label, version in wanted.labels:
        before = {it[label] for it in had if label in it}
        if before <= {version} or version in available:
            labels[label] = version
        elif label in now:
            labels[label] = now[label]
    return tuple(sorted(labels.items()))
