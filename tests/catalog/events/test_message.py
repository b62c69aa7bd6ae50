"""A message names keys of its store, in each shape that S3's notifications come in."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.events.message import keys_in
from generator.catalog.location import Location
from generator.limits.events import MESSAGE_BYTES, MESSAGE_LEVELS, MESSAGE_VALUES
from tests.kit.queues import FOREIGN, by_event_bridge, by_sns, record

ONE = Location.parse("s3://one")
TEAM = Location.parse("s3://one/team/a")
KEYS = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1)


@pytest.mark.parametrize(
    "body",
    [
        record("one", "index-a b+c%20é.csv"),
        record("one", "index-a b+c%20é.csv", "ObjectRemoved:DeleteMarkerCreated"),
        by_sns(record("one", "index-a b+c%20é.csv")),
        by_event_bridge("one", "index-a b+c%20é.csv"),
        by_sns(by_event_bridge("one", "index-a b+c%20é.csv")),
    ],
)
def test_a_key_is_read_in_each_shape(body):
    """S3 writes it as in a form, EventBridge as it is."""
    assert keys_in(body, ONE) == {"index-a b+c%20é.csv"}


@given(KEYS)
def test_any_key_comes_back_as_it_was(key):
    """Whatever it consists of."""
    assert keys_in(record("one", key), ONE) == {key}
    assert keys_in(by_event_bridge("one", key), ONE) == {key}


def test_a_key_is_relative_to_the_prefix_of_its_store():
    """Below another prefix it is none of it, also where that begins with the same letters."""
    assert keys_in(record("one", "team/a/index-x.csv"), TEAM) == {"index-x.csv"}
    assert keys_in(record("one", "team/ab/index-x.csv"), TEAM) == frozenset()
    assert keys_in(record("one", "team/a/"), TEAM) == frozenset()


@pytest.mark.parametrize("shape", [record, by_event_bridge])
def test_a_store_that_is_reached_by_an_access_point_is_named_by_its_bucket(shape):
    """S3 tells of the bucket alone, whose name the alias does not have."""
    point = Location.parse("s3://one-0123456789abcdefghijkl-s3alias/team")
    assert keys_in(shape("models", "team/index-a.csv"), point) == {"index-a.csv"}
    assert keys_in(shape("models", "index-a.csv"), point) == frozenset()


@pytest.mark.parametrize("body", FOREIGN)
def test_what_is_foreign_names_no_index(body):
    """Another bucket, S3's own test, or whatever somebody sends."""
    assert not {key for key in keys_in(body, ONE) if key.startswith("index-")}


def test_all_records_of_a_message_count():
    """S3 sends one a message, and may send several."""
    both = [json.loads(record("one", key))["Records"][0] for key in ("a", "b")]

    assert keys_in(json.dumps({"Records": both}), ONE) == {"a", "b"}


@pytest.mark.parametrize(
    "body",
    [
        "[" * MESSAGE_BYTES,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        "[" + "1," * 500_000 + "1]",
        "x" * (2 * MESSAGE_BYTES),
        by_sns(by_sns(by_sns(by_sns(record("one", "index-a.csv"))))),
        '{"Records": [{"s3": {"bucket": {"name": 1}, "object": {"key": null}}}]}',
        '{"detail": NaN}',
        "\ud800",
    ],
)
def test_a_bomb_names_nothing_and_costs_little(body):
    """Neither depth, nor length, nor envelope in envelope."""
    begun = time.process_time()

    assert keys_in(body, ONE) == frozenset()
    assert time.process_time() - begun < 2


def beside(extra):
    """Return a notification that has *extra* beside what it tells."""
    return json.dumps({"x": extra} | json.loads(record("one", "index-a.csv")))


def of_bytes(count):
    """Return one of so many bytes, of which a character may be several."""
    rest = len(beside("").encode())
    return beside("x" * (count - rest))


def of_values(count):
    """Return one of so many values: each is behind a bracket or a comma, or the whole."""
    return beside([1] * (count + 1 - sum(map(beside([1, 1]).count, "[{,"))))


def of_levels(count):
    """Return one of so many levels, the outermost object included."""
    inner = []
    for _ in range(count - 2):
        inner = [inner]
    return beside(inner)


@pytest.mark.parametrize(
    ("made", "limit"),
    [(of_bytes, MESSAGE_BYTES), (of_values, MESSAGE_VALUES), (of_levels, MESSAGE_LEVELS)],
)
def test_a_message_is_read_up_to_each_limit(made, limit):
    """One more, and it names nothing."""
    assert keys_in(made(limit), ONE) == {"index-a.csv"}
    assert keys_in(made(limit + 1), ONE) == frozenset()


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["Records", "s3", "bucket", "object", "key", "name", "detail", "Message"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_any_json_is_read_without_an_error(found):
    """It names something, or nothing."""
    assert isinstance(keys_in(json.dumps(found), ONE), frozenset)
