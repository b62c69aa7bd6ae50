"""One try to fetch versions: their objects side by side, those of small versions first.

So a small version never waits for a large one, and memory is bounded by the number of workers.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from generator.agent.claims import WORKERS, Claims, FailedError
from generator.agent.download import STOPPED, Begun, Download
from generator.agent.models_folder import InTheWayError
from generator.agent.place import Place, Wanted, inside_another
from generator.errors import StoreError
from generator.index import Blob, Claim
from generator.parallel import each

Key = tuple[str, int]
"""The name of a model and the number of a version."""

_Part = tuple[Begun, Blob | None]
"""An object to be fetched; None when all of the version were handed out."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Attempt:
    """One try; *is_stopping* says that nobody waits for it any more."""

    download: Download
    is_stopping: Callable[[], bool]
    failed: dict[Key, str] = field(default_factory=dict)
    store_to_blame: bool = False
    bytes: int = 0
    """How many were fetched so far."""
    _named: Collection[tuple[Place, str]] | None = None
    _over: str = ""
    _same: dict[tuple[Place, str], list[Wanted]] = field(default_factory=dict)

    def turn(self, named: Collection[tuple[Place, str]]) -> None:
        """Begin no object any more, for another lock is wanted, and end those not in *named*.

        *named* are places with digests. A signal from another thread.
        """
        self._named = named
        self._over = STOPPED

    def run(self, missing: Collection[Wanted], listed: Claims, known: Collection[Place]) -> None:
        """Fetch the versions *missing*; *known* are the places that must not be around them."""
        same = defaultdict(list)
        for item in missing:
            same[_content(item)].append(item)
        self._same = same
        first = [items[0] for items in same.values()]
        first.sort(key=lambda item: item.version.bytes)
        for begun, blob, result in each(self._object, self._parts(first, listed, known), WORKERS):
            if blob is None:
                self._end(begun, listed)
            elif isinstance(result, int):
                self.bytes += result
            else:
                begun.problems.append(result)

    def _parts(
        self, items: Collection[Wanted], listed: Claims, known: Collection[Place]
    ) -> Iterator[_Part]:
        """Yield the objects of each version, and the end of it."""
        for item in items:
            if self._is_over():
                self._fail(item, self._over or STOPPED)
                continue
            if around := inside_another(item.place, known):
                self._fail(item, f"{item.place.path} is inside the version {around.path}")
                continue
            try:
                begun = self.download.begin(item, listed[item.version])
            except (FailedError, InTheWayError, StoreError, OSError) as error:
                self._blame(item, error, listed)
                continue
            yield from ((begun, blob) for blob in begun.missing)
            yield begun, None

    def _object(self, part: _Part) -> tuple[Begun, Blob | None, int | str]:
        """Fetch one object, in a thread of its own."""
        begun, blob = part
        if blob is None:
            return begun, None, 0
        if begun.error or self._is_over():
            self.download.room.use(begun.objects[blob.key].size)
            return begun, blob, self._over or STOPPED
        try:
            return begun, blob, self.download.object(begun, blob, lambda: self._is_unwanted(begun))
        except (StoreError, OSError) as error:
            begun.error = error
            return begun, blob, str(error)

    def _end(self, begun: Begun, listed: Claims) -> None:
        try:
            self.download.end(begun)
        except (FailedError, InTheWayError, StoreError, OSError) as error:
            self._blame(begun.item, error, listed)
        else:
            name, number = begun.item.key
            fields = {"model": name, "version": number, "bytes": begun.item.version.bytes}
            logger.info("fetched %s", begun.item.place.path, extra={"fields": fields})

    def _blame(self, item: Wanted, error: Exception, listed: Claims) -> None:
        """Note why a version cannot be had, and end the try if the store is not there."""
        told = text(error)
        self._fail(item, told)
        self.store_to_blame |= isinstance(error, FailedError | StoreError)
        asked = isinstance(error, StoreError) and isinstance(listed[item.version], Claim)
        if asked and not self._over and self._is_gone(item):
            self._over = told

    def _fail(self, item: Wanted, why: str) -> None:
        self.failed.update((one.key, why) for one in self._same[_content(item)])

    def _is_over(self) -> bool:
        return bool(self._over) or self.is_stopping()

    def _is_unwanted(self, begun: Begun) -> bool:
        dropped = self._named is not None and _content(begun.item) not in self._named
        return dropped or self.is_stopping()

    def _is_gone(self, item: Wanted) -> bool:
        """Whether even an index cannot be read now that could be read before."""
        try:
            self.download.store.range(item.version.index.key, 0, 1)
        except StoreError:
            return True
        return False


def _content(item: Wanted) -> tuple[Place, str]:
    return item.place, item.version.digest


def text(error: Exception) -> str:
    """Return what is wrong, without the words of Python."""
    if isinstance(error, StoreError):
        return "; ".join(error.problems)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
