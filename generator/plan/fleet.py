"""Several environments in one run: what they share is read once, and a failure stays alone.

Environments that share a store are surveyed together, and a branch is fetched once for all
that deliver to it or take versions from it. Everything is opened by a port, when it is first
needed: an environment can be synced before the store of the next one is read.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from generator.catalog import discover as stages
from generator.catalog.catalog import Catalog, Known
from generator.catalog.location import StoreAddress
from generator.catalog.ports import Memory, Progress, Store
from generator.catalog.presence import Presence
from generator.delivery.ports import Branch
from generator.environment.environment import Environment
from generator.errors import GeneratorError
from generator.lock import branch as lock_branch
from generator.lock.lock import states_since
from generator.plan import facts
from generator.plan.context import Applied, Surveyed
from generator.plan.gates import Around

OpenBranch = Callable[[Environment], Branch]

logger = logging.getLogger("generator")


class Openers(Protocol):
    """What a run over several environments opens, each when it is first needed."""

    def environment(self, name: str) -> Environment:
        """Load an environment.

        Raises:
            InvalidInputError: There is none of that name, or its file is invalid.
        """
        ...

    def branch(self, environment: Environment) -> Branch:
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

    def memory(self, address: StoreAddress) -> Memory:
        """Return what earlier runs proved of the store at *address*."""
        ...

    def now(self) -> datetime:
        """Return the time, with its zone."""
        ...

    def build_problem(self, files: Callable[[], Mapping[str, bytes]], overlay: str) -> str | None:
        """Return why the folder *overlay* of *files* does not build; None if nobody can tell.

        The files are read only where something can try them.
        """
        ...

    def progress(self) -> AbstractContextManager[Progress]:
        """Return how to show the progress of one survey."""
        ...


def survey(
    names: Iterable[str],
    openers: Openers,
    open_branch: OpenBranch | None = None,
    *,
    reprove_all: bool = False,
) -> Iterator[tuple[str, Surveyed | GeneratorError]]:
    """Yield each environment, surveyed, or the error that stops it and no other.

    Environments that share a store are read from it once, as often reproved as the most
    careful of them asks; those that share a branch share its fetched copy. *open_branch*
    is where they deliver to, if that is not their branch; *reprove_all* compares every
    served version with the store.
    """
    deliver_to = open_branch or openers.branch
    branches = _Branches(deliver_to)
    stores: dict[StoreAddress, list[tuple[Environment, Branch]]] = {}
    for name in names:
        try:
            environment = openers.environment(name)
            branch = branches.get(environment, deliver_to)
        except GeneratorError as error:
            yield name, error
        else:
            stores.setdefault(environment.source.address, []).append((environment, branch))
    for sharing in stores.values():
        yield from _survey_store(sharing, openers, branches, reprove_all=reprove_all)


def _survey_store(
    sharing: Sequence[tuple[Environment, Branch]],
    openers: Openers,
    branches: "_Branches",
    *,
    reprove_all: bool,
) -> Iterator[tuple[str, Surveyed | GeneratorError]]:
    now = openers.now()
    ready: list[tuple[Applied, Branch]] = []
    for environment, branch in sharing:
        try:
            around = _around(environment, openers, branches, now)
            lock = lock_branch.read_lock(environment, branch)
        except GeneratorError as error:
            yield environment.name, error
        else:
            ready.append((Applied(environment, lock, around), branch))
    if not ready:
        return
    memory = openers.memory(ready[0][0].environment.source.address)
    remembered = memory.recall({ref for item, _ in ready for ref in item.known()})
    ready = [(facts.recalled(item, remembered, memory), branch) for item, branch in ready]
    try:
        applied = [item for item, _ in ready]
        presence, catalog = _prove(applied, remembered, openers, now, reprove_all=reprove_all)
        memory.remember(catalog.versions)
    except GeneratorError as error:
        for item, _ in ready:
            yield item.environment.name, error
        return
    for item, branch in ready:
        try:
            proven, around = facts.meet(item, catalog, presence, memory)
        except GeneratorError as error:
            yield item.environment.name, error
        else:
            yield (
                item.environment.name,
                Surveyed(
                    environment=item.environment,
                    branch=branch,
                    catalog=proven,
                    around=around,
                    store=presence.store,
                    build_problem=openers.build_problem,
                    lock=item.lock,
                    again=partial(_again, item.environment.name, openers, branches.open_branch),
                ),
            )


def _again(name: str, openers: Openers, open_branch: OpenBranch) -> Surveyed:
    """Return one environment, surveyed anew."""
    [(_, found)] = survey([name], openers, open_branch)
    if isinstance(found, GeneratorError):
        raise found
    return found


def _prove(
    applied: Sequence[Applied],
    remembered: Known,
    openers: Openers,
    now: datetime,
    *,
    reprove_all: bool,
) -> tuple[Presence, Catalog]:
    """Return what the store that all of *applied* share proves, and what was looked at there."""
    sources = [item.environment.source for item in applied]
    with openers.progress() as progress:
        presence = Presence(openers.store(sources[0].address))
        catalog = stages.survey(
            presence.store,
            applied,
            remembered,
            now=now,
            reprove=0 if reprove_all else min(source.reprove for source in sources),
            progress=progress,
            presence=presence,
        )
    told = (sources[0].url, len(catalog.versions), len(catalog.held))
    logger.debug("%s: %d versions proven, %d holds", *told)
    return presence, catalog


def _around(
    environment: Environment, openers: Openers, branches: "_Branches", now: datetime
) -> Around:
    """Return what the gates of *environment* ask for: the locks of other environments."""
    elsewhere = {}
    for name, age in environment.sources.items():
        other = openers.environment(name)
        branch = branches.get(other, openers.branch)
        elsewhere[name] = states_since(
            lock_branch.history(other, branch), now - timedelta(seconds=age)
        )
    return Around(now, elsewhere)


@dataclass(slots=True)
class _Branches:
    """The branches that one run has fetched, by how and where they were opened."""

    open_branch: OpenBranch
    """Where environments deliver to."""
    _fetched: dict[tuple[OpenBranch, str, str], Branch] = field(default_factory=dict)

    def get(self, environment: Environment, open_branch: OpenBranch) -> Branch:
        """Return the branch of *environment*, fetched by *open_branch* once."""
        key = (open_branch, environment.delivery.repository, environment.delivery.branch)
        if key not in self._fetched:
            logger.debug("%s: reading branch %s", environment.name, key[-1])
            self._fetched[key] = open_branch(environment)
        return self._fetched[key]
