"""Findings on the inventories of a store: whether the newest can be used by a sync."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from generator.catalog.evidence import InventoryError, Snapshot
from generator.environment.environment import Source
from generator.errors import GeneratorError, StoreError
from generator.status.doctor.finding import Finding

if TYPE_CHECKING:
    from datetime import datetime

    from generator.catalog.ports import Inventories

_CHECK = "inventory"
_STEP = (
    "docs/inventory.md has its set-up: a bucket gets its first one within 48 hours, and until one "
    "can be used, versions are compared with the store in turns"
)


def finding(source: Source, now: "datetime", open_all: Callable[[], "Inventories"]) -> Finding:
    """Return how the newest inventory of *source* is; a sync works without one, and costs more."""
    url = source.inventory.url if source.inventory else ""
    try:
        found = open_all().newest(now - timedelta(seconds=source.reprove), now)
    except (InventoryError, StoreError) as error:
        return Finding.warn(_CHECK, f"{url}: {str(error).partition(chr(10))[0]}", _STEP)
    except GeneratorError as error:
        return Finding.fail(_CHECK, error)
    return Finding.ok(_CHECK, f"{url}: {_told(found)}")


def _told(found: Snapshot) -> str:
    return f"the newest was begun at {found.at:%Y-%m-%d %H:%M} UTC, and can be used"
