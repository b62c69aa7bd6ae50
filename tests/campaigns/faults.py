"""Every kind of store fault at every request of a sync and of a pull."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import get_args

from generator.agent import Models
from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.errors import StoreError
from generator.network import waits
from tests.campaigns.bucket_syncs import BUCKET, HASTY, PATIENT, BucketSyncs, bucket_syncs
from tests.campaigns.campaign import Campaign, Trial
from tests.kit import versions
from tests.servers.flaky import Fault

_SYNC, _PULL = "faults of the store in a sync", "faults of the store in a pull"


@dataclass(frozen=True, slots=True)
class _At:
    """A fault at a request, by its number from 1, and at all later ones if it *stays*."""

    fault: Fault
    request: int
    stays: bool

    def __str__(self) -> str:
        when = "from request" if self.stays else "at request"
        return f"{self.fault} {when} {self.request}"

    def answer(self, number: int) -> Fault | None:
        """Return the fault of a request."""
        meant = number >= self.request if self.stays else number == self.request
        return self.fault if meant else None


def play(trial: Trial) -> None:
    """Play all faults, or as many as the size says, drawn from all."""
    with bucket_syncs(trial.below("faults")) as syncs:
        shares = dict(trial.shares(sync=4, pull=1))
        requests = _requests(syncs)
        trial.tally.counts["requests of a sync"] = requests
        for at in _drawn(trial, requests, shares["sync"]):
            _begin(syncs, at)
            syncs.meet(trial, _SYNC, f"a sync with {at}")
            syncs.proxy.fault = lambda *_: None
            syncs.mend(trial, f"a sync with {at}")
        _pulls(trial, syncs, shares["pull"])


def _requests(syncs: BucketSyncs) -> int:
    """Return how many requests a sync makes that meets no fault."""
    syncs.lay()
    syncs.proxy.requests.clear()
    assert syncs.sync(HASTY) == "done"
    assert [*syncs.problems()] == []
    return len(syncs.proxy.requests)


def _drawn(trial: Trial, requests: int, most: int) -> Iterator[_At]:
    every = [
        _At(fault, request, stays)
        for fault in get_args(Fault)
        for request in range(1, requests + 1)
        for stays in (False, True)
    ]
    trial.random.shuffle(every)
    yield from every[:most]


def _begin(syncs: BucketSyncs, at: _At) -> None:
    syncs.proxy.requests.clear()
    syncs.proxy.fault = lambda number, _: at.answer(number)


def _pulls(trial: Trial, syncs: BucketSyncs, most: int) -> None:
    """Fetch the versions of a lock through the faults: each is there as a whole, or not."""
    address = StoreAddress(f"s3://{BUCKET}", syncs.proxy.url)
    lock = versions.lock(open_store(address, PATIENT))
    models = Models(trial.below("whole"), open_store(address, PATIENT))
    syncs.proxy.requests.clear()
    assert not models.fetch(lock).failed
    requests, whole = len(syncs.proxy.requests), versions.visible(trial.folder / "whole")
    for number, at in enumerate(_drawn(trial, requests, most)):
        root = trial.below(f"pull-{number}")
        _begin(syncs, at)
        there: set[str] = set()
        with suppress(StoreError):  # nothing at all could be read
            fetched = Models(root, open_store(address, HASTY)).fetch(lock)
            there = {f"{name}/{version}" for name, version in fetched.present}
        waits.forget()
        trial.tally.counts[_PULL] += 1
        found = versions.visible(root)
        visible = {
            key: data for key, data in whole.items() if "/".join(key.split("/")[:2]) in there
        }
        if found != visible:
            trial.tally.losses.append(f"a pull with {at}: {sorted(found)} are there, not {there}")
        syncs.proxy.fault = lambda *_: None
        again = Models(root, open_store(address, PATIENT)).fetch(lock)
        if again.failed or versions.visible(root) != whole:
            trial.tally.losses.append(f"a pull with {at}: the next one has {again.failed}")


FAULTS = Campaign(
    name="faults",
    promise="A store that fails changes nothing that is served, and the next run makes up for it.",
    method="""
A proxy before a real S3 server breaks one request of a sync, or all from one on: at each request
in turn, by a connection that is cut or says nothing, half an answer, the statuses 302, 400, 403,
404, 500 and 503, broken XML, and a page for people with status 200. The sync ends with exit 4 and
has changed nothing, or it is done, and each model is as before or as it is to be. The next one,
without faults, ends as if none had been. A pull meets the same: each version is there as a whole
or not at all, and the next pull brings the rest.
""",
    play=play,
    quick=14,
    night=800,
)
