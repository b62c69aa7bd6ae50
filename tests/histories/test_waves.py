"""Whatever happens in a rollout, a version that ends servers reaches those that lead, and no more.

And each label answers from a pod that is ready, and in the end every pod has what Git says.
"""

import pytest
from msgspec.structs import replace

from tests.histories.waves import mutants
from tests.histories.waves.drawing import play
from tests.histories.waves.mutants import MUTANTS
from tests.histories.waves.world import SOAK, TIMEOUT, BrokenPromiseError

# A rollout takes a fifth of a second of one core: a night has others, in `tests.campaigns`.
ROLLOUTS = 80
BLOCK = 10
BY_DAY = 20


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, ROLLOUTS, BLOCK))
def test_random_rollouts(first):
    """Versions that are slow, fail, hang or end servers; partitions, kills, pods come and go."""
    for seed in range(BY_DAY + first, BY_DAY + first + BLOCK):
        play(seed)


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(BY_DAY))
def test_some_rollouts_by_day(seed):
    """The first of them, in a few seconds all together."""
    play(seed)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_each_rule_that_is_switched_off_is_caught(mutant, monkeypatch):
    """A rollout that the pods survive only with it: it is there for something."""
    play(mutant.seed)
    mutant.switch_off(monkeypatch)
    with pytest.raises(BrokenPromiseError, match=mutant.breaks):
        play(mutant.seed)


def test_seeds_are_looked_for_where_a_rule_has_no_witness():
    """The table says of each rule which seed shows it; `python -m` finds another."""
    assert len({it.rule for it in MUTANTS}) == len(MUTANTS)
    assert mutants.find.__doc__


def test_a_good_version_soaks_in_one_pod_and_goes_through_the_others(world):
    """The first keeps what it served until then; the others take it one after another."""
    world.publish("a", 2, "good")
    world.commit({}, a=2, b=1)
    world.wait(SOAK - 5)
    [leader] = world.naming(2)
    assert leader.config["a"].state.versions == {1, 2}
    assert leader.server.label("a", "stable") == 2
    [one, two] = [pod.status["waits"]["a"] for pod in world.pods if pod is not leader]
    assert one.startswith("version 2: turn 2 of 3: waits for pod ")
    assert "soaks" in one
    assert two.startswith("version 2: turn 3 of 3")
    world.until_settled(60)


@pytest.mark.parametrize("kind", ["kills", "kills-late", "kills-beside", "fails", "lies"])
def test_what_is_bad_stops_at_the_first_pod_and_labels_are_back(world, kind):
    """Each other pod says which one tells so, and why; a fixed version goes on."""
    world.publish("a", 2, kind)
    world.commit({}, a=2, b=1)
    world.wait(95)
    assert len(world.reached.get(("a", 2), ())) == kind.startswith("kills")
    assert all(pod.server.label("a", "stable") == 1 for pod in world.pods)
    told = [pod.status["waits"]["a"] for pod in world.pods]
    assert sum("tells that it fails there: " in it for it in told) == 2
    world.publish("a", 3, "good")
    world.commit({}, a=3, b=1)
    world.until_settled()


def test_two_bad_versions_of_one_commit_take_one_pod(world):
    """The order is one for all versions: the other pods serve both models."""
    for name in "ab":
        world.publish(name, 2, "kills")
    world.commit({}, a=2, b=2)
    world.wait(150)
    assert len(set().union(*world.reached.values())) == 1


def test_the_way_back_needs_no_soak(world):
    """Each pod takes at once what it has served well before."""
    world.publish("a", 2, "good")
    world.commit({}, a=2, b=1)
    world.until_settled()
    world.commit({}, a=1, b=1)
    world.until_settled(12)


def test_a_fresh_pod_takes_at_once_what_others_serve_well(world):
    """And stays out of the Service until then."""
    world.add()
    world.until_settled(15)


@pytest.mark.parametrize("goes_on", [False, True])
def test_who_waits_too_long_says_so_and_holds_or_goes_on(world, goes_on):
    """The first pod hangs with the version; the wait for each pod has an end."""
    world.goes_on = goes_on
    for pod in world.pods:
        pod.wave = replace(pod.wave, rules=world.rules)
    world.publish("a", 2, "hangs")
    world.commit({}, a=2, b=1)
    world.wait(TIMEOUT - 20)
    assert len(world.naming(2)) == 1
    world.wait(40)
    told = [pod.status["waits"]["a"] for pod in world.pods]
    assert sum("it holds" in it for it in told) == (0 if goes_on else 2)
    assert len(world.naming(2)) == (2 if goes_on else 1)


def test_agents_that_know_no_waves_take_everything_at_once_and_are_believed(world):
    """What failed in one of them is refused by the others."""
    old = world.add(knows_waves=False)
    world.until_settled()
    world.publish("a", 2, "fails")
    world.commit({}, a=2, b=1)
    world.wait(8)
    told = [pod.status["waits"]["a"] for pod in world.pods if pod is not old]
    assert all(old.address in it or "failed to load" in it or "pod-" in it for it in told)
    assert len(world.naming(2)) == 0
