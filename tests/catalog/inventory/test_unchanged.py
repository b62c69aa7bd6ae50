"""The versions that an inventory shows as they were proven: the join, on DuckDB, by each format."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalog.inventory.conftest import AT, Place, objects, proven
from tests.kit.examples import examples
from tests.kit.inventories import FORMATS, Row


def test_a_version_whose_objects_are_all_as_listed_is_unchanged(each_format):
    """Whatever else is in the bucket, and however many files the inventory has."""
    rows = objects("m/1") + objects("m/2") + objects("team/deep/m/1")
    other = [
        Row("index-m.csv", 5, "a"),
        Row("m/readme", 1, "b"),
        Row("m", 1, "c"),
        Row("x/1/", 0, "d"),
    ]
    versions = [proven(path, objects(path)) for path in ("m/1", "m/2", "team/deep/m/1")]
    each_format.writer.write(AT, rows + other, files=3)

    assert each_format.unchanged(*versions) == {"m/1", "m/2", "team/deep/m/1"}


@pytest.mark.parametrize(
    "change",
    [
        {"e_tag": "0" * 32},
        {"size": 11},
        {"key": "m/1/saved_model.pbtxt"},
        {"e_tag": None},
        {"size": None},
        {"storage_class": "GLACIER"},
        {"storage_class": "DEEP_ARCHIVE"},
        {"intelligent_tiering_access_tier": "ARCHIVE_ACCESS"},
    ],
    ids=lambda change: next(iter(change.items())),
)
def test_a_version_with_one_object_otherwise_is_not_and_its_neighbour_is(each_format, change):
    """Another ETag, size or name, none at all, or an archive that hands nothing out."""
    rows = objects("m/1")
    each_format.writer.write(AT, [replace(rows[0], **change), *rows[1:], *objects("m/2")])

    found = each_format.unchanged(proven("m/1", rows), proven("m/2", objects("m/2")))

    assert found == {"m/2"}


@pytest.mark.parametrize(
    "rows", [[], objects("m/1")[1:], [*objects("m/1"), Row("m/1/more", 1, "a")]]
)
def test_missing_objects_and_others_beside_them_are_no_proof(each_format, rows):
    """An empty inventory confirms nothing; what no index lists, a listing would show too."""
    each_format.writer.write(AT, rows)

    assert each_format.unchanged(proven("m/1", objects("m/1"))) == set()


def test_of_a_bucket_with_versions_only_the_latest_counts(each_format):
    """An old version that is as proven proves nothing, nor does one below a delete marker."""
    each_format.writer.is_versioned = True
    good, old, gone = objects("m/1", 1), objects("m/2", 1), objects("m/3", 1)
    each_format.writer.write(
        AT,
        [
            replace(good[0], version_id="b"),
            replace(good[0], version_id="a", e_tag="f" * 32, is_latest=False),
            replace(old[0], version_id="a", is_latest=False),
            replace(old[0], version_id="b", e_tag="f" * 32),
            replace(gone[0], version_id="a", is_latest=False),
            Row(gone[0].key, None, None, is_delete_marker=True, version_id="b", storage_class=None),
        ],
    )
    versions = [proven(f"m/{number}", objects(f"m/{number}", 1)) for number in (1, 2, 3)]

    assert each_format.unchanged(*versions) == {"m/1"}


def test_two_current_rows_of_one_key_are_no_proof(each_format):
    """Nobody knows which of them is true."""
    rows = objects("m/1", 1)
    each_format.writer.write(AT, [*rows, *rows])

    assert each_format.unchanged(proven("m/1", rows)) == set()


def test_keys_of_any_letters_are_found(each_format):
    """CSV has them as in a URL: blanks, plus signs, percent signs, quotes, other scripts."""
    names = ["a b", "a+b", "100%25", 'say "hi"', "naïve", "模型", "a,b", "=x", "a&b;c"]
    rows = [Row(f"m/1/{name}", 1, f"{number:032x}") for number, name in enumerate(names)]
    each_format.writer.write(AT, rows)

    assert each_format.unchanged(proven("m/1", rows)) == {"m/1"}


def test_a_store_with_a_prefix_finds_its_own_keys(each_format):
    """An inventory is of the whole bucket; keys of the store begin below its prefix."""
    each_format.source = "s3://models/team a"
    rows = objects("team a/m/1")
    each_format.writer.write(AT, rows + objects("m/2"))
    versions = [proven("m/1", rows, "team a/"), proven("m/2", objects("m/2"))]

    assert each_format.unchanged(*versions) == {"m/1"}


def test_the_columns_that_tell_of_versions_and_archives_may_be_left_out(each_format):
    """Key, Size and ETag are enough where the bucket has no versions."""
    each_format.writer.left_out = ("storage_class", "intelligent_tiering_access_tier")
    each_format.writer.write(AT, objects("m/1"))

    assert each_format.unchanged(proven("m/1", objects("m/1"))) == {"m/1"}


def test_depths_beyond_the_limit_are_not_asked_for(place):
    """The most common ones are: a hostile folder costs no more than its versions."""
    deep = ["/".join("a" * depth) + "/1" for depth in range(1, 19)]
    paths = ["m/1", "m/2", *deep]
    place.writer.write(AT, [row for path in paths for row in objects(path, 1)])

    found = place.unchanged(*(proven(path, objects(path, 1)) for path in paths))

    assert {"m/1", "m/2"} <= found
    assert len(found) == 2 + 16


@given(data=st.data())
@settings(max_examples=examples(15))
def test_a_version_is_unchanged_if_a_listing_of_the_same_objects_says_so(data):
    """The join finds what `is_unchanged` finds of each directory, for any bucket."""
    key = st.builds(
        "{}/{}/{}".format,
        st.sampled_from(["m", "m/1", "a/m"]),
        st.sampled_from(["1", "2"]),
        st.sampled_from(["f", "1/f", "2/f", "g"]),
    )
    row = st.builds(Row, key, st.sampled_from([1, 2]), st.sampled_from(["a" * 32, "b" * 32]))
    rows = data.draw(st.lists(row, max_size=12, unique_by=lambda row: row.key))
    place = Place()
    place.writer.format = data.draw(st.sampled_from(FORMATS))
    paths = ["m/1", "m/2", "m/1/1", "a/m/1", "a/m/2"]
    below = {path: [row for row in rows if row.key.startswith(f"{path}/")] for path in paths}
    is_changed = {path: data.draw(st.booleans()) for path in paths}
    versions = [
        proven(path, [replace(row, size=3) for row in found] if is_changed[path] else found)
        for path, found in below.items()
        if found
    ]
    place.writer.write(AT, rows, files=2)

    expected = {path for path, found in below.items() if found and not is_changed[path]}
    assert place.unchanged(*versions) == expected
