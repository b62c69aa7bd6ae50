"""The branches and stores that environments of one run share: each is opened and read once."""

import logging

from msgspec import Struct, field

from generator.catalog.evidence import Evidence
from generator.catalog.location import StoreAddress
from generator.catalog.reproof import Reproof, Schedule
from generator.delivery.ports import WritableBranch
from generator.environment.environment import Environment
from generator.errors import GeneratorError
from generator.pipeline.committed import Committed
from generator.pipeline.inventory_evidence import gather
from generator.pipeline.ports import OpenBranch, Openers
from generator.plan.shared_store import SharedStore

logger = logging.getLogger("generator")


class Branches(Struct, frozen=False):
    """The branches that one run has fetched, by how and where they were opened."""

    open_branch: OpenBranch
    """The opener of the branches that environments deliver to."""
    _fetched: dict[tuple[OpenBranch, str, str], WritableBranch] = field(default_factory=dict)

    def get(self, environment: Environment, open_branch: OpenBranch) -> WritableBranch:
        """Return the branch of *environment*, fetched by *open_branch* once."""
        key = (open_branch, environment.delivery.repository, environment.delivery.branch)
        if key not in self._fetched:
            logger.debug("%s: reading branch %s", environment.name, key[-1])
            self._fetched[key] = open_branch(environment)
        return self._fetched[key]


class Stores:
    """The stores of one run, each read when the first that shares it has its turn."""

    def __init__(self, openers: Openers, sharing: list[Committed], *, reprove_all: bool) -> None:
        self._openers = openers
        self._sharing = sharing
        self._reprove_all = reprove_all
        self._read: dict[StoreAddress, SharedStore | GeneratorError] = {}

    def of(self, one: Committed) -> SharedStore:
        """Return the store of *one*.

        Raises:
            GeneratorError: It cannot be read; so each is told that shares it.
        """
        address = one.environment.source.address
        if address not in self._read:
            try:
                self._read[address] = self._shared(address)
            except GeneratorError as error:
                self._read[address] = error
        found = self._read[address]
        if isinstance(found, GeneratorError):
            raise found
        return found

    def leave(self, one: Committed) -> None:
        """Let go of the store of *one*, which had its turn, if nobody else needs it."""
        self._sharing.remove(one)
        address = one.environment.source.address
        if all(other.environment.source.address != address for other in self._sharing):
            self._read.pop(address, None)

    def _shared(self, address: StoreAddress) -> SharedStore:
        sharing = [it for it in self._sharing if it.environment.source.address == address]
        sources = [it.environment.source for it in sharing]
        often = 0 if self._reprove_all else min(source.reprove for source in sources)
        cache = self._openers.cache(address)
        schedule = Schedule(self._openers.now(), often)
        evidence = Evidence() if self._reprove_all else gather(self._openers, sharing, schedule)
        return SharedStore.read(
            self._openers.store(address),
            cache,
            self._openers.progress,
            [it.lock for it in sharing],
            url=sources[0].url,
            reproof=Reproof(schedule, evidence),
        )
