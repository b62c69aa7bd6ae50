"""The jobs of one try, for workers that ask when they are free: small versions first.

So what another lock adds begins beside what is under way, and a large version holds none up. Of
versions that are under way all objects are in memory, so these are bounded.
"""

import heapq
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from msgspec import Struct

from generator.agent.download.download import STOPPED, Transfer
from generator.agent.place import Place, Wanted
from generator.catalog.claim import Blob
from generator.serving.state import VersionKey

OBJECTS = 10_000
"""The objects of the versions that are under way: as many as one version may have."""

_Content = tuple[Place, str]


class Target(Struct, frozen=True):
    """The versions that a lock wants in a models folder."""

    wanted: tuple[Wanted, ...]
    missing: tuple[Wanted, ...]
    known: frozenset[Place]
    """The places that must not be around what is missing."""


@dataclass(slots=True, eq=False)
class Job:
    """One version that is to be fetched."""

    items: Sequence[Wanted]
    """It, under each of its names."""
    transfer: Transfer | None = None
    pieces: Iterator[Blob] = field(default_factory=lambda: iter(()))
    """Objects that no worker has taken yet."""
    left: int = 0
    """Objects that are still to be fetched."""
    workers: int = 0
    is_under_way: bool = False
    """Whether it has begun, so that its objects are in memory."""
    is_dropped: bool = False
    """Whether nobody wants it any more."""

    @property
    def item(self) -> Wanted:
        """The version."""
        return self.items[0]

    @property
    def objects(self) -> int:
        """The number of its objects, by the lock."""
        return self.item.version.objects


_Entry = tuple[int, int, Job]
"""A job with what it is sorted by: the bytes of the version, and when it came."""


Piece = tuple[Transfer, Blob]
"""One object of a version that has begun."""

Task = tuple[Job, Piece | None]
"""An object to fetch; without one, a version to begin."""


class Jobs:
    """The tasks of one try. Every method may be called from any thread."""

    def __init__(
        self, target: Target, is_stopping: Callable[[], bool], objects: int = OBJECTS
    ) -> None:
        self.target = target
        self.failed: dict[VersionKey, str] = {}
        self.over = ""
        """The reason for which nothing is handed out any more; empty while something is."""
        self._is_stopping = is_stopping
        self._changed = threading.Condition()
        self._jobs: dict[_Content, Job] = {}
        self._to_begin: list[_Entry] = []
        self._begun: list[_Entry] = []
        """Those of which there is something to fetch."""
        self._order = count()
        self._working = 0
        self._room = objects
        self._most = objects
        self._add()

    def take(self) -> Task | None:
        """Wait for a task and return it; None when there will be no more."""
        with self._changed:
            while not self.over and not self._is_stopping():
                if task := self._next():
                    task[0].workers += 1
                    self._working += 1
                    return task
                if not self._working:
                    break
                self._changed.wait()
            return None

    def _next(self) -> Task | None:
        """Return an object to fetch, or a version to begin, whichever is of the smaller version."""
        while self._begun and not self._comes_first():
            job = self._begun[0][2]
            if job.transfer and (blob := next(job.pieces, None)):
                return job, (job.transfer, blob)
            heapq.heappop(self._begun)
        if not self._to_begin or not self._fits(self._to_begin[0][2]):
            return None
        job = heapq.heappop(self._to_begin)[2]
        job.is_under_way = True
        self._room -= job.objects
        return job, None

    def _comes_first(self) -> bool:
        """Whether the next version to begin is smaller than those that have begun."""
        if not self._to_begin or self._begun[0] < self._to_begin[0]:
            return False
        return self._fits(self._to_begin[0][2])

    def _fits(self, job: Job) -> bool:
        return job.objects <= self._room or self._room == self._most

    def _let_go(self, job: Job) -> None:
        """Note that the objects of a version are in memory no more."""
        if job.is_under_way:
            job.is_under_way = False
            self._room += job.objects

    def release(self, task: Task) -> None:
        """Say that a worker is through with what it took."""
        with self._changed:
            job = task[0]
            job.workers -= 1
            self._working -= 1
            if job.is_dropped and not job.workers:
                self._let_go(job)
            self._changed.notify_all()

    def begin(self, job: Job, transfer: Transfer) -> bool:
        """Let workers take the objects that are missing of a version; whether any is."""
        with self._changed:
            job.transfer, job.left = transfer, len(transfer.missing)
            job.pieces = iter(transfer.missing)
            if not job.is_dropped:
                heapq.heappush(self._begun, self._entry(job))
            self._changed.notify_all()
        return bool(transfer.missing)

    def has_ended(self, job: Job) -> bool:
        """Note that one object is through; whether it was the last of a version still wanted."""
        with self._changed:
            job.left -= 1
            return job.left == 0 and not job.is_dropped

    def end(self, job: Job, why: str = "") -> None:
        """Let go of a version: it is there, or *why* it cannot be had."""
        content = _content(job.item)
        with self._changed:
            self._let_go(job)
            if self._jobs.get(content) is job:
                del self._jobs[content]
                self.failed |= dict.fromkeys((item.key for item in job.items if why), why)

    def abort(self, why: str) -> None:
        """Hand out nothing any more."""
        with self._changed:
            self.over = self.over or why
            self._changed.notify_all()

    def wake(self) -> None:
        """Let all that wait for a task look whether the try is to stop."""
        with self._changed:
            self._changed.notify_all()

    def shutdown(self) -> None:
        """Note of what has not ended that it is not there."""
        for job in [*self._jobs.values()]:
            self.end(job, self.over or STOPPED)

    def retarget(self, target: Target) -> list[Job] | None:
        """Go over to *target*; return the versions that it does not want any more.

        None if nothing that is under way is wanted: then the try ends at once, for a new one
        to begin with a tidy folder.
        """
        named = {_content(item) for item in target.missing}
        with self._changed:
            for content, job in self._jobs.items():
                job.is_dropped = content not in named
            is_kept = any(job.workers and not job.is_dropped for job in self._jobs.values())
            if self.over or self._is_stopping() or not is_kept:
                self.abort(STOPPED)
                return None
            self.target, self.failed = target, {}
            dropped = [job for job in self._jobs.values() if job.is_dropped]
            self._jobs = {at: job for at, job in self._jobs.items() if not job.is_dropped}
            for waiting in (self._to_begin, self._begun):
                waiting[:] = [entry for entry in waiting if not entry[2].is_dropped]
                heapq.heapify(waiting)
            for job in dropped:
                if not job.workers:
                    self._let_go(job)
            self._add()
            self._changed.notify_all()
            return dropped

    def digests(self) -> set[str]:
        """Return the digests of the versions that are still to be fetched."""
        return {job.item.version.digest for job in [*self._jobs.values()]}

    def _add(self) -> None:
        same: defaultdict[_Content, list[Wanted]] = defaultdict(list)
        for item in self.target.missing:
            same[_content(item)].append(item)
        for content, items in same.items():
            if content in self._jobs:
                self._jobs[content].items = items
            else:
                self._jobs[content] = job = Job(items)
                heapq.heappush(self._to_begin, self._entry(job))

    def _entry(self, job: Job) -> _Entry:
        return job.item.version.bytes, next(self._order), job


def _content(item: Wanted) -> _Content:
    return item.place, item.version.digest
