"""Findings on a store: whether it may be listed, and hands out what its indexes list."""

from collections.abc import Callable

from generator.catalog import index
from generator.catalog.catalog import StoredObject, Unreadable
from generator.catalog.ports import Store
from generator.errors import GeneratorError, StoreError
from generator.limits.index import INDEX_BYTES
from generator.status.doctor.finding import Finding
from generator.text.phrases import command

_CHECK = "store"

_LIST_AND_GET = "let the sync job list the store and get its objects (s3:ListBucket, s3:GetObject)"


def finding(open_store: Callable[[], Store]) -> Finding:
    """Return how the store is that *open_store* opens: its indexes, one of them, one object."""
    try:
        store = open_store()
        indexes = store.indexes()
        if not indexes:
            return _without_index(store)
        refused = _refused(store, min(indexes, key=lambda item: item.size))
    except GeneratorError as error:
        return Finding.fail(_CHECK, error)
    place = store.location.url
    if refused is not None:
        problem = f"{place}: it is listed, and does not hand out {refused}"
        return Finding.fail(_CHECK, StoreError(problem, hint=_LIST_AND_GET))
    counted = f"{len(indexes):,} {'index' if len(indexes) == 1 else 'indexes'}"
    return Finding.ok(_CHECK, f"{place}: {counted} listed, and objects are handed out")


def _without_index(store: Store) -> Finding:
    almost = store.overlooked()
    there = f"; there is {', '.join(almost[:3])}" if almost else ""
    publish = ("tfs-gitops", "index", "MODEL_DIR", "--store", store.location.url, "--upload")
    return Finding.warn(
        _CHECK,
        f"{store.location.url}: it can be listed, and has no index-*.csv{there}",
        f"publish a model: {command(*publish)}",
    )


def _refused(store: Store, smallest: StoredObject) -> str | None:
    """Return what is not handed out: an index, or the first object that it lists; or None.

    An index that is broken is held by a sync, and no matter of rights.
    """
    if smallest.size > INDEX_BYTES:
        return None
    for key, data in store.read([smallest.key]):
        if isinstance(data, Unreadable):
            return f"{key!r}: {data}"
        claims = index.parse(key, data, store.location).claims
        blob = next((blob for claim in claims for blob in claim.blobs), None)
        if blob is not None:
            got = store.range(blob.key, 0, 1)
            return f"{blob.key!r}: {got}" if isinstance(got, Unreadable) else None
    return None
