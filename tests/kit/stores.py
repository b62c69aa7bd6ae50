"""Reads of an open store, as tests of its adapters ask for them."""

from generator.catalog.store import Limits
from generator.catalog.stored_object import Missing

QUICK = Limits(timeout=10, connect_timeout=5, retries=1, retry_timeout=5)
NOWHERE = "http://127.0.0.1:9"
"""A URL at which nobody answers."""


def keys_below(store, *directories):
    """Return the keys in each directory."""
    found = list(store.objects(directories))
    keys = {path: sorted(item.key for item in objects) for path, objects in found}
    assert len(keys) == len(found), "a directory was yielded twice"
    return keys


def read_all(store):
    """Read a store of one index and one model; each step is a request of another client."""
    assert [item.key for item in store.indexes()] == ["index-a.csv"]
    assert keys_below(store, "m/1") == {"m/1": ["m/1/saved_model.pb"]}
    found = dict(store.read(["index-a.csv", "index-no.csv"]))
    assert found["index-a.csv"] == b"hello"
    assert type(found["index-no.csv"]) is Missing
