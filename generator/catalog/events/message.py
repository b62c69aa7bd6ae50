"""A message of a queue, read as notifications of S3: it names keys, and proves nothing of them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from generator.catalog.location import Location, may_be_named
from generator.limits.events import MESSAGE_BYTES, MESSAGE_LEVELS, MESSAGE_VALUES
from generator.text import bounded_json

_ENVELOPES = 2
"""The wraps of a notification at most: one by EventBridge or S3, and one by SNS."""


def keys_in(body: str, location: Location) -> frozenset[str]:
    """Return the keys that the message *body* names in the store at *location*, relative to it.

    Whatever was uploaded, deleted, restored or tagged: a name is a reason to look, and no more. A
    message about another bucket or prefix, or one that is no notification, names none.
    """
    root = f"{location.prefix}/" if location.prefix else ""
    return frozenset(
        key.removeprefix(root)
        for bucket, key in _named(body, _ENVELOPES)
        if may_be_named(location.bucket, bucket) and key.startswith(root) and key != root
    )


def _named(body: str, envelopes: int) -> Iterator[tuple[str, str]]:
    """Yield each (bucket, key) that *body* names, in any of the shapes that S3's events come in."""
    try:
        if MESSAGE_BYTES.exceeded(len(bounded_json.encoded(body))):
            return
        found = bounded_json.loads(body, MESSAGE_VALUES, MESSAGE_LEVELS)
    except ValueError:
        return
    if not isinstance(found, dict):
        return
    records, detail, wrapped = found.get("Records"), found.get("detail"), found.get("Message")
    for record in records if isinstance(records, list) else ():
        yield from _of_record(record)
    if isinstance(detail, dict):  # EventBridge has keys as they are
        yield from _pair(detail)
    if isinstance(wrapped, str) and envelopes > 0:  # SNS has the message as text
        yield from _named(wrapped, envelopes - 1)


def _of_record(record: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  whatever JSON says
    """Yield what a record of S3 names: its key is written as in a form, with `+` for a blank."""
    told = record.get("s3") if isinstance(record, dict) else None
    for bucket, key in _pair(told) if isinstance(told, dict) else ():
        yield bucket, unquote_plus(key, errors="surrogateescape")


def _pair(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    bucket, item = told.get("bucket"), told.get("object")
    if isinstance(bucket, dict) and isinstance(item, dict):
        name, key = bucket.get("name"), item.get("key")
        if isinstance(name, str) and isinstance(key, str):
            yield name, key
