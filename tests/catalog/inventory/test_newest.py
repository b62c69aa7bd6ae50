"""The newest inventory, and all that keeps one from being believed."""

import re
from datetime import timedelta

import pytest
from obstore.store import MemoryStore

from generator.catalog.evidence import InventoryError
from generator.catalog.inventory.newest import newest as newest_of
from generator.catalog.location import Location
from generator.catalog.store.answers import ObjectUnreadableError
from generator.catalog.store.bucket import BucketStore
from tests.catalog.inventory.conftest import AT, NOW, SINCE, URL, objects, proven
from tests.kit.inventories import md5
from tests.servers.memory import MemoryLister

HOUR = timedelta(hours=1)


def newest(place):
    """Return the time of the newest inventory."""
    return place.inventories().newest(SINCE, NOW).at


def test_the_newest_complete_one_counts(place):
    """One without a checksum is still being delivered, and says nothing about the one before."""
    place.writer.write(AT - 24 * HOUR, [])
    place.writer.write(AT, [])
    place.writer.write(AT + HOUR, [], checksum=False)

    assert newest(place) == AT


def test_its_time_is_when_its_making_began(place):
    """By its folder or its manifest, whichever is earlier: later writes may be missing."""
    earlier = AT - 3 * HOUR
    place.writer.write(AT, [], creationTimestamp=str(int(earlier.timestamp() * 1000)))

    assert newest(place) == earlier


@pytest.mark.parametrize("at", [SINCE - HOUR, SINCE - 300 * HOUR])
def test_one_that_is_too_old_is_none(place, at):
    """Told with the time since when one is wanted."""
    place.writer.write(at, [])

    with pytest.raises(
        InventoryError, match="no complete one that was begun after 2025-12-31 12:00"
    ):
        newest(place)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (URL, "is it delivered there, and is source.reprove longer than its interval"),
        ("s3://lists/models/daily", "is it delivered there"),
        ("s3://lists/inventory", "S3 writes them below PREFIX/models/NAME, and this ends in"),
        (f"{URL}/hive", "and this ends in '/daily/hive'"),
        (f"{URL}/2026-01-02T02-00Z/manifest.json", "and this ends in"),
    ],
)
def test_where_none_is_the_url_is_compared_with_where_s3_writes_them(url, told):
    """It is the slip that most people make first."""
    memory = MemoryStore()
    folder = BucketStore(Location.parse(url), memory, MemoryLister(memory))

    with pytest.raises(InventoryError, match=re.escape(told)):
        newest_of(folder, "models", SINCE, NOW)


def test_one_that_is_still_delivered_is_told_where_there_is_no_other(place):
    """With its date: nothing is wrong with the URL."""
    place.writer.write(AT, [], checksum=False)

    with pytest.raises(InventoryError, match="that of 2026-01-02T02-00Z lacks manifest"):
        newest(place)


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket"])
def test_a_folder_that_is_not_listed_is_told_in_the_words_of_the_store(place, monkeypatch, code):
    """And not as one that has none."""

    def withheld(_):
        raise ObjectUnreadableError(f"{code}: no")

    monkeypatch.setattr(place.folder._lister, "after", withheld)

    with pytest.raises(InventoryError, match=f"^{code}: no"):
        newest(place)


