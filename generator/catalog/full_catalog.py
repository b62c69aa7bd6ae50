"""The full catalog: everything that a store proves and hands out, whoever serves it."""

from generator.catalog.catalog import Catalog
from generator.catalog.discover import discover
from generator.catalog.ports import Progress
from generator.catalog.presence import Presence
from generator.catalog.validate import validate


def prove_all(presence: Presence, progress: Progress) -> Catalog:
    """Read every index of a store, prove every version, and look at the objects of each.

    Raises:
        StoreError: The store cannot be read.
    """
    found = discover(presence.store, {}, (), progress)
    proven = validate(presence.store, found, progress)
    presence.listed = found.listed
    del found  # its claims take more memory than anything that comes now
    presence.look(proven.versions, progress)
    presence.listed.clear()
    return presence.applied_to(proven)
