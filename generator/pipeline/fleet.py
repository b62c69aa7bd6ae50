"""Several environments in one run: what they share is read once, and a failure stays alone.

A store is discovered and validated once for all environments that share it, and a branch is
fetched once for all that deliver to it or take versions from it. Everything is opened by a
port, when it is first needed: an environment can be synced before the next store is read.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, Self

from generator.catalog.location import StoreAddress
from generator.catalog.ports import Cache, Progress, Store
from generator.catalog.reproof import Schedule
from generator.delivery.ports import WritableBranch
from generator.environment.environment import Environment
from generator.errors import GeneratorError, GuardError
from generator.lock import branch as lock_branch
from generator.lock.lock import Lock, states_since
from generator.pipeline.pipeline import Run
from generator.plan.context import Context
from generator.plan.facts import FactFinder
from generator.plan.shared_store import SharedStore

OpenBranch = Callable[[Environment], WritableBranch]

logger = logging.getLogger("generator")


class Openers(Protocol):
    """The world of a run over several environments; each part is opened when it is first needed."""

    def environment(self, name: str) -> Environment:
        """Load an environment.

        Raises:
            InvalidInputError: There is none of that name, or its file is invalid.
        """
        ...

    def branch(self, environment: Environment) -> WritableBranch:
        """Open the branch that *environment* is delivered to, and fetch it.

        Raises:
            PublishError: The repository or the branch cannot be read.
        """
        ...

    def store(self, address: StoreAddress) -> Store:
        """Open the store at *address*.

        Raises:
            StoreError: It is not to be found, or no credentials for it are.
        """
        ...

    def cache(self, address: StoreAddress) -> Cache:
        """Return what earlier runs proved of the store at *address*."""
        ...

    def now(self) -> datetime:
        """Return the time, with its zone."""
        ...

    def progress(self) -> AbstractContextManager[Progress]:
        """Return what shows how far the reading of a store is."""
        ...


def runs(
    names: Iterable[str],
    openers: Openers,
    open_branch: OpenBranch | None = None,
    *,
    reprove_all: bool = False,
) -> Iterator[tuple[str, Run | GeneratorError]]:
    """Yield the run of each environment, or the error that stops it and no other.

    Environments that share a store are read from it once, as often reproved as the most
    careful of them asks; those that share a branch share its fetched copy. *open_branch*
    is where they deliver to, if that is not their branch; *reprove_all* compares every
    served version with the store.
    """
    branches = _Branches(open_branch or openers.branch)
    stores: dict[StoreAddress, list[tuple[Environment, WritableBranch]]] = {}
    for name in names:
        try:
            environment = openers.environment(name)
            branch = branches.get(environment, branches.open_branch)
        except GeneratorError as error:
            yield name, error
        else:
            stores.setdefault(environment.source.address, []).append((environment, branch))
    for sharing in stores.values():
        yield from _of_one_store(sharing, openers, branches, reprove_all=reprove_all)


def run(
    environment: Environment,
    openers: Openers,
    open_branch: OpenBranch | None = None,
    *,
    reprove_all: bool = False,
) -> Run:
    """Return the run of one environment.

    Raises:
        GeneratorError: What stops it.
    """
    branches = _Branches(open_branch or openers.branch)
    branch = branches.get(environment, branches.open_branch)
    sharing = [(environment, branch)]
    [(_, found)] = _of_one_store(sharing, openers, branches, reprove_all=reprove_all)
    if isinstance(found, GeneratorError):
        raise found
    return found


def _of_one_store(
    sharing: Sequence[tuple[Environment, WritableBranch]],
    openers: Openers,
    branches: "_Branches",
    *,
    reprove_all: bool,
) -> Iterator[tuple[str, Run | GeneratorError]]:
    """Yield the runs of the environments that share a store, or their errors."""
    now = openers.now()
    ready: list[_Committed] = []
    for environment, branch in sharing:
        try:
            context = _context(environment, openers, branches, now)
            ready.append(_Committed.read(environment, branch, context))
        except GeneratorError as error:
            yield environment.name, error
    if not ready:
        return
    sources = [it.environment.source for it in ready]
    cache = openers.cache(sources[0].address)
    try:
        store = SharedStore.read(
            openers.store(sources[0].address),
            cache,
            openers.progress,
            [it.lock for it in ready],
            url=sources[0].url,
            schedule=Schedule(now, 0 if reprove_all else min(source.reprove for source in sources)),
        )
    except GeneratorError as error:
        for it in ready:
            yield it.environment.name, error
        return
    for it in ready:
        yield it.environment.name, it.run(store)


def _context(
    environment: Environment, openers: Openers, branches: "_Branches", now: datetime
) -> Context:
    """Return what the gates of *environment* ask for: the time, and locks of other environments."""
    elsewhere = {}
    for name, age in environment.sources.items():
        other = openers.environment(name)
        branch = branches.get(other, openers.branch)
        elsewhere[name] = states_since(
            lock_branch.history(other, branch), now - timedelta(seconds=age)
        )
    return Context(now, elsewhere)


@dataclass(frozen=True, slots=True)
class _Committed:
    """An environment, and what its branch has of it."""

    environment: Environment
    branch: WritableBranch
    context: Context
    lock: Lock
    served: Lock
    """What servers have of the lock: a person may have edited the config beside it."""
    unknown: GuardError | None
    generated: str

    @classmethod
    def read(cls, environment: Environment, branch: WritableBranch, context: Context) -> Self:
        """Read the lock of *environment*, and what is committed beside it.

        Raises:
            GeneratorError: The lock is broken, or the branch cannot be read.
        """
        lock = served = lock_branch.read_lock(environment, branch)
        unknown = None
        try:
            served = lock_branch.as_served(environment, branch, lock)
        except GuardError as error:
            unknown = error
        generated = lock_branch.generated_digest(environment, branch)
        return cls(environment, branch, context, lock, served, unknown, generated)

    def run(self, store: SharedStore) -> Run:
        """Return the run that goes on from here, with what *store* proves."""
        facts = FactFinder(store, self.branch)
        inputs = facts.inputs(self.environment, self.served, self.context)
        return Run(inputs, facts, self.branch, self.generated, self.unknown)


@dataclass(slots=True)
class _Branches:
    """The branches that one run has fetched, by how and where they were opened."""

    open_branch: OpenBranch
    """Where environments deliver to."""
    _fetched: dict[tuple[OpenBranch, str, str], WritableBranch] = field(default_factory=dict)

    def get(self, environment: Environment, open_branch: OpenBranch) -> WritableBranch:
        """Return the branch of *environment*, fetched by *open_branch* once."""
        key = (open_branch, environment.delivery.repository, environment.delivery.branch)
        if key not in self._fetched:
            logger.debug("%s: reading branch %s", environment.name, key[-1])
            self._fetched[key] = open_branch(environment)
        return self._fetched[key]