def test_one_of_a_time_to_come_is_none(place):
    """It would count for longer than anything is known."""
    place.writer.write(NOW + HOUR, [])

    with pytest.raises(InventoryError, match="a time to come"):
        newest(place)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sourceBucket": "others"}, "sourceBucket of its manifest is 'others', expected 'models'"),
        ({"sourceBucket": None}, "sourceBucket"),
        ({"destinationBucket": "arn:aws:s3:::others"}, "destinationBucket"),
        ({"version": "2030-01-01"}, "version of its manifest"),
        ({"fileFormat": "Avro"}, "its format is 'Avro', expected CSV, ORC or Parquet"),
        ({"fileFormat": None}, "its format is 'None'"),
        ({"fileSchema": "Bucket, Key, ETag", "fileFormat": "CSV"}, "no column size: add it"),
        ({"fileSchema": "Bucket, Key, Size", "fileFormat": "CSV"}, "no column e_tag: add it"),
        ({"fileSchema": 7}, "no column key, size, e_tag"),
        (
            {"fileSchema": "Bucket, Key, VersionId, Size, ETag", "fileFormat": "CSV"},
            "no column is_latest, is_delete_marker",
        ),
        ({"fileSchema": "Key, Key, Size, ETag", "fileFormat": "CSV"}, "names a column twice"),
        ({"creationTimestamp": "yesterday"}, "creationTimestamp"),
        ({"creationTimestamp": "9" * 400}, "creationTimestamp"),
        ({"files": None}, "lists no files"),
        ({"files": [7]}, "its file 'None' is not below 'inventory/models/daily/'"),
        ({"files": [{"key": "elsewhere/x", "size": 1, "MD5checksum": "0" * 32}]}, "is not below"),
        ({"files": [{"key": "inventory/models/daily/x", "size": -1}]}, "tells no size"),
        (
            {
                "files": [
                    {"key": "inventory/models/daily/x", "size": 2**50, "MD5checksum": "0" * 32}
                ]
            },
            "bytes, expected at most",
        ),
        ({"files": [{}] * 50_001}, "50,001 files, expected at most 50,000"),
    ],
    ids=lambda it: str(it)[:40],
)
def test_a_manifest_of_something_else_is_refused_by_what_is_wrong(place, change, told):
    """Of another bucket, another format, without a column that is compared, or no manifest."""
    place.writer.write(AT, [], **change)

    with pytest.raises(InventoryError, match=told):
        newest(place)


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff", b"[" * 10_000])
def test_a_manifest_that_is_no_json_is_refused(place, data):
    """Also where its checksum is right."""
    folder = f"{AT:%Y-%m-%dT%H-%MZ}"
    place.folder.write(f"{folder}/manifest.json", data)
    place.folder.write(f"{folder}/manifest.checksum", md5(data).encode())

    with pytest.raises(InventoryError, match="its manifest is no"):
        newest(place)


def test_a_manifest_with_another_md5_than_its_checksum_is_refused(place):
    """It was cut, or is not the one that S3 wrote; an older one does not take its place."""
    place.writer.write(AT - 24 * HOUR, [])
    place.writer.write(AT, [])
    place.folder.write(f"{AT:%Y-%m-%dT%H-%MZ}/manifest.checksum", b"0" * 32)

    with pytest.raises(InventoryError, match=r"the MD5 of 2026-01-02T02-00Z/manifest.json is"):
        newest(place)


def test_too_large_a_manifest_is_not_read(place):
    """Whatever it says."""
    folder = f"{AT:%Y-%m-%dT%H-%MZ}"
    place.folder.write(f"{folder}/manifest.json", b" " * (16 * 1024 * 1024 + 1))
    place.folder.write(f"{folder}/manifest.checksum", b"0" * 32)

    with pytest.raises(InventoryError, match="expected at most 16,777,216"):
        newest(place)


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[::-1], bytes.upper])
def test_a_file_with_another_md5_is_refused(each_format, damage):
    """Cut, turned round, or with other letters; the size alone tells some of it."""
    [file] = each_format.writer.write(AT, objects("m/1"))["files"]
    key = file["key"].removeprefix("inventory/models/daily/")
    each_format.folder.write(key, damage(each_format.writer.data(objects("m/1"))))

    with pytest.raises(InventoryError, match=r"the MD5 of 'data/|'data/.*range"):
        each_format.unchanged(proven("m/1", objects("m/1")))


def test_a_file_that_is_gone_is_told(place):
    """S3 deletes old data by a lifecycle rule of the bucket, perhaps before the manifest."""
    missing = {"key": "inventory/models/daily/data/x", "size": 1, "MD5checksum": "0" * 32}
    place.writer.write(AT, [], files=1)
    place.writer.write(AT + HOUR, [], files=[missing])

    with pytest.raises(InventoryError, match=r"'data/x'.* not found"):
        place.unchanged(proven("m/1", objects("m/1")))


def test_a_file_of_another_format_is_told(each_format):
    """With the right MD5: whoever wrote it means something else."""
    data = b"no table at all, \x00 and more"
    each_format.folder.write("data/x", data)
    key = "inventory/models/daily/data/x"
    file = {"key": key, "size": len(data), "MD5checksum": md5(data)}
    each_format.writer.write(AT, [], files=[file])

    with pytest.raises(InventoryError, match=f"'data/x' is no {each_format.writer.format}"):
        each_format.unchanged(proven("m/1", objects("m/1")))


def test_a_file_without_a_column_of_the_manifest_is_told(each_format):
    """The manifest is of another configuration than the file."""
    schema = each_format.writer.schema()
    each_format.writer.left_out = ("size",)
    each_format.writer.write(AT, objects("m/1"), fileSchema=schema)

    with pytest.raises(InventoryError, match="data/"):
        each_format.unchanged(proven("m/1", objects("m/1")))
