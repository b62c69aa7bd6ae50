"""A folder as a store: what an upload has begun to write is no object, and does not stay."""

import os
import time

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.text import leftovers
from tests.kit.stores import keys_below


def test_what_a_killed_upload_has_begun_is_listed_by_nobody_and_taken_away(tmp_path):
    """By whoever writes beside it, some minutes later; until then it may still be written."""
    store = open_store(StoreAddress(tmp_path.as_uri()))
    store.write("m/1/a", b"a")
    left = leftovers.beside(tmp_path / "m/1/b")
    left.write_bytes(b"half")
    assert keys_below(store, "m/1") == {"m/1": ["m/1/a"]}

    leftovers.tidy(left.parent, time.time())
    assert left.exists()
    os.utime(left, (0, 0))
    leftovers.tidy(left.parent, time.time())

    assert not left.exists()
    assert sorted(path.name for path in (tmp_path / "m/1").iterdir()) == ["a"]


def test_a_file_of_a_person_is_an_object_whatever_its_name_begins_with(tmp_path):
    """Only names that this program gives are passed over."""
    names = (".a", ".tfs-gitops-1", "tfs-gitops-abcdefgh", ".b.part", ".c.tfs-gitops-ABCDEFGH")
    for name in names:
        (tmp_path / "m/1").mkdir(parents=True, exist_ok=True)
        (tmp_path / "m/1" / name).write_bytes(b"x")

    found = keys_below(open_store(StoreAddress(tmp_path.as_uri())), "m/1")

    assert found == {"m/1": sorted(f"m/1/{name}" for name in names)}
