"""Findings on a store: it is listed, an index is read, and an object that the index lists."""

import os

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.catalog.stored_object import Missing, Unreadable
from generator.errors import StoreError
from generator.status.doctor.store import finding
from tests.kit.memory_run import Bucket


class Refusing(Bucket):
    """A bucket that withholds some objects."""

    withheld = ""

    def read(self, keys):
        """Read, but for what is withheld."""
        for key, data in super().read(keys):
            yield key, Unreadable("403 Forbidden") if key.endswith(self.withheld) else data

    def range(self, key, start, end):
        """Read a part, but of what is withheld."""
        if key.endswith(self.withheld):
            return Unreadable("403 Forbidden")
        return super().range(key, start, end)


def bucket(withheld="nothing"):
    """Return a bucket with one version."""
    found = Refusing("s3://models")
    found.publish("a", 1)
    found.withheld = withheld
    return found


def test_a_store_that_hands_all_out_is_ok():
    """With the number of its indexes, by which a person knows that it is the right one."""
    found = finding(bucket)

    assert (found.level, found.exit_code) == ("ok", 0)
    assert found.message == "s3://models: 1 index listed, and objects are handed out"


def test_a_store_that_cannot_be_opened_or_listed_fails_with_its_own_words():
    """The exit code is that of a sync."""

    def gone():
        raise StoreError("s3://models: no such bucket", hint="make it")

    broken = bucket()
    broken.broken = True

    assert finding(gone).message == "s3://models: no such bucket"
    assert (finding(gone).level, finding(gone).remedy) == ("fail", "make it")
    assert finding(lambda: broken).exit_code == StoreError.exit_code


def test_what_is_listed_and_not_handed_out_fails():
    """The right to list is not the right to get: of the index, or of what it lists."""
    for withheld in (".csv", ".pb"):
        found = finding(lambda withheld=withheld: bucket(withheld))

        assert (found.level, found.exit_code) == ("fail", 4)
        assert f"{withheld}': 403 Forbidden" in found.message
        assert "s3:GetObject" in found.remedy


def test_an_object_that_is_missing_is_told_by_its_key():
    """Somebody deleted it; the store answers for the rest."""
    store = bucket()
    store.range = lambda *_: Missing("404 Not Found")

    found = finding(lambda: store)

    assert (found.level, found.exit_code) == ("warn", 0)
    assert "'a/1/saved_model.pb': 404 Not Found" in found.message


ODD = {
    "a name that is no text": lambda root: (root / os.fsdecode(b"index-\xff.csv")).write_text("x"),
    "a link to nothing": lambda root: (root / "index-0.csv").symlink_to("nowhere"),
    "a link to itself": lambda root: (root / "index-0.csv").symlink_to("index-0.csv"),
    "a folder": lambda root: (root / "index-0.csv").mkdir(),
    "a pipe": lambda root: os.mkfifo(root / "index-0.csv"),
    "nothing in it": lambda root: (root / "index-0.csv").touch(),
    "no index": lambda root: (root / "index-0.csv").write_text("x"),
    "an object that is gone": lambda root: (root / "index-0.csv").write_text("a,a/1/b,c\n"),
}


@pytest.mark.parametrize("name", ODD)
def test_one_odd_index_hides_no_other_and_fails_nothing(tmp_path, name):
    """Of the store that hands out all others: a sync holds that one, and does the rest."""
    model = tmp_path / "m/1/saved_model.pb"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"x")
    (tmp_path / "index-well.csv").write_text(
        "m,m/1/saved_model.pb,9dd4e461268c8034f5c8564e155c67a6\n"
    )
    ODD[name](tmp_path)

    found = finding(lambda: open_store(StoreAddress(url=tmp_path.as_uri())))

    assert found.level in ("ok", "warn")
    assert found.exit_code == 0


def test_an_index_that_is_not_handed_out_is_named_beside_one_that_is():
    """The right is there; that one index is somebody's matter."""
    store = bucket("index-.csv")
    store.write("index-.csv", b"x")

    found = finding(lambda: store)

    assert (found.level, found.exit_code) == ("warn", 0)
    assert "2 indexes listed, and not handed out 'index-.csv': 403 Forbidden" in found.message


def test_a_store_without_an_index_is_to_be_looked_at():
    """It may be another one, or nobody has published yet; what is nearly an index is named."""
    empty = Bucket("s3://models")
    empty.write("Index_1.CSV", b"")

    found = finding(lambda: empty)

    assert (found.level, found.exit_code) == ("warn", 0)
    assert "Index_1.CSV" in found.message
    assert "--store s3://models --upload" in found.remedy


def test_a_broken_index_is_no_matter_of_rights():
    """A sync holds it, and says why."""
    store = Bucket("s3://models")
    store.write("index-1.csv", b"\xff")

    assert finding(lambda: store).level == "ok"
