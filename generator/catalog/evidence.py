"""Evidence of an inventory: how a list that the store made of itself shows served versions.

It is evidence of the past, and only of what has been proven before: it spares a comparison with
the store, or asks for one. It proves no version for the first time, and takes none away.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import Struct, field

from generator.catalog.catalog import Version
from generator.catalog.warned import Warned

UNUSABLE = "inventory-unusable"
"""The code of the warning of an inventory that is not there, or not to be believed."""

DIFFERS = "inventory-differs"
"""The code of the warning of one that shows too many versions otherwise."""


class InventoryError(Exception):
    """An inventory cannot be used, and why; re-proving goes on as without it."""


class Snapshot(Struct, frozen=True):
    """One inventory: the state of a bucket, as it was listed at some time."""

    key: str
    """The key of its manifest, below the folder of inventories."""
    digest: str
    """The MD5 of its manifest, in hex."""
    at: datetime
    """When its making began: what was written later may be missing in it."""


Proof = tuple[str, str]
"""The path of a version, and the digest that it was proven by."""


def proof(version: Version) -> Proof:
    """Return what *version* was proven by."""
    return version.path, version.digest


class Shown(Struct, frozen=True):
    """The served versions that an inventory was asked for, as it shows them."""

    confirmed: frozenset[Proof] = frozenset()
    """As they were proven."""
    doubted: frozenset[Proof] = frozenset()
    """Otherwise, or not there: the store is asked before anything is said."""


class Evidence(Struct, frozen=True):
    """Knowledge of served versions that the store was not asked for."""

    shown: Shown = field(default_factory=Shown)
    until: datetime | None = None
    """When it grows too old to count; None where there is none."""
    warnings: tuple[Warned, ...] = ()

    def due(self, scheduled: Collection[str], known: Iterable[Version]) -> set[str]:
        """Return the paths to compare with the store, out of those that were *scheduled*.

        A path is spared if all *known* versions there are confirmed, and is added if one is
        doubted.
        """
        unconfirmed, doubted = set[str](), set[str]()
        for version in known:
            if proof(version) in self.shown.doubted:
                doubted.add(version.path)
            elif proof(version) not in self.shown.confirmed:
                unconfirmed.add(version.path)
        return {path for path in scheduled if path in unconfirmed} | doubted


def unusable(problem: str) -> Evidence:
    """Return the evidence of an inventory that cannot be used: a warning."""
    told = f"{problem}; versions are compared with the store itself"
    return Evidence(warnings=(Warned(UNUSABLE, told),))
