"""Refusals: a store that does not hand out one object, told from a store that fails."""

from collections.abc import Callable
from threading import Lock

from generator.catalog.store.answers import ObjectReplacedError, ObjectUnreadableError
from generator.catalog.stored_object import Missing, Replaced, Unreadable


class Refusals:
    """The refusals of one store, which threads may meet at the same time."""

    def __init__(self, verify: Callable[[str], None]) -> None:
        """Take a function that lists something small, after a key was refused; see `Objects`."""
        self._verify = verify
        self._verifying = Lock()
        self._begun = self._passed = 0

    def unreadable(self, key: str, error: ObjectUnreadableError) -> Unreadable:
        """Return the store's reason not to hand out *key*, if the store itself is well.

        No list of codes could tell one from the other: so the store is asked for something
        else. One answer serves all threads that were refused before it was asked for.

        Raises:
            StoreError: The store itself fails.
        """
        if error.missing:
            return Missing(error)
        before = self._begun
        with self._verifying:
            if self._passed <= before:
                self._begun = number = self._begun + 1
                self._verify(key)
                self._passed = number
        is_other = isinstance(error, ObjectReplacedError)
        return Replaced(error) if is_other else Unreadable(error)
