"""Texts of indexes, and what a parser makes of them."""

from generator.catalog.claim import Blob
from generator.catalog.index import parse
from generator.catalog.location import Location

KEY = "index-1.csv"
BUCKET = Location.parse("s3://models")
PB = "m/1/saved_model.pb"


def claims_of(text: str | bytes, location: Location = BUCKET) -> list[tuple[str, str, list[Blob]]]:
    """Parse an index that must break no rule."""
    data = text.encode() if isinstance(text, str) else text
    claims, held, warnings = parse(KEY, data, location)
    assert (held, warnings) == ((), ())
    assert {claim.index for claim in claims} == {KEY}
    return [(claim.base_path, claim.directory, list(claim.blobs)) for claim in claims]


def holds_of(
    text: str | bytes, location: Location = BUCKET, version: int | None = None
) -> dict[str, tuple[str, ...]]:
    """Parse an index that must give nothing, and return its problems by code."""
    data = text.encode() if isinstance(text, str) else text
    claims, held, _ = parse(KEY, data, location)
    assert claims == ()
    assert {(hold.index, hold.version) for hold in held} == {(KEY, version)}
    return {hold.code.value: hold.problems for hold in held}
