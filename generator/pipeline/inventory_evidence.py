"""The evidence of an inventory for one run: of what Git has served since before it was made."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from generator.catalog.catalog import Version
from generator.catalog.evidence import (
    DIFFERS,
    Evidence,
    InventoryError,
    Proof,
    Shown,
    Snapshot,
    proof,
    unusable,
)
from generator.catalog.ports import Inventories
from generator.catalog.reproof import FEW, Schedule
from generator.catalog.warned import Warned
from generator.errors import GeneratorError, StoreError
from generator.lock import branch as lock_branch
from generator.lock.lock import Lock
from generator.pipeline.committed import Committed
from generator.pipeline.ports import Openers

logger = logging.getLogger("generator")


def gather(openers: Openers, sharing: Sequence[Committed], schedule: Schedule) -> Evidence:
    """Return what the newest inventory tells of the environments that share a store.

    Nothing where none of them names one, and no more than a warning where it cannot be used. Few
    versions are all compared with the store in each run, which is better evidence: of their
    inventory only the manifest is read, so that it is known to be usable.

    Raises:
        InvalidInputError: The libraries for it are not installed.
    """
    sources = [it.environment.source for it in sharing]
    address = next((it.inventory for it in sources if it.inventory is not None), None)
    if address is None or schedule.period == 0:
        return Evidence()  # without a period, everything is compared with the store
    if any(it.inventory != address for it in sources):
        told = ", ".join(sorted(it.environment.name for it in sharing))
        return unusable(f"{told} share {sources[0].url}, and do not name the same inventory")
    names = [f"{it.environment.delivery.repository} {it.environment.name}" for it in sharing]
    try:
        inventories = openers.inventories(address, sources[0].address, names)
        snapshot = inventories.newest(
            schedule.now - timedelta(seconds=schedule.period), schedule.now
        )
        locks = [it.lock for it in sharing if it.lock.source == it.environment.source.url]
        if len(served := _served(locks)) <= FEW:
            return Evidence()
        shown = inventories.recalled(snapshot)
        if shown is None:
            before = _served([_before(it, snapshot.at) for it in sharing])
            asked = [it for key, it in served.items() if key in before]
            shown = _shown(openers, inventories, snapshot, asked)
            inventories.keep(snapshot, shown)
    except (InventoryError, StoreError) as error:
        return unusable(f"the inventory {address.url}: {str(error).partition(chr(10))[0]}")
    return _evidence(shown, snapshot, served.keys() & shown.doubted, schedule)


def _shown(
    openers: Openers, inventories: Inventories, snapshot: Snapshot, asked: Sequence[Version]
) -> Shown:
    with openers.progress() as progress:
        confirmed = inventories.unchanged(snapshot, asked, progress)
    doubted = frozenset(map(proof, asked)) - confirmed
    told = (snapshot.key, len(confirmed), len(doubted))
    logger.debug("inventory %s: %d versions as they were proven, %d to be asked for", *told)
    return Shown(confirmed, doubted)


def _evidence(
    shown: Shown, snapshot: Snapshot, doubted: frozenset[Proof] | set[Proof], schedule: Schedule
) -> Evidence:
    until = snapshot.at + timedelta(seconds=schedule.period)
    if len(doubted) <= FEW:
        return Evidence(Shown(shown.confirmed, frozenset(doubted)), until)
    problem = (
        f"the inventory of {snapshot.at:%Y-%m-%d %H:%M} UTC shows {len(doubted):,} served versions "
        "otherwise than they were proven, or not at all: each is compared with the store in its "
        "turn; does it list the whole prefix of the models, and all versions as current?"
    )
    return Evidence(Shown(shown.confirmed), until, (Warned(DIFFERS, problem),))


def _served(locks: Sequence[Lock]) -> dict[Proof, Version]:
    return {
        proof(version): version
        for lock in locks
        for model in lock.models
        for version in model.versions
    }


def _before(one: Committed, time: datetime) -> Lock:
    """Return what Git said is served at *time*; nothing where nobody knows.

    Of a version that came later, the store was asked since then: an older list says nothing new.
    """
    environment = one.environment
    try:
        return lock_branch.at(environment, one.branch, time)
    except GeneratorError:
        return Lock(environment.name, environment.source.url)
