"""The lock that an open pull request proposes, and the one that it was made on.

What it asks for is the difference of these two. What differs from the branch of now beside that,
others have changed there meanwhile.
"""

from functools import cached_property

from msgspec import Struct

from generator.lock.changes import changes_between
from generator.lock.lock import Lock


class Proposed(Struct, frozen=True, dict=True):
    """The proposal of a pull request of ours: a lock beside the one before it."""

    lock: Lock
    made_on: Lock
    """The lock of the commit that it is made on."""

    @cached_property
    def changed(self) -> frozenset[str]:
        """The models that it changes."""
        return frozenset(it.model for it in changes_between(self.made_on, self.lock, {}))
