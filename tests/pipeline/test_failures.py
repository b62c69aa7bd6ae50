"""`generator.pipeline.failures`: what failed in pods, by the lock and by what is told now."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.lock.notes import Failed
from generator.lock.proposed import Proposed
from generator.pipeline.failures import known, tried_again
from generator.serving.failed_in_pods import Account, FailedVersion
from tests.kit import strategies

VERSION = strategies.version("a", 2)
LOCK = strategies.served(strategies.model("a", VERSION))
FAILED = Account((FailedVersion("a", 2, ("x",), "no such op"),))
DOUBTED = Account((FailedVersion("a", 2, ("x",), "no such op", "pod y serves it well"),))
WELL = Account(well={("a", 2): "pod y serves it well"})
NOW = "what pods get now"


@given(st.lists(st.sampled_from([FAILED, DOUBTED, WELL, Account()]), max_size=4))
def test_what_any_of_those_who_tell_doubts_takes_nothing_back(told):
    """Agents and commit statuses may tell different things of one version."""
    found = known(LOCK, told, NOW, frozenset())
    assert bool(found.failed) == (FAILED in told or DOUBTED in told)
    assert bool(found.doubted) == (bool(found.failed) and (DOUBTED in told or WELL in told))
    assert found.doubted.keys() <= found.failed.keys()


def test_what_the_lock_remembers_takes_nothing_back_where_pods_get_something_else_by_now():
    """A person has changed it since; a word on that may come."""
    failed = Failed("a", 2, VERSION.digest, ("x",), "no such op", "what they got then")
    lock = replace(LOCK, failed=(failed,))
    assert "was changed since" in known(lock, [], NOW, frozenset()).doubted[VERSION.digest]
    assert not known(lock, [], failed.surroundings, frozenset()).doubted
    again = known(lock, [FAILED], NOW, frozenset())
    assert not again.doubted
    assert again.failed[VERSION.digest].surroundings == NOW
    assert known(lock, [FAILED], NOW, frozenset({"a"})).failed == {}


def test_what_is_served_well_since_is_no_failure_any_more():
    """Nobody has to ask for it again; of other objects with that number nothing is known."""
    failed = Failed("a", 2, VERSION.digest, ("x",), "no such op", NOW)
    lock = replace(LOCK, failed=(failed, replace(failed, digest="sha256:other")))
    well = Account(recovered=frozenset({("a", 2)}))
    assert {*known(lock, [well], NOW, frozenset()).failed} == {"sha256:other"}
    assert VERSION.digest in known(lock, [well, FAILED], NOW, frozenset()).failed


def test_what_an_open_pull_request_tries_again_is_no_failure_until_its_end():
    """What it brings, and what stays served of a model that was retaken by it; nothing else."""
    failed = Failed("a", 2, VERSION.digest, ("x",), "no such op", NOW)
    remembers = replace(LOCK, failed=(failed,))
    gone = replace(LOCK, models=(), failed=(failed,))
    key = ("a", VERSION.digest)

    nothing = replace(LOCK, models=())

    def again(lock, proposed, *retaken, made_on=nothing):
        return tried_again(lock, Proposed(proposed, made_on), frozenset(retaken))

    assert again(gone, LOCK) == {key}
    assert again(gone, LOCK, made_on=LOCK) == set()  # it went back after that was proposed
    assert again(remembers, LOCK, "a", made_on=LOCK) == {key}
    assert again(remembers, LOCK) == set()
    assert again(remembers, remembers, "a") == set()
    assert again(remembers, nothing, "a") == set()
    assert not known(remembers, [], NOW, frozenset(), frozenset({key})).failed
