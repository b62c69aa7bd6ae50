"""The models of a pod: what of a lock is there, fetching the rest, removing the old.

It changes nothing that is served: a version appears whole or not at all, and only `prune`
takes one away.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from generator.agent.attempt import Attempt, Key, text
from generator.agent.claims import claims
from generator.agent.download import Download
from generator.agent.models_folder import InTheWayError, ModelsFolder
from generator.agent.place import Place, Wanted, wanted
from generator.agent.room import Room
from generator.errors import StoreError
from generator.lock import Lock
from generator.ports import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch led to."""

    present: frozenset[Key]
    """What is there complete now, and is what the lock names."""
    failed: Mapping[Key, str] = field(default_factory=dict)
    """What is not there, each with the reason."""
    bytes: int = 0
    """How many came from the store; also those of versions that failed."""
    store_to_blame: bool = False
    """Some version is not there because the store failed, or has not what the lock names."""


class Models:
    """The models folder *root*, which is filled from *store*."""

    def __init__(self, root: Path, store: Store, limit: int | None = None) -> None:
        """Let the folder hold *limit* bytes, or what its disk has room for."""
        self._store = store
        self._folder = ModelsFolder(root, limit)
        self._stopping = Event()
        self._attempt: Attempt | None = None

    def present(self, lock: Lock) -> frozenset[Key]:
        """Return the versions whose data is there complete and is what *lock* names.

        Raises:
            InvalidInputError: The lock names a path outside the folder.
        """
        return frozenset(item.key for item in wanted(lock) if self._has(item))

    def fetch(self, lock: Lock) -> Fetched:
        """Try every version once that is missing, small ones first.

        Raises:
            InvalidInputError: The lock names a path outside the folder.
            StoreError: Nothing at all can be read.
        """
        items = wanted(lock)
        missing = [item for item in items if not self._has(item)]
        room = Room(self._folder.root, self._folder.free)
        attempt = Attempt(Download(self._store, self._folder, room), self._stopping.is_set)
        self._attempt = attempt
        if missing:
            try:
                with self._folder.alone():
                    self._folder.sweep({item.version.digest for item in missing})
                    known = {item.place for item in items} | set(self._folder.recorded())
                    self._fetch(missing, known, attempt)
            except (InTheWayError, OSError) as error:  # nothing can be put there
                attempt.failed = {item.key: text(error) for item in missing}
        there = frozenset(item.key for item in items if self._has(item))
        return Fetched(there, attempt.failed, attempt.bytes, attempt.store_to_blame)

    def prune(self, keep: Collection[tuple[str, int]]) -> None:
        """Remove the versions that this class put there and *keep* does not name.

        *keep* has base paths and numbers. What nobody knows of stays. What cannot be removed
        now stays too, and the log says so. All are gone before the first file is deleted: of
        what is there, nothing is about to go.
        """
        kept = {Place(base_path, number) for base_path, number in keep}
        try:
            surplus = [place for place in self._folder.recorded() if place not in kept]
            if not surplus:
                return
            with self._folder.alone():
                for place in sorted(surplus):
                    self._folder.take_away(place)
                    fields = {"base_path": place.base_path, "version": place.number}
                    logger.info("removed %s", place.path, extra={"fields": fields})
                self._folder.empty_trash()
        except (InTheWayError, OSError) as error:
            logger.warning("not all old versions could be removed: %s", text(error))

    def turn(self, lock: Lock) -> None:
        """Let a fetch that is under way in another thread end, for *lock* is wanted now.

        What *lock* does not name ends at once, the rest with the objects that are begun. What
        was verified stays for the next fetch.

        Raises:
            InvalidInputError: The lock names a path outside the folder.
        """
        if self._attempt:
            self._attempt.turn({(item.place, item.version.digest) for item in wanted(lock)})

    def stop(self) -> None:
        """Make a fetch return soon, from a signal handler or another thread.

        What is complete is kept. No fetch after this one fetches anything.
        """
        self._stopping.set()

    def _has(self, item: Wanted) -> bool:
        return self._folder.digest(item.place) == item.version.digest

    def _fetch(self, missing: list[Wanted], known: set[Place], attempt: Attempt) -> None:
        listed = claims(self._store, [item.version for item in missing])
        errors = [found for found in listed.values() if isinstance(found, StoreError)]
        if len(errors) == len(listed):
            raise errors[0]
        attempt.run(missing, listed, known)
