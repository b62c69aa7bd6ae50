"""`lock.size`: a sync writes nothing that no later one would read."""

import json

import pytest

from generator.errors import InvalidInputError
from generator.limits.json import JSON_LEVELS, JSON_VALUES, LOCK_BYTES
from generator.limits.limit import Limit
from generator.lock import lock_file
from generator.lock.lock import Lock
from generator.lock.size import within

LIMIT = Limit(10, "bytes", "a file", reason="a test", told="an error")


def test_a_file_that_is_too_large_is_not_written():
    """The limit itself is within; it counts bytes, as the reader does."""
    assert within("x" * 10, "f", LIMIT) == "x" * 10
    with pytest.raises(InvalidInputError, match=r"^f would have 12 bytes, expected at most 10"):
        within("é" * 6, "f", LIMIT)


def test_a_lock_that_is_too_large_is_neither_written_nor_read():
    """By both sides with the same limit."""
    whole = lock_file.dump(Lock("prod", "s3://models"))
    room = LOCK_BYTES - len(whole)

    longest = lock_file.dump(Lock("prod", "s3://models" + "x" * room))
    assert lock_file.load(longest, "lock").source == "s3://models" + "x" * room
    with pytest.raises(InvalidInputError, match=r"models.lock.json would have 25,165,825 bytes"):
        lock_file.dump(Lock("prod", "s3://models" + "x" * (room + 1)))
    with pytest.raises(InvalidInputError, match="lock: not a lock of this program: 25,165,825 byt"):
        lock_file.load(longest + " ", "lock")


@pytest.mark.parametrize(
    "models",
    [
        "[" * 100_000,
        "[" * (JSON_LEVELS + 1) + "]" * (JSON_LEVELS + 1),
        "[" + "[]," * JSON_VALUES + "1]",
        '{"m": ' * 50 + "1" + "}" * 50,
    ],
    ids=["open", "deep", "many", "not a model"],
)
def test_a_lock_of_another_shape_is_one_short_error(models):
    """Whatever a person, or a merge, has put into it."""
    text = f'{{"apiVersion": "tfs-gitops/v1", "kind": "Lock", "models": {models}}}'

    with pytest.raises(InvalidInputError) as raised:
        lock_file.load(text, "main:models.lock.json")

    assert len(str(raised.value)) < 500


def test_a_value_that_does_not_fit_is_told_by_its_beginning():
    """Not by its ten megabytes."""
    data = json.loads(lock_file.dump(Lock("prod", "s3://models")))
    data["generation"] = "x" * 10_000_000

    with pytest.raises(InvalidInputError) as raised:
        lock_file.load(json.dumps(data), "lock")

    assert "(10,000,000 characters)" in str(raised.value)
    assert len(str(raised.value)) < 1000
