"""The sources of data of a pod: the store itself, or a pull beside the loop.

A round never waits for gigabytes.
"""

import logging
import threading
from collections.abc import Callable, Collection, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from generator.agent import backoff
from generator.agent.decide.config import Revision
from generator.agent.download.models import Fetched, Models
from generator.agent.place import Place
from generator.errors import GeneratorError
from generator.lock.lock import Lock
from generator.serving.state import VersionKey
from generator.text.phrases import file_reason

FIRST_PAUSE = 10.0
LONGEST_PAUSE = 300.0
"""Seconds from the end of a try until the next; the pause doubles."""

FAILED_AFTER = 3
"""Tries after which a version counts as one that cannot be had: a store may stumble."""

ENDS_WITHIN = 5.0
"""Seconds that a fetch has to end: a pod is killed when its grace period is over."""

logger = logging.getLogger(__name__)


class DataState(Struct, frozen=True):
    """The state of the data of one revision."""

    present: frozenset[VersionKey] | None = None
    """None: the server reads the store itself."""
    failed: Mapping[VersionKey, str] = field(default_factory=dict)
    """The versions that could not be fetched, and why."""
    given_up: bool = False
    """Whether that was tried often enough to serve the rest without it."""
    problem: str = ""
    """The reason for which nothing can be fetched, or looked for."""
    bytes: int = 0
    """Fetched since the agent started."""
    idle: bool = False
    """Whether nothing is being fetched, so that what nobody names may be removed."""


class DirectSource:
    """The source where nothing is fetched: the server reads the store, or a volume, itself."""

    def look(self, revision: Revision, now: float) -> DataState:  # noqa: ARG002
        """Return that everything is there."""
        return DataState()

    def prune(self, keep: Collection[Place]) -> None:
        """Do nothing."""

    def stop(self) -> bool:
        """Return that nothing is under way."""
        return True


class PullSource:
    """A pull: one thread fetches while something is missing; *wake* is called when it ends.

    *open_models* opens the folder to be filled from the store at a URL, that of a lock. All
    times are seconds of a monotonic clock.
    """

    def __init__(
        self,
        open_models: Callable[[str], Models],
        wake: Callable[[], object],
        first_pause: float = FIRST_PAUSE,
        longest_pause: float = LONGEST_PAUSE,
        ends_within: float = ENDS_WITHIN,
    ) -> None:
        """Take the pauses between two tries, and the time that a fetch has to end at a stop."""
        self._open = open_models
        self._wake = wake
        self._pauses = first_pause, longest_pause
        self._ends_within = ends_within
        self._url: str | None = None
        self._models: Models | None = None
        self._thread: threading.Thread | None = None
        self._works = False
        self._lock: Lock | None = None
        self._tries = 0
        self._bytes = 0
        """Fetched from the stores before this one."""
        self._not_before: float | None = 0.0
        self._result: Fetched | str = ""
        self._pruning: Collection[Place] | None = None
        """While it prunes, what is kept."""

    def look(self, revision: Revision, now: float) -> DataState:
        """Return what is there of *revision*, and begin to fetch the rest."""
        was_busy = self._is_busy
        if self._not_before is None and not was_busy:
            self._not_before = now + backoff.pause(self._tries, *self._pauses)
        if revision.lock != self._lock and not was_busy:
            self._lock, self._tries, self._not_before, self._result = revision.lock, 0, 0.0, ""
        try:
            if revision.lock != self._lock:
                self._retarget(revision)
            models = self._opened(revision.lock.source)
            present = self._present(models, revision.lock)
        except (GeneratorError, OSError) as error:
            return DataState(frozenset(), problem=_reason(error), bytes=self._fetched)
        named = {(model.name, it) for model in revision.lock.models for it in model.numbers}
        begins_at = float("inf") if self._not_before is None else self._not_before
        if present < named and not was_busy and now >= begins_at:
            self._not_before = None  # a pause begins when the try has ended
            self._tries += 1
            self._begin(lambda: self._fetch(models, revision.lock))
        result = self._result
        failed = {} if isinstance(result, str) else result.failed
        return DataState(
            present,
            {key: why for key, why in failed.items() if key in named - present},
            given_up=self._tries > FAILED_AFTER,
            problem=result if isinstance(result, str) else "",
            bytes=self._fetched,
            idle=not (was_busy or self._is_busy),
        )

    def prune(self, keep: Collection[Place]) -> None:
        """Remove the versions that are not among *keep*.

        And what was fetched of versions that the lock does not name any more.
        """
        if self._models is not None and not self._is_busy:
            models = self._models
            named = self._lock.models if self._lock else ()
            staged = {version.digest for model in named for version in model.versions}
            self._pruning = keep
            self._begin(lambda: models.prune(keep, staged))

    def stop(self) -> bool:
        """End a fetch that is under way; what is complete stays.

        False if it has not ended after some seconds, for a store may hang. Nothing is lost
        then that the next fetch does not fetch again.
        """
        if self._models is not None:
            self._models.stop()
        if self._thread is not None:
            self._thread.join(self._ends_within)
        return not self._is_busy

    def _retarget(self, revision: Revision) -> None:
        """Let a fetch that is under way go over to another lock, or end."""
        if self._models is None:
            return
        is_same = revision.lock.source == self._url
        lock = revision.lock if is_same else replace(revision.lock, models=())
        if self._models.retarget(lock):  # what failed before is tried again too
            self._lock, self._tries, self._result = revision.lock, 1, ""

    def _present(self, models: Models, lock: Lock) -> frozenset[VersionKey]:
        """Return what is there, and is not going at this moment."""
        keep = self._pruning  # before the look: what has gone meanwhile is not seen by it
        present = models.present(lock)
        if keep is None:
            return present
        paths = {model.name: model.base_path for model in lock.models}
        return frozenset(key for key in present if Place(paths[key[0]], key[1]) in keep)

    def _opened(self, url: str) -> Models:
        if self._models is None or (url != self._url and not self._is_busy):
            opened = self._open(url)
            self._bytes = self._fetched
            self._models, self._url = opened, url
        return self._models

    @property
    def _fetched(self) -> int:
        """The bytes of all stores, also while a fetch is under way."""
        return self._bytes + (self._models.bytes if self._models else 0)

    @property
    def _is_busy(self) -> bool:
        return self._works and self._thread is not None and self._thread.is_alive()

    def _begin(self, work: Callable[[], object]) -> None:
        def run() -> None:
            try:
                work()
            except Exception as error:
                logger.exception("the models folder: a bug of this program")
                self._result = f"a bug of this program: {type(error).__name__}: {error}"
            self._pruning = None
            self._works = False
            self._wake()

        self._works = True
        self._thread = threading.Thread(target=run, name="fetch", daemon=True)
        self._thread.start()

    def _fetch(self, models: Models, lock: Lock) -> None:
        try:
            self._result = models.fetch(lock)
        except (GeneratorError, OSError) as error:
            self._result = _reason(error)


def _reason(error: GeneratorError | OSError) -> str:
    return "; ".join(error.problems) if isinstance(error, GeneratorError) else file_reason(error)
