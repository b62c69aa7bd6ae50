"""Histories drawn from a seed: few names and numbers, so that they meet often."""

from collections.abc import Iterator, Sequence
from random import Random

from generator.agent.pod.mounted import CONFIG
from generator.lock.paths import LOCK
from generator.serving.state import ModelState
from tests.histories.pods.events import (
    Change,
    Commit,
    Event,
    KillAgent,
    KillServer,
    Look,
    LosePod,
    Mend,
    Mount,
    MountHalf,
    Outage,
    Pause,
    Revert,
    Start,
    UntilStep,
)
from tests.histories.pods.world import BROKEN, MODELS, NUMBERS

History = Sequence[Event]
State = dict[str, ModelState]

PODS = 2
_BROKEN = sorted(BROKEN)
_BEGIN: State = {
    "a": ModelState(frozenset({1}), (("stable", 1),)),
    "b": ModelState(frozenset({1})),
}


def drawn(seed: int, length: int = 12) -> History:
    """Return the history of a seed: two pods that serve, and *length* things that happen."""
    draw = Random(seed)
    events: list[Event] = [Commit(_BEGIN), Mount(1), *map(Start, range(PODS)), Pause(1.5)]
    events += [Look(number) for number in range(PODS)]
    state = _BEGIN
    for _ in range(length):
        happens = draw.choices((_edit, _detour, _kill, _store, _pod), (5, 3, 4, 2, 3))[0]
        if happens in (_edit, _detour):
            before, state = state, _edited(state, draw)
            events += happens(before, state, draw)
        else:
            events += happens(draw)
        events += _passes(draw)
    return events


def _edit(_: State, after: State, draw: Random) -> Iterator[Event]:
    """Change what is wanted, or go some commits back; an object may not be what was proven."""
    if after and draw.random() < 0.2:
        name = draw.choice(sorted(after))
        yield Change(name, draw.choice(sorted(after[name].versions)))
    yield Commit(after) if draw.random() < 0.8 else Revert(draw.randint(1, 3))


def _detour(before: State, after: State, draw: Random) -> Iterator[Event]:
    """Change what is wanted there and back, and perhaps there again or elsewhere.

    Often to nothing but a version that does not load, and with a kill meanwhile.
    """
    if draw.random() < 0.5:
        after = before | {name: ModelState(frozenset({it})) for name, it in [draw.choice(_BROKEN)]}
    yield Commit(after)
    yield from _passes(draw)
    if draw.random() < 0.4:
        yield from _kill(draw)
    yield Pause(draw.choice((0, 0.3, 0.8)))
    yield Commit(before)
    yield from _passes(draw)
    if draw.random() < 0.5:
        yield Commit(draw.choice((after, _edited(before, draw))))


def _edited(state: State, draw: Random) -> State:
    """Return what is wanted after one model was added, changed or removed."""
    name = draw.choice(MODELS)
    others = {other: model for other, model in state.items() if other != name}
    before = state.get(name)
    versions = frozenset(draw.sample(NUMBERS, draw.choice((1, 1, 2))))
    if before:
        how = draw.random()
        if how < 0.15:
            return others
        if how < 0.3 and len(before.versions) > 1:
            versions = before.versions - {draw.choice(sorted(before.versions))}
        elif how < 0.6:
            versions |= before.versions
        elif how < 0.7:
            versions = before.versions
    return others | {name: ModelState(versions, _labels(versions, draw))}


def _labels(versions: frozenset[int], draw: Random) -> tuple[tuple[str, int], ...]:
    labels = [("canary", draw.choice(sorted(versions)))] if draw.random() < 0.4 else []
    labels += [("stable", draw.choice(sorted(versions)))] if draw.random() < 0.8 else []
    return tuple(labels)


def _kill(draw: Random) -> Iterator[Event]:
    """End one container or both, and let it start at once, later, or only in the end."""
    pod = draw.randrange(PODS)
    kills = draw.choice(((KillAgent,), (KillAgent,), (KillServer,), (KillAgent, KillServer)))
    yield from (kill(pod) for kill in kills)
    if draw.random() < 0.8:
        yield from _passes(draw)
        yield Start(pod)


def _store(draw: Random) -> Iterator[Event]:
    yield draw.choice(
        (
            Outage(begins=True),
            Outage(begins=False),
            Change(draw.choice(MODELS), draw.choice(NUMBERS)),
            Mend(),
        )
    )


def _pod(draw: Random) -> Iterator[Event]:
    pod = draw.randrange(PODS)
    half = MountHalf(1, draw.choice((CONFIG, LOCK)))
    yield draw.choice((Mount(1), Mount(1), half, Start(pod), Look(pod), LosePod(pod)))


def _passes(draw: Random) -> Iterator[Event]:
    """Let no time pass, or some, or as much as a step takes."""
    what = draw.random()
    if what < 0.25:
        yield UntilStep(draw.randrange(PODS))
    elif what < 0.7:
        yield Pause(round(draw.expovariate(3), 2))
