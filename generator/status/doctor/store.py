"""Findings on a store: whether it may be listed, and hands out what its indexes list."""

from collections.abc import Callable, Iterable, Iterator

from generator.catalog import index
from generator.catalog.ports import Store
from generator.catalog.stored_object import Missing, StoredObject, Unreadable
from generator.errors import GeneratorError, StoreError
from generator.limits.index import INDEX_BYTES
from generator.status.doctor.finding import Finding
from generator.text.phrases import command

_CHECK = "store"

_LOOKS = 5
"""The smallest indexes, of which one must be handed out."""

_HELD = "a sync holds it, and does the rest: `tfs-gitops catalog` tells all that is held"
_LIST_AND_GET = "let the sync job list the store and get its objects (s3:ListBucket, s3:GetObject)"


def finding(open_store: Callable[[], Store]) -> Finding:
    """Return how the store is that *open_store* opens: its indexes, some of them, an object.

    One that is handed out shows that objects are; a sync holds those that are not.
    """
    try:
        store = open_store()
        indexes = store.indexes()
        if not indexes:
            return _without_index(store)
        smallest = sorted(indexes, key=lambda item: (item.size, item.key))[:_LOOKS]
        looks = [*_until_handed_out(store, smallest)]
    except GeneratorError as error:
        return Finding.fail(_CHECK, error)
    place, refusals = store.location.url, [look for look in looks if look is not None]
    if not any(look is None or isinstance(look, Missing) for look in looks):
        problem = f"{place}: it is listed, and does not hand out {refusals[0]}"
        return Finding.fail(_CHECK, StoreError(problem, hint=_LIST_AND_GET))
    counted = f"{place}: {len(indexes):,} {'index' if len(indexes) == 1 else 'indexes'} listed"
    if refusals:
        return Finding.warn(_CHECK, f"{counted}, and not handed out {refusals[0]}", _HELD)
    return Finding.ok(_CHECK, f"{counted}, and objects are handed out")


def _until_handed_out(store: Store, indexes: Iterable[StoredObject]) -> Iterator[Unreadable | None]:
    """Yield of each index how it is refused, until one is not: that is None."""
    for item in indexes:
        refused = _refused(store, item)
        yield refused
        if refused is None:
            return


def _without_index(store: Store) -> Finding:
    almost = store.overlooked()
    there = f"; there is {', '.join(almost[:3])}" if almost else ""
    publish = ("tfs-gitops", "index", "MODEL_DIR", "--store", store.location.url, "--upload")
    return Finding.warn(
        _CHECK,
        f"{store.location.url}: it can be listed, and has no index-*.csv{there}",
        f"publish a model: {command(*publish)}",
    )


def _refused(store: Store, item: StoredObject) -> Unreadable | None:
    """Return what is not handed out: an index, or the first object that it lists; or None.

    An index that is broken is held by a sync, and no matter of rights.
    """
    if item.size > INDEX_BYTES:
        return None
    for key, data in store.read([item.key]):
        if isinstance(data, Unreadable):
            return type(data)(f"{key!r}: {data}")
        claims = index.parse(key, data, store.location).claims
        blob = next((blob for claim in claims for blob in claim.blobs), None)
        if blob is not None:
            got = store.range(blob.key, 0, 1)
            return type(got)(f"{blob.key!r}: {got}") if isinstance(got, Unreadable) else None
    return None
