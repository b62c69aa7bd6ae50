"""A commit that is to be made: files of the delivery branch, and the message that explains them."""

from collections.abc import Collection, Mapping

from msgspec import Struct

from generator.environment.delivery import Author


class Commitment(Struct, frozen=True):
    """The content of one commit; every file that it does not name stays as it is."""

    files: Mapping[str, bytes]
    """The files that it writes, by their path in the repository."""
    removed: Collection[str]
    """The paths of the files that it removes, before it writes any."""
    message: str
    author: Author | None = None
    """None leaves it to Git's own configuration."""
