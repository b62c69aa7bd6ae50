"""What the indexes say of the versions that a lock names."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import partial

from generator import index
from generator.catalog import Unreadable, Version
from generator.errors import StoreError
from generator.index import Claim
from generator.parallel import each
from generator.ports import Store

WORKERS = 8
"""Objects that are fetched side by side; each takes a few megabytes of memory."""


class FailedError(Exception):
    """The store has not what the lock names of a version; the text says how."""


Claims = Mapping[Version, Claim | FailedError | StoreError]
"""What indexes say of versions, or why that is not known."""


def claims(store: Store, versions: Collection[Version]) -> Claims:
    """Read the indexes of *versions*, each once.

    The ETag of an index is not compared: it may list more versions than when it was proven,
    and that the rows of this one are the same is in the version's digest.
    """
    by_index: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        by_index[version.index.key].append(version)
    found: dict[Version, Claim | FailedError | StoreError] = {}
    for same in each(partial(_read, store), by_index.items(), WORKERS):
        found |= same
    return found


def _read(
    store: Store, asked: tuple[str, Collection[Version]]
) -> dict[Version, Claim | FailedError | StoreError]:
    """Read one index, and keep of it only what was asked for."""
    key, versions = asked
    try:
        data = store.range(key, 0, index.MAX_BYTES + 1)
    except StoreError as error:
        return dict.fromkeys(versions, error)
    if isinstance(data, Unreadable):
        return dict.fromkeys(versions, FailedError(f"the index {key!r} cannot be read: {data}"))
    if len(data) > index.MAX_BYTES:
        return dict.fromkeys(versions, FailedError(f"the index {key!r} is over 64 MiB"))
    listed, held = index.parse(key, data, store.location)
    by_path = {claim.path: claim for claim in listed}
    why = next((f": {hold.code}: {hold.problems[0]}" for hold in held), "")
    gone = f"the index {key!r} does not list it any more{why}"
    return {version: by_path.get(version.path) or FailedError(gone) for version in versions}
