"""Ports of the doctor: what it looks at, each part opened when it is first asked for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from generator.catalog.events.ports import QueueAddress
from generator.catalog.location import StoreAddress
from generator.catalog.ports import Inventories, Store
from generator.catalog.warned import Warned
from generator.delivery.issue_ports import Issues
from generator.delivery.ports import Branch, Forge
from generator.environment.delivery import Author, Delivery
from generator.environment.environment import Environment, Source


class Machine(Struct, frozen=True):
    """Facts of this machine, and of the checkout that the project is in."""

    version: str
    """Of this program."""
    python: str
    identity: Author | None
    """Git's own, as it is configured; None if it is not."""
    builder: str | None
    """The program that tries overlays; None if none is installed."""
    is_shared: bool
    """Whether the project is in a checkout with an origin: other people work on it too."""
    code_owners: str | None
    """The text of CODEOWNERS; None without one."""
    below: str = ""
    """The path of the project below the top of that checkout; empty for the top itself."""


class World(Protocol):
    """The project of a run, and the world that it names. All raise a GeneratorError."""

    @property
    def names(self) -> Sequence[str]:
        """All environments of the project."""
        ...

    def environment(self, name: str) -> Environment:
        """Load an environment."""
        ...

    def store(self, address: StoreAddress) -> Store:
        """Open the store at *address*."""
        ...

    def try_queue(self, address: QueueAddress) -> None:
        """Try to receive from a queue and to delete there; what it has stays as it is."""
        ...

    def inventories(self, source: Source) -> Inventories:
        """Open the inventories that *source* names; nothing is read yet, and nothing is kept."""
        ...

    def now(self) -> datetime:
        """Return the time."""
        ...

    def is_public(self, address: StoreAddress) -> bool | None:
        """Return whether anybody may list the store, with no credentials; None if unknown."""
        ...

    def branch(self, environment: Environment) -> Branch:
        """Open the branch that *environment* is delivered to, and fetch it."""
        ...

    def has_forge(self, delivery: Delivery) -> bool:
        """Whether it is clear which forge the repository of *delivery* is on; asks nobody."""
        ...

    def forge(self, delivery: Delivery) -> Forge:
        """Open the forge that takes the pull requests of *delivery*."""
        ...

    def issues(self, delivery: Delivery) -> Issues:
        """Open the issues of the repository of *delivery*."""
        ...

    def uncommitted(self, environment: Environment, branch: Branch) -> Sequence[Warned]:
        """Return warnings of policy that nobody else has."""
        ...
