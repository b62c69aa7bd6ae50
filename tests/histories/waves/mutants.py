"""The rules of waves, each with what stands in its place when it is off, and a seed that shows it.

`python -m tests.histories.waves.mutants RULE` looks for another seed.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from generator.agent.decide import line, order, taking_turns, waiting, wave
from generator.agent.decide.fallback import Fallback
from generator.agent.decide.leads import Leads
from generator.agent.decide.refusals import Judge
from generator.agent.decide.roster import Roster
from generator.agent.decide.standing import Standing, is_served_well
from generator.agent.decide.turn import Go
from generator.agent.decide.wave import Wave
from generator.agent.decide.wave_snapshot import WaveSnapshot
from tests.histories.waves.drawing import play
from tests.histories.waves.world import BrokenPromiseError

_REACHES = "ended the servers of"
_NOBODY_ANSWERS = "no pod that is ready answers"
_STANDS_STILL = r"\Apod-\d+: "


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule, and what stands in the place of a function when it is off."""

    rule: str
    place: Any
    name: str
    replacement: Callable[..., Any]
    seed: int
    """A rollout that is survived only with the rule."""
    breaks: str = _REACHES

    def switch_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the rule out of the program for the rest of the test."""
        monkeypatch.setattr(self.place, self.name, self.replacement)

    def __str__(self) -> str:
        return self.rule.replace(" ", "-")


_LONG = 10**9

_turn, _standing, _view = taking_turns.turn, line.standing, Roster.view
_fallback = wave.fallback
_is_given_up = WaveSnapshot._is_given_up
_refused = Judge.refused
_judged, _after, _told = Wave.judged, Wave.after, WaveSnapshot.told


def _go_at_once(_me, _view, version, _rules, _skipped=()):
    return Go(version.digest)


def _answering_is_enough(peer, version, soak):
    found = _standing(peer, version, soak)
    return Standing.STEADY if found is Standing.ANSWERING else found


def _nothing_is_refused(self, pod, history):
    return replace(_judged(self, pod, history), refused={})


def _nothing_was_tried(self, pod, history):
    return replace(_judged(self, pod, history), tried={})


def _nothing_is_on_trial(self, pod, named):
    return replace(_after(self, pod, named), leads=Leads())


def _silence_is_absence(self, now):
    found = _view(self, now)
    return replace(found, peers=[it for it in found.peers if not it.is_silent])


def _as_one_that_serves(me, view, version, rules, skipped=()):
    if me.answering is not None:
        me = replace(me, was_ready=True, answering=float(_LONG))
    return _turn(me, view, version, rules, skipped)


def _all_are_first(_pod):
    return ""


def _nothing_is_kept(_self, _name, _wanted):
    return frozenset()


def _only_what_git_wants(self, revision, _view):
    return Fallback(revision, withheld=self.refused.keys())


def _nothing_that_waits_is_waited_for(revision, peers, withheld, *rules):
    found = _fallback(revision, peers, withheld, *rules)
    late = {name for name, _ in found.passed}
    return replace(found, passed=found.passed | {key for key in withheld if key[0] in late})


def _only_what_git_wants_may_come(self, key, refusal, _view):
    return self.wanted.get(key) == refusal.digest


def _what_is_heard_just_now_is_given_up(self, _aim, key, *more):
    return _is_given_up(self, Fallback(self.pod, withheld={key}), key, *more)


def _all_count_it_in(_me, _peer, _rules):
    return False


def _nothing_goes(_self, _config):
    return frozenset()


def _all_are_witnesses(_me, peers, _version):
    return peers


def _all_that_serve_it_are_heeded(self, refusal, view, version, rules):
    well = is_served_well(view.peers, version, rules)
    return refusal.pod != self.wave.pod and (self.wave.was_ready or not well)


def _all_that_is_refused(self, _aim):
    return {key: it.why for key, it in self.wave.refused.items()}


def _doubts_go_with_the_wish(self, history, config):
    return replace(_told(self, history, config), doubted={})


def _nothing_is_told(self, before, view):
    peers = [replace(it, wave=replace(it.wave, refused={})) if it.wave else it for it in view.peers]
    return _refused(self, before, replace(view, peers=peers))


MUTANTS = (
    Mutant("pods take turns", waiting, "turn", _go_at_once, 5),
    Mutant("the first have it for the soak", line, "standing", _answering_is_enough, 5),
    Mutant("what failed is refused", Wave, "judged", _nothing_is_refused, 12),
    Mutant("what ended a server once is doubted", Wave, "judged", _nothing_was_tried, 5),
    Mutant("what leads is on trial", Wave, "after", _nothing_is_on_trial, 5),
    Mutant("who is silent keeps its place", Roster, "view", _silence_is_absence, 22),
    Mutant("a fresh pod tries nothing", waiting, "turn", _as_one_that_serves, 5002),
    Mutant("there is one order", order, "order_of", _all_are_first, 44),
    Mutant("what was served stays on trial", Leads, "kept", _nothing_is_kept, 16, _STANDS_STILL),
    Mutant("what failed elsewhere is told", Judge, "refused", _nothing_is_told, 44),
    Mutant(
        "a fresh pod takes what others serve",
        Wave,
        "aim",
        _only_what_git_wants,
        31,
        _STANDS_STILL,
    ),
    Mutant(
        "what stands in is waited for",
        wave,
        "fallback",
        _nothing_that_waits_is_waited_for,
        949_116_637_132,
        _NOBODY_ANSWERS,
    ),
    Mutant(
        "what is served somewhere stays refused",
        Judge,
        "_may_come",
        _only_what_git_wants_may_come,
        4_000_363,
    ),
    Mutant(
        "what is refused just now may have what stands in",
        WaveSnapshot,
        "_is_given_up",
        _what_is_heard_just_now_is_given_up,
        144_756_570_737,
        _STANDS_STILL,
    ),
    Mutant(
        "who may lead without this pod is waited for",
        line,
        "may_not_count_in",
        _all_count_it_in,
        793_531_487_374,
    ),
    Mutant("a doubt outlives the wish", WaveSnapshot, "told", _doubts_go_with_the_wish, 220_197),
    Mutant(
        "what does not stay up lets go", WaveSnapshot, "let_go", _nothing_goes, 119, _STANDS_STILL
    ),
    Mutant(
        "what its template doubts a fresh pod lets be",
        taking_turns,
        "witnesses",
        _all_are_witnesses,
        4_000_363,
    ),
    Mutant(
        "what its template refuses a fresh pod lets be",
        WaveSnapshot,
        "_heeds",
        _all_that_serve_it_are_heeded,
        4_000_363,
    ),
    Mutant(
        "what others serve well a fresh pod waits for",
        WaveSnapshot,
        "given_up",
        _all_that_is_refused,
        4_000_363,
        _NOBODY_ANSWERS,
    ),
)


def find(rule: str, seeds: range) -> tuple[int, str] | None:
    """Return the first of *seeds* that shows a rule, and how what breaks is told."""
    [mutant] = [it for it in MUTANTS if it.rule == rule]
    for seed in seeds:
        with pytest.MonkeyPatch.context() as patch:
            mutant.switch_off(patch)
            try:
                play(seed)
            except BrokenPromiseError as error:
                return seed, str(error)[:200]
    return None


if __name__ == "__main__":
    for name in sys.argv[1:] or [it.rule for it in MUTANTS]:
        sys.stdout.write(f"{name}: {find(name, range(600))}\n")
