"""Rollouts through environments of pods, drawn at random, with a clock that is not real."""

import os
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, islice
from multiprocessing import get_context

from tests.campaigns.campaign import Campaign, Trial
from tests.histories.waves.__main__ import PLAYS, replay
from tests.histories.waves.world import BrokenPromiseError, WaveWorld

_SEEDS = 2**40
_AT_ONCE = 8
"""Rollouts that a process takes at a time."""

_WHERE = ("room", "little-memory", "room", "bad-machines")
"""Where the pods of one rollout after the other are."""

_KINDS = {
    "kills": "killers",
    "kills-late": "killers",
    "kills-beside": "killers",
    "hungry": "killers",
    "lies": "versions that lie",
    "mute": "versions that hang",
    "hangs": "versions that hang",
    "fails": "versions that fail",
    "slow": "slow versions",
}
_COUNTED = (
    "rollouts",
    "in little memory",
    "on bad machines",
    "at a dead end",
    "commits",
    "pods",
    *dict.fromkeys(_KINDS.values()),
    "servers ended by versions",
    "swaps",
    "partitions",
    "scale-ups",
    "pods replaced",
    "templates changed",
    "servers killed",
    "models lost",
    "agents started anew",
    "strangers that lie",
)
"""The counts, in the order in which they are told."""


@dataclass(slots=True)
class _Played:
    """One rollout that was played: what was drawn, and what went wrong, if anything did."""

    counts: Counter[str] = field(default_factory=Counter)
    loss: str = ""
    traceback: str = ""


def play(trial: Trial) -> None:
    """Play so many rollouts, each of a seed of its own, on all cores that this process may use."""
    counts, tally = trial.tally.counts, trial.tally
    counts.update(dict.fromkeys(_COUNTED, 0))
    for one in _played(trial):
        counts.update(one.counts)
        tally.losses += filter(None, [one.loss])
        tally.tracebacks += filter(None, [one.traceback])


def _played(trial: Trial) -> Iterator[_Played]:
    """Yield each rollout, in the order in which they are drawn."""
    places = islice(cycle(_WHERE), trial.size)
    drawn = [(trial.random.randrange(_SEEDS), where) for where in places]
    # A process that is forked has the rules that a test has switched off.
    with ProcessPoolExecutor(_cores(), mp_context=get_context("fork")) as pool:
        yield from pool.map(_one, drawn, chunksize=_AT_ONCE)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not everywhere
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _one(drawn: tuple[int, str]) -> _Played:
    seed, where = drawn
    again, played = replay(seed, where), _Played(Counter({"rollouts": 1}))
    try:
        world = PLAYS[where](seed)
    except BrokenPromiseError as error:
        played.loss = f"rollout: {again}\n{error}"
    except Exception:  # noqa: BLE001  a bug of the agent, which the others shall not hide
        played.traceback = f"rollout: {again}\n{traceback.format_exc()[-4000:]}"
    else:
        played.counts.update(_drawn(world))
    return played


def _drawn(world: WaveWorld) -> Counter[str]:
    """Return what was drawn in a rollout."""
    found = Counter(_KINDS[kind] for kind in world.kinds.values() if kind in _KINDS)
    found["in little memory"] = int(world.memory is not None)
    found["on bad machines"] = int(world.machines_break)
    found["at a dead end"] = int(bool(world.dead_ends))
    found["commits"] = world.commits
    found["pods"] = world.made
    found["servers ended by versions"] = world.ends
    return found + world.happened


ROLLOUTS = Campaign(
    name="rollouts",
    promise="A version that ends servers reaches the pods that lead, and no other.",
    method="""
Environments of two to five pods, with the decisions of real agents, simulated servers, and a clock
that is not real. Versions are good, slow, fail, hang, answer wrongly or not at all, and end
servers: at once, late, beside another version, or in pods with little memory. Meanwhile pods do not
hear each other, or their name lists nobody; servers are killed, agents start anew, pods come, go
and are replaced; each commit reaches each pod at another time. At each second, a pod that is ready
answers for each label that has answered; and in the end, when all hear each other again, all have
what Git says. Every other one is in little memory: few models have room for two versions there, and
pods swap, one at a time, out of their Service; no server ever has more than fits. In half of these
pods lose models for good, so that another is left alone with one and may not leave. An eighth of
the others begin with a version of one model that no other can be loaded beside, so that no reload
leads on from it: there all pods serve it on in the end, say why, and have what Git says of the
other model. With `onTimeout: go`, pods that did not hear each other may each lead with a version
that ends servers, or go on without one that hangs with it, and two such versions may take all pods
that answer: there alone that is no loss. They are played on all cores. A loss names the command
that plays its rollout again, and a rule that is switched off makes some (`tests/histories`).
""",
    play=play,
    quick=16,
    night=10_000,
)
