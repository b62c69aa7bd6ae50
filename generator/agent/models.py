"""The models of a pod: what of a lock is there, fetching the rest, removing the old.

It changes nothing that is served: a version appears whole or not at all, and only `prune`
takes one away.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from generator.agent.download import Download, FailedError, claims
from generator.agent.models_folder import InTheWayError, ModelsFolder
from generator.agent.place import Place, Wanted, inside_another, wanted
from generator.errors import StoreError
from generator.index import Claim
from generator.lock import Lock
from generator.ports import Store

Key = tuple[str, int]
"""The name of a model and the number of a version."""

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

    def __init__(self, root: Path, store: Store) -> None:
        self._store = store
        self._folder = ModelsFolder(root)
        self._stopping = Event()

    def present(self, lock: Lock) -> frozenset[Key]:
        """Return the versions whose data is there complete and is what *lock* names.

        Raises:
            InvalidInputError: The lock names a path outside the folder.
        """
        return frozenset(item.key for item in wanted(lock) if self._has(item))

    def fetch(self, lock: Lock) -> Fetched:
        """Try every version once that is missing, in the order of *lock*.

        Raises:
            InvalidInputError: The lock names a path outside the folder.
            StoreError: Nothing at all can be read.
        """
        items = wanted(lock)
        missing = [item for item in items if not self._has(item)]
        attempt = _Attempt(Download(self._store, self._folder, self._stopping))
        if missing:
            try:
                with self._folder.alone():
                    self._folder.sweep({item.version.digest for item in missing})
                    known = {item.place for item in items} | set(self._folder.recorded())
                    self._fetch(missing, known, attempt)
            except (InTheWayError, OSError) as error:  # nothing can be put there
                attempt.failed = {item.key: _text(error) for item in missing}
        there = frozenset(item.key for item in items if self._has(item))
        return Fetched(there, attempt.failed, attempt.download.bytes, attempt.store_to_blame)

    def prune(self, keep: Collection[tuple[str, int]]) -> None:
        """Remove the versions that this class put there and *keep* does not name.

        *keep* has base paths and numbers. What nobody knows of stays. What cannot be removed
        now stays too, and the log says so.
        """
        kept = {Place(base_path, number) for base_path, number in keep}
        try:
            surplus = [place for place in self._folder.recorded() if place not in kept]
            if not surplus:
                return
            with self._folder.alone():
                for place in sorted(surplus):
                    self._folder.remove(place)
                    fields = {"base_path": place.base_path, "version": place.number}
                    logger.info("removed %s", place.path, extra={"fields": fields})
        except (InTheWayError, OSError) as error:
            logger.warning("not all old versions could be removed: %s", _text(error))

    def stop(self) -> None:
        """Make a fetch return soon, from a signal handler or another thread.

        What is complete is kept. No fetch after this one fetches anything.
        """
        self._stopping.set()

    def _has(self, item: Wanted) -> bool:
        return self._folder.digest(item.place) == item.version.digest

    def _fetch(self, missing: list[Wanted], known: set[Place], attempt: "_Attempt") -> None:
        listed = claims(self._store, [item.version for item in missing])
        errors = [found for found in listed.values() if isinstance(found, StoreError)]
        if len(errors) == len(listed):
            raise errors[0]
        for position, item in enumerate(missing):
            if self._has(item):  # under another name of the same base path
                continue
            claim = listed[item.version]
            error = attempt.version(item, claim, inside_another(item.place, known))
            is_gone = error and isinstance(claim, Claim) and self._is_gone(item)
            if is_gone or self._stopping.is_set():
                for rest in missing[position + 1 :]:
                    attempt.failed[rest.key] = "; ".join(error.problems) if error else "stopped"
                return

    def _is_gone(self, item: Wanted) -> bool:
        """Whether even an index cannot be read now that could be read before."""
        try:
            self._store.range(item.version.index.key, 0, 1)
        except StoreError:
            return True
        return False


@dataclass(slots=True)
class _Attempt:
    """One round through what is missing."""

    download: Download
    failed: dict[Key, str] = field(default_factory=dict)
    store_to_blame: bool = False

    def version(
        self, item: Wanted, claim: Claim | FailedError | StoreError, around: Place | None
    ) -> StoreError | None:
        """Fetch one version, or note why it cannot be had; return the error of the store."""
        if around is not None:
            self.failed[item.key] = f"{item.place.path} is inside the version {around.path}"
            return None
        try:
            self.download.folder.check(item.place)
            self.download.version(item, claim)
        except (InTheWayError, OSError) as error:
            self.failed[item.key] = _text(error)
        except FailedError as error:
            self.failed[item.key] = str(error)
            self.store_to_blame = True
        except StoreError as error:
            self.failed[item.key] = "; ".join(error.problems)
            self.store_to_blame = True
            return error
        else:
            name, number = item.key
            fields = {"model": name, "version": number, "bytes": item.version.bytes}
            logger.info("fetched %s", item.place.path, extra={"fields": fields})
        return None


def _text(error: Exception) -> str:
    """Return what is wrong, without the words of Python."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
