"""The top of a store, where index files lie, and the names of those."""

import logging
from collections.abc import Iterable

from generator.catalog.index_names import NAME, is_almost
from generator.catalog.object_key import unsafe
from generator.catalog.stored_object import StoredObject

logger = logging.getLogger(__name__)


class IndexNames:
    """The names that the last listing of the top of a store has shown."""

    def __init__(self) -> None:
        self.has_indexes = False
        self.almost: tuple[str, ...] = ()
        """Keys that may be meant as indexes, and are none."""

    def indexes(self, top: Iterable[StoredObject]) -> list[StoredObject]:
        """Return the indexes of what is at the *top* of a store, sorted by key; note the names."""
        items = sorted(top, key=lambda item: item.key)
        found = [item for item in items if is_index(item.key)]
        self.has_indexes = bool(found)
        self.almost = tuple(item.key for item in items if is_almost(item.key))
        return found


def is_index(key: str) -> bool:
    """Whether an object at the top of a store is an index file.

    One whose name could garble a report or a commit message is none; the log says so.
    """
    if not NAME.fullmatch(key):
        return False
    problem = unsafe(key)
    if problem:
        logger.warning("%s is not read as an index: its name %s", ascii(key), problem)
    return not problem
