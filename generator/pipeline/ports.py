"""Ports of a run over several environments."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from generator.catalog.location import InventoryAddress, StoreAddress
from generator.catalog.ports import Cache, Inventories, Progress, Store
from generator.delivery.ports import Forge, WritableBranch
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment

OpenBranch = Callable[[Environment], WritableBranch]


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

    def forge(self, delivery: Delivery) -> Forge:
        """Open the forge of *delivery*.

        Raises:
            PublishError: It is on none, or no token may be sent to it.
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

    def inventories(
        self, address: InventoryAddress, source: StoreAddress, environments: Sequence[str]
    ) -> Inventories:
        """Open the inventories at *address* of the store *source*, for some environments.

        Raises:
            InvalidInputError: The libraries for it are not installed.
            StoreError: No credentials are to be found.
        """
        ...

    def now(self) -> datetime:
        """Return the time, with its zone."""
        ...

    def progress(self) -> AbstractContextManager[Progress]:
        """Return what shows how far the reading of a store is."""
        ...
