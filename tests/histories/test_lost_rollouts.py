"""Rollouts that were lost once, each by a rule that was missing: they are played again."""

import pytest

from tests.histories.waves.drawing import play, play_in_little_memory, play_on_bad_machines

LOST = {
    "a trial of what Git wants no more has no end": (play, 220133),
    "a fresh pod takes what is new beside a stand-in that is to go": (play_in_little_memory, 1350),
    "so does a swap that goes back": (play_in_little_memory, 70114),
    "what stands in has no label, for most have that on another": (play_in_little_memory, 1333),
    "the last pod that is ready leads": (play_on_bad_machines, 723793303515),
    "the last pod and one that is not ready wait for each other": (play_on_bad_machines, 6455),
    "a pod that serves nothing waits for others to serve": (play_in_little_memory, 20051),
    "a stand-in comes beside what is taken, without room": (play_on_bad_machines, 6176),
    "a pod comes back with what its file does not name": (play_on_bad_machines, 749001241279),
    "another pod's word bars the way back": (play_on_bad_machines, 6743),
    "a server that does not stay up takes the turn": (play_in_little_memory, 172505147891),
    "a model lets go at once, for another one goes back": (play_on_bad_machines, 20185),
    "the same, of one that has swapped and soaks": (play_in_little_memory, 810050),
    "what has no room holds up what is tried alone": (play_in_little_memory, 810100),
    "so does what a model goes back from": (play_in_little_memory, 710495),
    "a pod with room for one of two gives its place away": (play_on_bad_machines, 910041),
    "a pod leads that the name of all pods lacks": (play, 534898447281),
    "a pod that watches what it swapped keeps its place": (play_on_bad_machines, 634542184292),
    "so does one that its swap took out of the Service": (play_on_bad_machines, 370834340240),
    "a pod that hears others late at times keeps its place": (play_on_bad_machines, 789316806155),
    "a pod that gets no requests waits for one that gets none": (
        play_in_little_memory,
        167904196111,
    ),
    "others lead too while a pod that has let go is down": (play_in_little_memory, 871541794781),
    "a pod waits for one that heeds its own word": (play, 107296925489),
    "a model goes back at once though it serves": (play_on_bad_machines, 502897836970),
    "what others told is older than the turn of a pod": (play_on_bad_machines, 208971530296),
}


@pytest.mark.no_cover
@pytest.mark.parametrize(("play", "seed"), LOST.values(), ids=LOST)
def test_a_rollout_that_was_lost_by_a_missing_rule_is_lost_no_more(play, seed):
    """It keeps what it promises, and comes to what Git says."""
    play(seed)
