"""The openers of a sync that follows stores by their notifications, where that is safe."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from msgspec import Struct, field

from generator.catalog.events.followed import FollowedStore
from generator.catalog.events.known_listing import ListingFile
from generator.catalog.events.mailbox import Mailbox
from generator.catalog.events.ports import QueueAddress
from generator.catalog.location import InventoryAddress, StoreAddress
from generator.catalog.ports import Cache, Inventories, Progress, Store
from generator.catalog.warned import Warned
from generator.delivery.outcome import Outcome
from generator.delivery.ports import Forge, WritableBranch
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment
from generator.pipeline.ports import Openers
from generator.text.phrases import listed

_SHOWN = 5

Others = Callable[[str], Collection[str]]
"""Returns the environments beside a run that have the queue of a URL too, or may have it."""


class Following(Struct, frozen=False):
    """Openers that follow a store if all environments that need its messages are in the run.

    A message is deleted once each of them has got what it tells of. Where one of them is not in
    the run, or lists the store anyway, the messages are left alone and the store is listed.
    """

    openers: Openers
    mailbox: Mailbox
    others: Others
    _environments: dict[str, Environment] = field(default_factory=dict)
    _followed: dict[StoreAddress, FollowedStore] = field(default_factory=dict)

    def environment(self, name: str) -> Environment:
        """Load an environment, and note where its notifications are."""
        found = self.openers.environment(name)
        self._environments[name] = found
        return found

    def branch(self, environment: Environment) -> WritableBranch:
        """Open the branch that *environment* is delivered to."""
        return self.openers.branch(environment)

    def forge(self, delivery: Delivery) -> Forge:
        """Open the forge of *delivery*."""
        return self.openers.forge(delivery)

    def cache(self, address: StoreAddress) -> Cache:
        """Return what earlier runs proved."""
        return self.openers.cache(address)

    def inventories(
        self, address: InventoryAddress, source: StoreAddress, environments: Sequence[str]
    ) -> Inventories:
        """Open inventories."""
        return self.openers.inventories(address, source, environments)

    def now(self) -> datetime:
        """Return the time."""
        return self.openers.now()

    def progress(self) -> AbstractContextManager[Progress]:
        """Return what shows how far the reading of a store is."""
        return self.openers.progress()

    def store(self, address: StoreAddress) -> Store:
        """Open the store at *address*, followed where it can be."""
        store = self.openers.store(address)
        sharing = [it for it in self._environments.values() if it.source.address == address]
        if not any(it.source.events for it in sharing):
            return store
        warnings = [*self._unused(sharing)]
        sources = [it.source for it in sharing if it.source.events]
        queues = () if warnings else tuple({it.queue: None for it in sources if it.queue})
        followed = FollowedStore(
            store,
            tuple(map(self.mailbox.inbox, queues)),
            ListingFile(address),
            sweep=min(it.events.sweep for it in sources if it.events),
            now=self.now(),
            warnings=warnings,
        )
        if queues:
            self._followed[address] = followed
        return followed

    def queues(self, address: StoreAddress) -> tuple[QueueAddress, ...]:
        """Return the queues by which the store at *address* is followed; none where it is not."""
        if address not in self._followed:
            return ()
        sharing = [it for it in self._environments.values() if it.source.address == address]
        return tuple({queue: None for it in sharing if (queue := it.source.queue)})

    def until(self, address: StoreAddress) -> datetime | None:
        """Return when the store at *address*, which was read, is swept; None if not followed."""
        followed = self._followed.get(address)
        return None if followed is None else followed.until

    def end(self, chosen: Collection[str], outcomes: Mapping[str, Outcome]) -> None:
        """Delete the messages of each queue whose environments have all got what it told of.

        *outcomes* are by environment, of the *chosen* ones that no error has stopped. What is
        left comes again, and so does what nothing but a message would tell the next run.
        """
        if not set(chosen) <= self._environments.keys():
            return  # nobody knows which queues the others have
        waiting = {
            it.source.queue
            for name, it in self._environments.items()
            if name in chosen and not _has_got_it(outcomes.get(name))
        }
        stores = self._followed.items()
        waiting |= {it for address, one in stores if not one.is_kept for it in self.queues(address)}
        for queue in {it for address in self._followed for it in self.queues(address)} - waiting:
            self.mailbox.inbox(queue).delete()

    def _unused(self, sharing: Sequence[Environment]) -> Iterator[Warned]:
        """Yield why no message is taken for the environments *sharing* a store; none if one may."""
        for environment in sharing:
            events = environment.source.events
            if events is None:
                problem = f"{environment.name} lists {environment.source.url} without source.events"
                yield Warned("events-unused", f"{problem}: it is listed in each sync of both")
            elif others := self.others(events.queue):
                also = f"{listed([*others], _SHOWN)}, not in this sync, may need its messages too"
                way_out = "sync them in one run, or give each a queue of its own"
                text = f"{environment.name}: {events.queue}: {also}: none was taken; {way_out}"
                yield Warned("events-unused", text)


def _has_got_it(outcome: Outcome | None) -> bool:
    """Whether all that was to be done is done: committed, proposed, or nothing."""
    return outcome is not None and outcome.plan.refused is None
