"""The jobs of one try, for workers that ask when they are free: small versions first.

So what another lock adds begins beside what is under way, and a large version holds none up.
"""

import heapq
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from generator.agent.download.download import STOPPED, Transfer
from generator.agent.place import Place, Wanted
from generator.catalog.claim import Blob
from generator.serving.state import VersionKey

_Content = tuple[Place, str]


@dataclass(frozen=True, slots=True)
class Target:
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
    left: int = 0
    """Objects that are still to be fetched."""
    workers: int = 0
    is_dropped: bool = False
    """Whether nobody wants it any more."""

    @property
    def item(self) -> Wanted:
        """The version."""
        return self.items[0]


Piece = tuple[Transfer, Blob]
"""One object of a version that has begun."""

Task = tuple[Job, Piece | None]
"""An object to fetch; without one, a version to begin."""


class Jobs:
    """The tasks of one try. Every method may be called from any thread."""

    def __init__(self, target: Target, is_stopping: Callable[[], bool]) -> None:
        self.target = target
        self.failed: dict[VersionKey, str] = {}
        self.over = ""
        """The reason for which nothing is handed out any more; empty while something is."""
        self._is_stopping = is_stopping
        self._changed = threading.Condition()
        self._jobs: dict[_Content, Job] = {}
        self._waiting: list[tuple[int, int, Task]] = []
        self._order = count()
        self._working = 0
        self._add()

    def take(self) -> Task | None:
        """Wait for a task and return it; None when there will be no more."""
        with self._changed:
            while not self.over and not self._is_stopping():
                if self._waiting:
                    task = heapq.heappop(self._waiting)[2]
                    task[0].workers += 1
                    self._working += 1
                    return task
                if not self._working:
                    break
                self._changed.wait()
            return None

    def release(self, task: Task) -> None:
        """Say that a worker is through with what it took."""
        with self._changed:
            task[0].workers -= 1
            self._working -= 1
            self._changed.notify_all()

    def begin(self, job: Job, transfer: Transfer) -> bool:
        """Let workers take the objects that are missing of a version; whether any is."""
        with self._changed:
            job.transfer, job.left = transfer, len(transfer.missing)
            for blob in transfer.missing:
                self._push((job, (transfer, blob)))
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
            self._waiting = [it for it in self._waiting if not it[2][0].is_dropped]
            heapq.heapify(self._waiting)
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
                self._push((job, None))

    def _push(self, task: Task) -> None:
        entry = (task[0].item.version.bytes, next(self._order), task)
        heapq.heappush(self._waiting, entry)


def _content(item: Wanted) -> _Content:
    return item.place, item.version.digest
