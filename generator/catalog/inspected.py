"""The facts of a new version that a report tells."""

from msgspec import Struct


class Inspected(Struct, frozen=True):
    """The facts in the objects of a new version; a text in place of one says why it is missing."""

    warmup: int | str | None = None
    """The number of records in its warm-up file; None without such a file."""
    against: int | None = None
    """The served version that its signatures were compared with; None without one."""
    differences: tuple[str, ...] | str = ()
    """In words, how the signatures of both differ."""
