"""A witness of a run: it sees all that the run reads, and writes the receipt if that is enough."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from generator.catalog.location import InventoryAddress, StoreAddress
from generator.catalog.ports import Cache, Inventories, Progress, Store
from generator.catalog.watched import WatchedStore
from generator.delivery.issue import IssueVersion
from generator.delivery.outcome import Outcome
from generator.delivery.ports import Forge, WritableBranch
from generator.delivery.watched_forge import WatchedForge
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment
from generator.errors import GeneratorError
from generator.lock.commit_status import PostedStatuses
from generator.pipeline.at_rest import is_at_rest
from generator.pipeline.following import Following
from generator.pipeline.ports import Openers
from generator.pipeline.receipt import Receipt, moment
from generator.pipeline.receipt_states import (
    PullsOf,
    listed_pulls,
    proposed_heads,
    repository_states,
    store_state,
)
from generator.pipeline.run import Run
from generator.plan.closure import next_change
from generator.plan.plan import Plan
from generator.plan.shared_store import SharedStore

VersionOf = Callable[[str], IssueVersion | None]
"""Returns the version of the dashboard of an environment; None where nobody knows it."""


class Witness:
    """The openers of a run, each of which is seen."""

    def __init__(self, openers: Openers, following: Following | None = None) -> None:
        self._openers = openers
        self._following = following
        self._begun = openers.now()
        self._branches: dict[tuple[str, str], WritableBranch] = {}
        self._stores: dict[StoreAddress, WatchedStore] = {}
        self._forges: list[WatchedForge] = []
        self._has_all_forges = True
        """Whether each forge could be opened: silence is no answer that can be compared."""
        self._is_single = True
        """Whether nothing was opened twice: it may be another thing by then."""

    def environment(self, name: str) -> Environment:
        """Load an environment."""
        return self._openers.environment(name)

    def branch(self, environment: Environment) -> WritableBranch:
        """Open the branch that *environment* is delivered to."""
        branch = self._openers.branch(environment)
        key = environment.delivery.repository, environment.delivery.branch
        self._is_single &= key not in self._branches
        self._branches[key] = branch
        return branch

    def forge(self, delivery: Delivery) -> Forge:
        """Open a forge: what it said of pull requests and of commits is a part of the receipt."""
        try:
            watched = WatchedForge(self._openers.forge(delivery))
        except GeneratorError:
            self._has_all_forges = False
            raise
        self._forges.append(watched)
        return watched

    def store(self, address: StoreAddress) -> Store:
        """Open the store at *address*."""
        watched = WatchedStore(self._openers.store(address))
        self._is_single &= address not in self._stores
        self._stores[address] = watched
        return watched

    def cache(self, address: StoreAddress) -> Cache:
        """Return what earlier runs proved: it changes no result, and is no part of a receipt."""
        return self._openers.cache(address)

    def inventories(
        self, address: InventoryAddress, source: StoreAddress, environments: Sequence[str]
    ) -> Inventories:
        """Open inventories: until when one counts is a time of the receipt, by `SharedStore`."""
        return self._openers.inventories(address, source, environments)

    def now(self) -> datetime:
        """Return the time."""
        return self._openers.now()

    def progress(self) -> AbstractContextManager[Progress]:
        """Return what shows how far the reading of a store is."""
        return self._openers.progress()

    def receipt(
        self,
        ended: Sequence[tuple[Run, Outcome]],
        *,
        inputs: str,
        exit_code: int,
        told: Mapping[str, Any],
        version_of: VersionOf,
        pulls_of: PullsOf,
    ) -> Receipt | None:
        """Return the receipt of runs that *ended* so; None where they had something to do.

        Or where what they rested on cannot be named, or compared. *version_of* tells of the
        dashboard of each.
        """
        if not ended or not self._can_be_compared or not all(is_at_rest(*it) for it in ended):
            return None
        shared = {run.environment.source.address: run.facts.store for run, _ in ended}
        stores = {
            address: store_state(address, store, self._stores.get(address), self._following)
            for address, store in shared.items()
        }
        environments = [run.environment for run, _ in ended]
        repositories = [*repository_states(self._branches, environments)]
        until = self._until(ended, shared)
        if None in stores.values() or None in repositories or until <= self._begun.timestamp():
            return None
        having = [run.environment.name for run, _ in ended if run.environment.delivery.dashboard]
        issues = [version_of(name) for name in having]
        pulls = [*listed_pulls(self._forges, {*proposed_heads(ended)}, pulls_of)]
        if None in issues or None in pulls:
            return None
        return Receipt(
            inputs=inputs,
            since=int(self._begun.timestamp()),
            until=until,
            repositories=tuple(it for it in repositories if it is not None),
            stores=tuple(it for it in stores.values() if it is not None),
            issues=tuple(it for it in issues if it is not None),
            pulls=tuple(it for it in pulls if it is not None),
            posted=tuple(dict.fromkeys(_posted(ended))),
            probes={
                file: name for run, _ in ended for file, name in run.environment.probe_files.items()
            },
            exit_code=exit_code,
            told=told,
        )

    @property
    def _can_be_compared(self) -> bool:
        """Whether each thing was opened once, and all forges were asked, answered, and not told."""
        is_told = self._has_all_forges and not any(forge.has_failed for forge in self._forges)
        return self._is_single and is_told and not any(it.has_written for it in self._forges)

    def _until(
        self, ended: Sequence[tuple[Run, Outcome]], shared: Mapping[StoreAddress, SharedStore]
    ) -> int:
        """Return when the clock alone makes another run, in seconds of the epoch."""
        return moment(
            [
                *(outcome.plan.due for _, outcome in ended),
                *(it.due for _, outcome in ended for it in outcome.plan.deferred),
                *(_end_of_closure(run, outcome.plan, self._begun) for run, outcome in ended),
                *(store.comparison.until for store in shared.values()),
                *(self._following.until(address) for address in shared if self._following),
            ]
        )


def _end_of_closure(run: Run, plan: Plan, now: datetime) -> datetime | None:
    """Return when what keeps changes back may be another thing; None where nothing is to go out."""
    return next_change(run.environment, now) if plan.closure or plan.changed else None


def _posted(ended: Sequence[tuple[Run, Outcome]]) -> Iterator[PostedStatuses]:
    """Yield what forges said of the newest commits: a status comes without a commit."""
    for run, _ in ended:
        yield from (it.posted for it in run.verifications() if it.posted is not None)
