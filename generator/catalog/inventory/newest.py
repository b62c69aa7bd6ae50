"""The newest inventory: its manifest, once that is complete and as its checksum says."""

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from itertools import islice

from generator.catalog.evidence import InventoryError, Snapshot
from generator.catalog.inventory.manifest import Manifest
from generator.catalog.inventory.ports import InventoryFolder
from generator.catalog.stored_object import StoredObject, Unreadable
from generator.limits.inventory import INVENTORY_LISTED, MANIFEST_BYTES
from generator.text.pattern import pattern
from generator.text.quoting import short

_DATE = "%Y-%m-%dT%H-%MZ"
_MANIFEST = pattern(r"(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}Z)/manifest\.(json|checksum)")
_BEHIND_DATES = ":"
"""The character after the digits: `data/` and `hive/` come behind all dates."""
_PARTS = "manifest.json or manifest.checksum"
_AHEAD = timedelta(minutes=10)
"""The time by which the clock of a store may be ahead."""


def newest(
    folder: InventoryFolder, bucket: str, since: datetime, now: datetime
) -> tuple[Snapshot, Manifest]:
    """Return the newest inventory of *bucket* that is complete, and was begun after *since*.

    S3 writes `manifest.checksum` last: an inventory without one is still being delivered.

    Raises:
        InventoryError: There is none, or the newest is none that can be used.
        StoreError: The store fails.
    """
    listed = [*islice(folder.between(_key(since), _BEHIND_DATES), INVENTORY_LISTED + 1)]
    if len(listed) > INVENTORY_LISTED:
        raise InventoryError(f"it lists {INVENTORY_LISTED.over}")
    found: dict[str, dict[str, StoredObject]] = {}
    for item in listed:
        if match := _MANIFEST.fullmatch(item.key):
            found.setdefault(match[1], {})[match[2]] = item
    whole = [date for date, parts in found.items() if {"json", "checksum"} <= parts.keys()]
    if not whole:
        problem = f"it has no complete one that was begun after {since:%Y-%m-%d %H:%M} UTC"
        raise InventoryError(f"{problem}: {_why_none(folder, bucket, found.keys())}")
    date = max(whole)
    begun = _parsed(date)
    data = _read(folder, found[date]["json"])
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    told = _read(folder, found[date]["checksum"]).strip().lower()
    if told != digest.encode():
        told_text = short(told.decode(errors="replace"))
        raise InventoryError(f"the MD5 of {date}/manifest.json is {digest}, expected {told_text}")
    home = folder.location
    manifest = Manifest.parse(data, bucket=bucket, place=home.bucket, prefix=home.prefix)
    at = min(begun, manifest.created)
    if at <= since:
        raise InventoryError(f"{date}/manifest.json was made at {at:%Y-%m-%d %H:%M} UTC: too old")
    if at > now + _AHEAD:
        raise InventoryError(f"{date}/manifest.json is of a time to come")
    return Snapshot(f"{date}/manifest.json", digest, at), manifest


def _why_none(folder: InventoryFolder, bucket: str, dates: Collection[str]) -> str:
    """Return what may be the reason where no inventory of *dates*, which are there, is complete."""
    if dates:
        return f"that of {max(dates)} lacks {_PARTS}, and may still be delivered"
    *_, above, name = ("", *folder.location.prefix.split("/"))
    if above != bucket:
        ends = f"/{above}/{name}".replace("//", "/")
        return f"S3 writes them below PREFIX/{bucket}/NAME, and this ends in {short(ends)}"
    return "is it delivered there, and is source.reprove longer than its interval"


def partition(snapshot: Snapshot) -> str:
    """Return the name that Hive's layout has for *snapshot*: `dt` in a table of inventories."""
    return _parsed(snapshot.key.partition("/")[0]).strftime("%Y-%m-%d-%H-%M")


def _key(since: datetime) -> str:
    return since.astimezone(UTC).strftime(_DATE)


def _parsed(date: str) -> datetime:
    try:
        return datetime.strptime(date, _DATE).replace(tzinfo=UTC)
    except ValueError as error:
        raise InventoryError(f"{date!r} is no date") from error


def _read(folder: InventoryFolder, item: StoredObject) -> bytes:
    if problem := MANIFEST_BYTES.exceeded(item.size):
        raise InventoryError(f"{item.key} has {problem}")
    [(_, data)] = folder.read([item.key])
    if isinstance(data, Unreadable):
        raise InventoryError(f"{item.key} cannot be read: {data}")
    return data
