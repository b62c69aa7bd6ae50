"""The receipt of a run that had nothing to do: all that this rested on, in digests.

While it holds, another run would end in the same way: so it need not be made. A receipt is
compared, never believed: whatever differs, and whatever cannot be known, means the whole run.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from generator.catalog.events.ports import Followed, QueueAddress
from generator.catalog.location import StoreAddress
from generator.catalog.stored_object import Unreadable
from generator.catalog.watched import directory_digest, listing_digest
from generator.delivery.issue import IssueVersion
from generator.delivery.pull_list import ListedPulls
from generator.errors import GeneratorError
from generator.lock.commit_status import PostedStatuses
from generator.text.typed_json import Form

if TYPE_CHECKING:
    from generator.catalog.ports import Listing

_FORMAT = 6

ReadTips = Callable[[str, Collection[str]], Mapping[str, str | None]]
"""Returns the commits at branches of the repository at an address, None for no branch."""

OpenListing = Callable[[StoreAddress], "Listing"]


class World(Struct, frozen=True):
    """The grounds of a run, as they are now: each question costs as little as it can."""

    read_tips: ReadTips
    open_listing: OpenListing
    is_unchanged: Callable[[IssueVersion], bool]
    """Whether an issue is as it was."""
    are_as_listed: Callable[[ListedPulls], bool]
    """Whether a forge lists the same pull requests."""
    is_as_posted: Callable[[PostedStatuses], bool]
    """Whether a forge says the same of a commit."""
    is_quiet: Callable[[Mapping[StoreAddress, Followed]], bool]
    """Whether nothing is told of followed stores."""


class RepositoryState(Struct, frozen=True):
    """The branches of one repository that a run has read, or has missed."""

    url: str
    """As the environment has it: without credentials."""
    tips: Mapping[str, str | None]
    """By branch: its newest commit; None where there was no such branch."""

    def is_as_told(self, read: ReadTips) -> bool:
        """Whether the branches are where they were.

        Raises:
            GeneratorError: Nobody knows.
        """
        return read(self.url, self.tips.keys()) == self.tips


class StoreState(Struct, frozen=True):
    """The listings of one store that a run rested on."""

    address: StoreAddress
    indexes: str
    """The digest of all indexes: their keys, ETags and sizes."""
    directories: Mapping[str, str]
    """The digests of what is below directories, by path: of versions that are compared in each
    run, and of those that are held for what the store has of them."""
    queues: tuple[QueueAddress, ...] = ()
    """Those that its notifications come to, where the run has followed them: it is not listed."""

    @property
    def followed(self) -> Followed:
        """The part of it that is compared where it is followed."""
        return Followed(self.indexes, tuple(self.directories), self.queues)

    def is_as_told(self, open_listing: OpenListing) -> bool:
        """Whether the store lists the same.

        Raises:
            GeneratorError: Nobody knows.
        """
        listing = open_listing(self.address)
        if listing_digest(listing.indexes(), listing.overlooked()) != self.indexes:
            return False
        found = listing.objects(self.directories.keys())
        return all(
            not isinstance(objects, Unreadable)
            and directory_digest(objects) == self.directories[path]
            for path, objects in found
        )


class Receipt(Struct, frozen=True):
    """The record of a run that had nothing to do: what it has read, and what it has told."""

    inputs: str
    """The digest of what its machine gave it: files, options, variables, the program itself."""
    since: int
    until: int
    """The times, in seconds of the epoch, between which the clock alone makes no difference."""
    repositories: tuple[RepositoryState, ...]
    stores: tuple[StoreState, ...]
    issues: tuple[IssueVersion, ...]
    """The dashboards, which said all that."""
    pulls: tuple[ListedPulls, ...]
    """The pull requests of branches that hold what is proposed, or was."""
    posted: tuple[PostedStatuses, ...]
    """The words of forges on commits, for what waits for them, or goes back by them."""
    probes: Mapping[str, str]
    """The probe files that rules name, each with the digest of what it says."""
    exit_code: int
    told: Mapping[str, Any]
    """The output, as JSON."""

    def holds(self, inputs: str, now: datetime, world: World) -> bool:
        """Whether a run now would end as that one did. What cannot be known is no.

        Queues are asked last: what they hand out is for the run that follows.
        """
        try:
            if inputs != self.inputs or not self.since <= now.timestamp() < self.until:
                return False
            followed = {it.address: it.followed for it in self.stores if it.queues}
            return (
                all(it.is_as_told(world.read_tips) for it in self.repositories)
                and all(it.is_as_told(world.open_listing) for it in self.stores if not it.queues)
                and all(map(world.is_unchanged, self.issues))
                and all(map(world.are_as_listed, self.pulls))
                and all(map(world.is_as_posted, self.posted))
                and (not followed or world.is_quiet(followed))
            )
        except (GeneratorError, ValueError, TypeError, AttributeError):  # or it is no receipt
            return False

    def to_json(self) -> bytes:
        """Return it as a file."""
        # By `json`: msgspec fails at half a character, which the name of a file may have.
        return json.dumps(msgspec.to_builtins(_Kept(_FORMAT, self))).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Receipt | None":
        """Return the receipt in a file; None if that is none, or of another release."""
        try:
            kept = _FORM.decode(data)
        except ValueError:
            return None
        return kept.receipt if kept.format == _FORMAT else None


class _Kept(Struct, frozen=True):
    """A receipt as its file has it."""

    format: int
    receipt: Receipt


_FORM = Form(_Kept)


def moment(times: Sequence[datetime | None]) -> int:
    """Return the first of *times*, in seconds of the epoch; the end of time where there is none."""
    return int(min((time for time in times if time is not None), default=_NEVER).timestamp())


_NEVER = datetime.max.replace(tzinfo=UTC)
