"""The receipt of one command line: found, compared with the world, and kept."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from generator.catalog import cache_file
from generator.cli.receipt import inputs
from generator.cli.receipt.sync_record import SyncRecord
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from generator.catalog.events.mailbox import Mailbox
    from generator.catalog.events.ports import Followed
    from generator.catalog.location import StoreAddress
    from generator.delivery.issue import IssueVersion
    from generator.delivery.outcome import Outcome
    from generator.delivery.ports import Forge
    from generator.delivery.pull_list import ListedPulls, PullList
    from generator.delivery.pull_request import PullRequest
    from generator.environment.delivery import Delivery
    from generator.lock.commit_status import PostedStatuses
    from generator.pipeline.receipt import World
    from generator.pipeline.run import Run
    from generator.pipeline.witness import VersionOf, Witness


_NAME = "-receipt.json"


def forget() -> None:
    """Forget all receipts: whoever has everything proven anew doubts what earlier runs have seen.

    What that finds, the next sync is to tell too, whatever its words are.
    """
    some = cache_file.path(_NAME)
    for file in some.parent.glob(f"*{_NAME}") if some is not None else ():
        with suppress(OSError):
            file.unlink()


class Receipts(Struct, frozen=True):
    """The place of the receipt of one command line, and the digest of its inputs now."""

    project: Path
    words: Sequence[str]
    file: Path
    inputs: str

    @classmethod
    def of(cls, project: Path, words: Sequence[str]) -> "Receipts | None":
        """Return the place of the receipt of a command of these *words*.

        None where there can be none: nobody knows all that it depends on, or has a cache.
        """
        found = inputs.digest(project, words)
        name = hashlib.sha256(repr((str(project.absolute()), *words)).encode()).hexdigest()
        file = cache_file.path(f"{name[:32]}{_NAME}")
        return None if found is None or file is None else cls(project, words, file, found)

    def tell_again(
        self,
        now: datetime,
        open_mailbox: "Callable[[], Mailbox]",
        open_forge: "Callable[[Delivery], Forge]",
    ) -> int | None:
        """Print what the last run told, and return its exit code; None if a run is to be made.

        Messages that make one stay in the mailbox, which is opened where a store is followed; a
        forge is where something rests on commit statuses.
        """
        data = cache_file.read(self.file)
        if data is None:
            return None
        from generator.pipeline.receipt import Receipt

        receipt = Receipt.from_json(data)
        if receipt is None or type(receipt.exit_code) is not int:
            return None
        record = SyncRecord.from_json(receipt.told)
        if record is None or not record.can_be_printed or not self._says(receipt.probes):
            return None
        if not receipt.holds(self.inputs, now, self._world(open_mailbox, open_forge)):
            return None
        record.print_again()
        return receipt.exit_code

    def _world(
        self, open_mailbox: "Callable[[], Mailbox]", open_forge: "Callable[[Delivery], Forge]"
    ) -> "World":
        """Return what a receipt is compared with; of a question that is not asked, no import."""
        from generator.catalog.store.listed import open_listing
        from generator.delivery.tips import tips
        from generator.pipeline.receipt import World

        def is_quiet(followed: "Mapping[StoreAddress, Followed]") -> bool:
            from generator.catalog.events import mailbox

            return mailbox.is_quiet(followed, open_mailbox())

        def is_as_posted(posted: "PostedStatuses") -> bool:
            from generator.pipeline import verification

            return verification.is_as_posted(open_forge, posted)

        def are_as_listed(pulls: "ListedPulls") -> bool:
            from generator.delivery import listed_pulls

            return listed_pulls.are_unchanged(self.project, pulls)

        return World(
            read_tips=partial(tips, self.project),
            open_listing=open_listing,
            is_unchanged=partial(_is_unchanged, self.project),
            are_as_listed=are_as_listed,
            is_as_posted=is_as_posted,
            is_quiet=is_quiet,
        )

    def _says(self, probes: Mapping[str, str]) -> bool:
        """Whether the files of *probes* say what they said; what cannot be read does not."""
        if not probes:
            return True
        from generator.environment.project_folder import probe

        try:
            found = {file: probe(self.project, file) for file in probes}
        except (GeneratorError, OSError, ValueError, TypeError, AttributeError):  # or no receipt
            return False
        return {file: it and it.name for file, it in found.items()} == probes

    def keep(
        self,
        witness: "Witness",
        ended: "Sequence[tuple[Run, Outcome]]",
        record: SyncRecord,
        exit_code: int,
        version_of: "VersionOf",
    ) -> None:
        """Keep the receipt of a sync that had nothing to do; of another, forget the last one.

        Also of one whose inputs were edited while it ran: nobody knows which it has read.
        """
        if inputs.digest(self.project, self.words) != self.inputs:
            ended = ()
        receipt = witness.receipt(
            ended,
            inputs=self.inputs,
            exit_code=exit_code,
            told=record.to_builtins(),
            version_of=version_of,
            pulls_of=partial(_pulls, self.project),
        )
        cache_file.write(self.file, b"" if receipt is None else receipt.to_json())


def _pulls(project: Path, place: "PullList", seen: "Sequence[PullRequest]") -> "ListedPulls | None":
    """Return what a forge lists of the pull requests that a sync has *seen*."""
    from generator.delivery import listed_pulls

    return listed_pulls.read(project, place, seen)


def _is_unchanged(project: Path, version: "IssueVersion") -> bool:
    """Whether an issue is as it was; a sync without one loads nothing for it."""
    from generator.delivery import issue_version

    return issue_version.is_unchanged(project, version)
