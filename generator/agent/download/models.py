"""The models of a pod: what of a lock is there, fetching the rest, removing the old.

It changes nothing that is served: a version appears whole or not at all, and only `prune`
takes one away.
"""

import logging
from collections.abc import Collection, Mapping
from pathlib import Path
from threading import Event
from threading import Lock as Mutex

from msgspec import Struct, field

from generator.agent.download.attempt import Attempt, text
from generator.agent.download.claims import Claims
from generator.agent.download.disk_space import DiskSpace
from generator.agent.download.download import Download
from generator.agent.download.jobs import Jobs, Target
from generator.agent.download.models_folder import ModelsFolder, PathOccupiedError
from generator.agent.place import Place, Wanted, wanted
from generator.catalog.ports import Store
from generator.lock.lock import Lock
from generator.serving.state import VersionKey

logger = logging.getLogger(__name__)


class Fetched(Struct, frozen=True):
    """The result of a fetch."""

    present: frozenset[VersionKey]
    """The versions that are complete, with the content that the lock names."""
    failed: Mapping[VersionKey, str] = field(default_factory=dict)
    """The versions that are not there, each with the reason."""
    bytes: int = 0
    """The bytes that came from the store; also those of versions that failed."""
    store_to_blame: bool = False
    """Some version is not there because the store failed, or has not what the lock names."""


class Models:
    """The models folder *root*, which is filled from *store*."""

    def __init__(self, root: Path, store: Store, limit: int | None = None) -> None:
        """Let the folder hold *limit* bytes, or what its disk has room for."""
        self.bytes = 0
        """The bytes from the store since this was made; it moves while a fetch goes on."""
        self._counting = Mutex()
        self._store = store
        self._folder = ModelsFolder(root, limit)
        self._stopping = Event()
        self._attempt: Attempt | None = None

    def present(self, lock: Lock) -> frozenset[VersionKey]:
        """Return the versions whose data is there complete and is what *lock* names.

        Raises:
            InvalidInputError: The lock names a path outside the folder.
        """
        return frozenset(item.key for item in wanted(lock) if self._has(item))

    def fetch(self, lock: Lock) -> Fetched:
        """Try every version once that is missing, small ones first.

        After a `retarget` it is about the lock that took over.

        Raises:
            InvalidInputError: The lock names a path outside the folder.
            StoreError: Nothing at all can be read.
        """
        before = self.bytes
        attempt = self._attempt = self._begun(self._target(lock))
        try:
            if attempt.jobs.target.missing:
                self._run(attempt)
        finally:
            self._attempt = None
        there = frozenset(item.key for item in attempt.jobs.target.wanted if self._has(item))
        blamed = attempt.store_to_blame
        return Fetched(there, attempt.jobs.failed, self.bytes - before, blamed)

    def prune(self, keep: Collection[Place], staged: Collection[str] | None = None) -> None:
        """Remove the versions that this class put there and *keep* does not name.

        What nobody knows of stays. What cannot be removed
        now stays too, and the log says so. All are gone before the first file is deleted: of
        what is there, nothing is about to go. What was fetched of versions that are not
        complete goes as well, but for those with a digest in *staged*; None keeps all.
        """
        try:
            surplus = [place for place in self._folder.recorded() if place not in keep]
            if not surplus and (staged is None or self._folder.is_tidy(staged)):
                return
            with self._folder.alone():
                for place in sorted(surplus):
                    self._folder.take_away(place)
                    fields = {"basePath": place.base_path, "version": place.number}
                    logger.info("removed %s", place.path, extra={"fields": fields})
                if staged is None:
                    self._folder.empty_trash()
                else:
                    self._folder.sweep(staged)
        except (PathOccupiedError, OSError) as error:
            logger.warning("not all old versions could be removed: %s", text(error))

    def retarget(self, lock: Lock) -> bool:
        """Let a fetch that is under way in another thread go over to *lock*.

        What *lock* does not name ends at once. If it names something that is under way, that
        goes on, and what it adds begins beside it. If not, False: the fetch ends. What was
        verified stays for the next one.

        Raises:
            InvalidInputError: The lock names a path outside the folder.
        """
        attempt = self._attempt
        return attempt is not None and attempt.retarget(self._target(lock))

    def stop(self) -> None:
        """Make a fetch return soon, from a signal handler or another thread.

        What is complete is kept. No fetch after this one fetches anything.
        """
        self._stopping.set()
        attempt = self._attempt
        if attempt is not None:
            attempt.jobs.wake()

    def _target(self, lock: Lock) -> Target:
        items = wanted(lock)
        missing = tuple(item for item in items if not self._has(item))
        known = frozenset({*(item.place for item in items), *self._folder.recorded()})
        return Target(items, missing, known)

    def _has(self, item: Wanted) -> bool:
        return self._folder.digest(item.place) == item.version.digest

    def _begun(self, target: Target) -> Attempt:
        is_stopping = self._stopping.is_set
        jobs = Jobs(target, is_stopping)

        def allowed() -> int | None:
            self._folder.sweep(jobs.digests())  # what another lock left would count
            return self._folder.allowed()

        space = DiskSpace(self._folder.root, self._folder.free, allowed)
        download = Download(self._store, self._folder, space, self._count)
        claims = Claims(self._store)
        claims.ask(item.version for item in target.missing)
        return Attempt(download, claims, jobs, is_stopping)

    def _run(self, attempt: Attempt) -> None:
        try:
            with self._folder.alone():
                attempt.run()
        except (PathOccupiedError, OSError) as error:  # nothing can be put there
            attempt.jobs.abort(text(error))
            attempt.jobs.shutdown()

    def _count(self, size: int) -> None:
        with self._counting:
            self.bytes += size
