"""A witness of a run: it sees all that the run reads, and writes the receipt if that is enough."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from generator.catalog.catalog import Catalog
from generator.catalog.events import missed
from generator.catalog.evidence import DIFFERS, UNUSABLE
from generator.catalog.hold import Code
from generator.catalog.location import InventoryAddress, StoreAddress
from generator.catalog.ports import Cache, Inventories, Progress, Store
from generator.catalog.version_directory import is_version_directory
from generator.catalog.watched import WatchedStore
from generator.delivery import head
from generator.delivery.credentials import hide_credentials
from generator.delivery.issue import IssueVersion
from generator.delivery.outcome import Outcome
from generator.delivery.ports import Branch, Forge, WritableBranch
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment
from generator.lock.commit_status import PostedStatuses
from generator.pipeline.following import Following
from generator.pipeline.pipeline import Run
from generator.pipeline.ports import Openers
from generator.pipeline.receipt import Receipt, RepositoryState, StoreState, moment
from generator.plan.plan import Plan, Why
from generator.plan.shared_store import SharedStore
from generator.render import handover

_OF_TEXT = frozenset(
    {
        *(Code.INDEX_TOO_LARGE, Code.NOT_UTF8, Code.FIELD_COUNT, Code.EMPTY_INDEX),
        *(Code.MIXED_BASE_PATH, Code.FOREIGN_BUCKET, Code.UNSAFE_PATH, Code.OUTSIDE_BASE_PATH),
        *(Code.NO_VERSION_DIRECTORY, Code.CONFLICTING_ROWS, Code.UNSAFE_NAME),
        *(Code.VERSION_OUT_OF_RANGE, Code.DUPLICATE_VERSION_DIRECTORY, Code.NAME_COLLISION),
        *(Code.NOT_SERVABLE, Code.REQUIREMENT_UNMET, Code.WAITING, Code.TAKEN_BACK),
        Code.NO_ROOM,
    }
)
"""Holds that end by nothing but another index, another policy, another commit, or their time."""

_PASSING = frozenset(
    {
        *(handover.CODE, "clock", "uncommitted-policy", UNUSABLE, DIFFERS),
        *(missed.UNREAD, missed.BEHIND, missed.MISSED),
    }
)
"""Warnings that end by what nobody sees here: the clock, and other programs."""


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
        """Open a forge: what it said of the newest commit is a part of the receipt."""
        return self._openers.forge(delivery)

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
    ) -> Receipt | None:
        """Return the receipt of runs that *ended* so; None where they had something to do.

        Or where what they rested on cannot be named, or compared. *version_of* tells of the
        dashboard of each.
        """
        if not ended or not self._is_single or not all(_rests(*it) for it in ended):
            return None
        shared = {run.environment.source.address: run.facts.store for run, _ in ended}
        stores = {address: self._state(address, store) for address, store in shared.items()}
        repositories = [*self._repositories([run.environment for run, _ in ended])]
        until = moment(
            [
                *(outcome.plan.due for _, outcome in ended),
                *(it.due for _, outcome in ended for it in outcome.plan.deferred),
                *(_end_of_closure(outcome.plan) for _, outcome in ended),
                *(store.comparison.until for store in shared.values()),
                *(self._following.until(address) for address in shared if self._following),
            ]
        )
        if None in stores.values() or None in repositories or until <= self._begun.timestamp():
            return None
        having = [run.environment.name for run, _ in ended if run.environment.delivery.dashboard]
        issues = [version_of(name) for name in having]
        if None in issues:
            return None
        return Receipt(
            inputs=inputs,
            since=int(self._begun.timestamp()),
            until=until,
            repositories=tuple(it for it in repositories if it is not None),
            stores=tuple(it for it in stores.values() if it is not None),
            issues=tuple(it for it in issues if it is not None),
            posted=tuple(dict.fromkeys(_posted(ended))),
            probes={
                file: name for run, _ in ended for file, name in run.environment.probe_files.items()
            },
            exit_code=exit_code,
            told=told,
        )

    def _repositories(
        self, environments: Sequence[Environment]
    ) -> Iterator[RepositoryState | None]:
        """Yield the state of each repository, None of one that cannot be compared."""
        for url in sorted({url for url, _ in self._branches}):
            own = [it.name for it in environments if it.delivery.repository == url]
            missed = [head.branch_name(name) for name in own]
            read = {name: branch for (it, name), branch in self._branches.items() if it == url}
            tips = {name: _tip(branch, missed) for name, branch in read.items()}
            is_known = None not in tips.values() and hide_credentials(url) == url
            yield RepositoryState(url, {**dict.fromkeys(missed), **tips}) if is_known else None

    def _state(self, address: StoreAddress, shared: SharedStore) -> StoreState | None:
        """Return the state of the store at *address*; None where it cannot be compared."""
        watched = self._stores.get(address)
        if watched is None or not watched.is_steady or shared.presence.absent:
            return None
        if len(watched.listings) != 1 or "" in watched.listings:
            return None
        seen = watched.directories
        compared = _compared(shared)
        held = _held(shared.catalog, seen)
        if held is None or not compared <= seen.keys():
            return None
        [indexes] = watched.listings
        directories = {path: seen[path] for path in sorted(compared | held)}
        queues = self._following.queues(address) if self._following else ()
        return StoreState(address, indexes, directories, queues)


def _tip(branch: WritableBranch, missed: Iterable[str]) -> str | None:
    """Return the newest commit of *branch*; None without one, or where others are not missed."""
    if not isinstance(branch, Branch) or any(map(branch.has_branch, missed)):
        return None
    return branch.tip


def _end_of_closure(plan: Plan) -> datetime | None:
    """Return when what waits goes out; None where nothing does."""
    return plan.closure.until if plan.closure else None


def _posted(ended: Sequence[tuple[Run, Outcome]]) -> Iterator[PostedStatuses]:
    """Yield what forges said of the newest commits: a status comes without a commit."""
    for run, _ in ended:
        yield from (it.posted for it in run.verifications() if it.posted is not None)


def _rests(run: Run, outcome: Outcome) -> bool:
    """Whether a run had nothing to do, and only what is seen here, or its time, changes that."""
    plan = outcome.plan
    if any(not it.is_settled for it in run.verifications()):
        return False  # many commits would have to be asked for again
    has_acted = outcome.commit or outcome.pull_request or outcome.notices or outcome.is_declined
    has_steps = any(it.why is Why.STEP for it in plan.deferred)
    waits = has_steps or plan.degraded or plan.misread or plan.refused
    passes = any(warned.code in _PASSING for warned in plan.warnings)
    found = {(it.code, it.base_path, it.version) for it in run.facts.store.catalog.held}
    is_seen = all(
        it.code in _OF_TEXT or (it.code, it.base_path, it.version) in found for it in plan.held
    )
    return is_seen and not (plan.changed or has_acted or waits or passes)


def _compared(shared: SharedStore) -> set[str]:
    """Return the versions that the next run compares, as this one did; none where it takes turns.

    Also those that are proven for the first time.
    """
    if not shared.comparison.is_whole:
        return set()
    return shared.due | {version.path for version in shared.catalog.versions}


def _held(catalog: Catalog, seen: Iterable[str]) -> set[str] | None:
    """Return the directories of what is held for what the store has there.

    None where something is held for what no listing shows.
    """
    by_version: dict[tuple[str | None, int | None], set[str]] = {}
    for path in seen:
        base, _, name = path.rpartition("/")
        if is_version_directory(name):
            by_version.setdefault((base, int(name)), set()).add(path)
    of_store = [hold for hold in catalog.held if hold.code not in _OF_TEXT]
    found = [by_version.get((hold.base_path, hold.version)) for hold in of_store]
    return None if None in found else {path for paths in found for path in paths or ()}
