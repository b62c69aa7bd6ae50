"""Checks of `source.inventory`: what its engine needs, and what must not be written there."""

import re
from collections.abc import Iterator

from generator.environment.environment import Source
from generator.environment.findings import Doubt, Refused
from generator.text.pattern import pattern

_PLACE = ("spec", "source", "inventory")
_SECRET = pattern("secret|password|token|credential|access_?key|private_?key", re.IGNORECASE)
_NOT_HERE = "has no meaning with engine: duckdb, which reads the files itself"
_DAY = 24 * 60 * 60


def problems(source: Source) -> Iterator[Refused]:
    """Yield what makes the inventory of *source* impossible, or unsafe."""
    inventory = source.inventory
    if inventory is None:
        return
    if source.url and source.location.scheme != "s3":
        yield _PLACE, "spec.source.inventory is of S3, and spec.source.url is not s3://"
    is_here = inventory.engine == "duckdb"
    if not is_here and inventory.table is None:
        yield _PLACE, f"spec.source.inventory.table is missing, and {inventory.engine} needs one"
    if is_here and inventory.table is not None:
        told = f"spec.source.inventory.table {_NOT_HERE}"
        yield (*_PLACE, "table"), told
    for key in inventory.connect:
        if is_here:
            told = f"spec.source.inventory.connect.{key} {_NOT_HERE}"
            yield (*_PLACE, "connect", key), told
        elif _SECRET.search(key):
            told = "may be a secret, and this file is for all to read: give it to the environment"
            yield (*_PLACE, "connect", key), f"spec.source.inventory.connect.{key} {told}"


def doubts(source: Source) -> Iterator[Doubt]:
    """Yield what would make the inventory of *source* useless."""
    if source.inventory is not None and source.reprove <= _DAY:
        told = (
            "spec.source.inventory: S3 makes one a day and delivers it hours later, and with "
            "spec.source.reprove of 24h or less the newest is often too old: write 48h"
        )
        yield Doubt("no-effect", _PLACE, told)
