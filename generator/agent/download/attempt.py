"""One try to fetch versions: their objects side by side, those of small versions first.

So a small version never waits for a large one, each appears with its last object, and memory is
bounded by the number of workers.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from generator.agent.download.claims import WORKERS, Claims
from generator.agent.download.download import STOPPED, Download, Transfer
from generator.agent.download.index_file import UnavailableError
from generator.agent.download.jobs import Job, Jobs, Target
from generator.agent.download.models_folder import PathOccupiedError
from generator.agent.place import inside_another
from generator.catalog.claim import Blob
from generator.errors import StoreError
from generator.text.phrases import reason

_PROBLEMS = (UnavailableError, PathOccupiedError, StoreError, OSError)

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Attempt:
    """One try; *is_stopping* says that nobody waits for it any more."""

    download: Download
    claims: Claims
    jobs: Jobs
    is_stopping: Callable[[], bool]
    store_to_blame: bool = False

    def retarget(self, target: Target) -> bool:
        """Go over to *target*, which another lock wants: a signal from another thread.

        What is under way and still wanted goes on, what is not ends at once, and what is
        added begins as workers are free. False if the try ends instead.
        """
        self.claims.ask(item.version for item in target.missing)
        dropped = self.jobs.retarget(target)
        for job in dropped or ():
            self.download.space.cancel(job.transfer)
        self.download.space.renew()
        return dropped is not None

    def run(self) -> None:
        """Fetch what is missing.

        Raises:
            StoreError: The store answered for no index at all.
        """
        with ThreadPoolExecutor(WORKERS) as pool:
            for worker in [pool.submit(self._work) for _ in range(WORKERS)]:
                worker.result()
        self.jobs.shutdown()
        if self.claims.silence:
            raise self.claims.silence

    def _work(self) -> None:
        """Do what there is to do, in a thread of its own."""
        while task := self.jobs.take():
            try:
                job, piece = task
                if piece is None:
                    self._begin(job)
                else:
                    self._object(job, *piece)
            finally:
                self.jobs.release(task)

    def _begin(self, job: Job) -> None:
        item = job.item
        try:
            if outer := inside_another(item.place, self.jobs.target.known):
                raise PathOccupiedError(f"{item.place.path} is inside the version {outer.path}")
            if self.download.folder.digest(item.place) == item.version.digest:
                self.jobs.end(job)  # it came while another lock took over
                return
            transfer = self.download.begin(item, self.claims.take(item.version))
        except _PROBLEMS as error:
            self._blame(job, error)
            return
        if not self.jobs.begin(job, transfer):
            self._end(job, transfer)
        elif job.is_dropped:
            self.download.space.cancel(transfer)

    def _object(self, job: Job, transfer: Transfer, blob: Blob) -> None:
        if not (job.is_dropped or transfer.error):
            try:
                problem = self.download.object(transfer, blob, lambda: self._is_unwanted(job))
            except (StoreError, OSError) as error:
                transfer.error = error
                self.download.space.cancel(transfer)
            else:
                if problem == STOPPED:
                    return
                if problem:
                    transfer.problems.append(problem)
        if self.jobs.has_ended(job):
            self._end(job, transfer)

    def _end(self, job: Job, transfer: Transfer) -> None:
        try:
            self.download.end(transfer)
        except _PROBLEMS as error:
            self._blame(job, error)
            return
        finally:
            self.download.space.cancel(transfer)
        self.jobs.end(job)
        place, version = job.item.place, job.item.version
        fields = {"model": job.item.model, "version": place.number, "bytes": version.bytes}
        logger.info("fetched %s", place.path, extra={"fields": fields})

    def _blame(self, job: Job, error: Exception) -> None:
        """Note why a version cannot be had, and end the try if the store is not there."""
        self.jobs.end(job, text(error))
        self.store_to_blame |= isinstance(error, UnavailableError | StoreError)
        if isinstance(error, StoreError) and not self.jobs.over and self.claims.is_away():
            self.jobs.abort(text(error))

    def _is_unwanted(self, job: Job) -> bool:
        return job.is_dropped or self.is_stopping()


def text(error: Exception) -> str:
    """Return what is wrong, without the words of Python."""
    if isinstance(error, StoreError):
        return "; ".join(error.problems)
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {reason(error)}"
    return reason(error)
