"""Locks of a past: each is read as it would be alone, and shares what others have."""

import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.errors import InvalidInputError
from generator.lock import lock_file
from generator.lock.lock_file import dump
from generator.lock.lock_reader import LockReader
from generator.serving.probe.policy_probe import PolicyProbe
from tests.kit.strategies import any_lock, model, served, version

PLACE = "main:overlays/prod/generated/models.lock.json"
ONE, TWO = (model("a", version("a", number)) for number in (1, 2))
OTHER = model("b", version("b", 1))
PROBE = PolicyProbe.parse('{"request": {"instances": [1.0]}}')


def found(read, data):
    """Return what *read* makes of *data*: a lock, or the words of its error."""
    try:
        return read(data)
    except InvalidInputError as error:
        return str(error)


def alone(data):
    """Read a lock as if there were no other."""
    return lock_file.read(data.decode(errors="replace"), PLACE)


@given(st.lists(any_lock(), min_size=1, max_size=4))
def test_each_lock_of_a_past_is_read_as_it_would_be_alone(past):
    """Whatever was read before it."""
    read = LockReader(PLACE).read
    for lock in past:
        assert read(dump(lock).encode()) == lock


@given(any_lock(), st.integers(0), st.sampled_from([b"", b"{", b'"', b",", b"\xff", b'"a": 1, ']))
@example(served(ONE), 1, b'"kind": "Lock", ')
@example(served(ONE), 1, b'"removed": [], ')
@example(served(ONE), 1, b'"later": {"a": {"a": 1}}, ')
def test_a_broken_lock_is_refused_in_the_same_words(lock, place, more):
    """Also where its models are known."""
    good = dump(lock).encode()
    place %= len(good)
    bad = good[:place] + more + good[place + (not more) :]
    reader = LockReader(PLACE)
    reader.read(good)

    assert found(reader.read, bad) == found(alone, bad)


@pytest.mark.parametrize("key", ["a", "generation", "versions", "etag"])
def test_a_key_that_is_there_twice_is_refused_wherever_it_stands(key):
    """A merge of two branches leaves both, and one would be dropped in silence."""
    good = dump(served(replace(ONE, generation=3), OTHER))
    start = good.index(f'"{key}": ', good.index('"models"'))
    value = {"a": "{}", "versions": "[]", "etag": '"x"', "generation": "4"}[key]
    bad = f'{good[:start]}"{key}": {value}, {good[start:]}'.encode()

    reader = LockReader(PLACE)
    reader.read(good.encode())

    with pytest.raises(InvalidInputError, match="twice"):
        reader.read(bad)


def test_a_model_that_two_locks_have_alike_is_one_value():
    """So a past of thousands of locks costs what changed in it."""
    read = LockReader(PLACE).read
    before, after = read(dump(served(ONE, OTHER)).encode()), read(dump(served(TWO, OTHER)).encode())

    assert after.by_name["b"] is before.by_name["b"]
    assert after.by_name["a"] == TWO


def test_the_text_of_a_probe_is_that_of_the_lock_and_not_of_the_one_before():
    """It stands elsewhere in the file than the model that is asked it."""
    lock = served(replace(ONE, probe=PROBE))
    read = LockReader(PLACE).read
    lost = dump(lock, probes={}).encode()

    assert read(dump(lock).encode()) == lock
    assert read(lost).by_name["a"].probe.is_lost
    assert read(dump(lock).encode()).by_name["a"].probe == PROBE


def test_a_lock_that_comes_again_is_one_value_and_its_file_is_let_go_of():
    """The sides of a merge come again; the file of a large fleet has megabytes."""
    read, data = LockReader(PLACE).read, dump(served(ONE)).encode()
    held = sys.getrefcount(data)
    lock = read(data)

    assert sys.getrefcount(data) == held
    assert read(bytes(bytearray(data))) is lock
