"""Claims of an index, and the objects of a store that prove them."""

from datetime import UTC, datetime

from generator.catalog import proof
from generator.catalog.catalog import Version
from generator.catalog.claim import Blob, Claim
from generator.catalog.stored_object import StoredObject

NOW = datetime(2026, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)
INDEX = StoredObject("index-1.csv", 99, "i1", NOW)
PB, DATA = "m/1/saved_model.pb", "m/1/variables/v"


def stored(*objects: tuple[str, int, str], modified: datetime = NOW) -> dict[str, StoredObject]:
    """Return what a listing says of objects: key, size, ETag."""
    return {key: StoredObject(key, size, etag, modified) for key, size, etag in objects}


def claim(*rows: tuple[str, str], directory: str = "1", index: str = "index-1.csv") -> Claim:
    """Return the claim of an index with these keys and ETags."""
    return Claim("m", directory, index, tuple(Blob(*row) for row in rows))


def proven(
    the_claim: Claim,
    objects: dict[str, StoredObject],
    checksums: proof.Checksums | None = None,
    scheme: str = "s3",
    **options: int,
) -> Version:
    """Prove a claim that must be true."""
    verdict = proof.prove(the_claim, INDEX, objects, checksums or {}, scheme=scheme, **options)
    assert isinstance(verdict, Version), verdict
    return verdict


def refused(
    the_claim: Claim,
    objects: dict[str, StoredObject],
    checksums: proof.Checksums | None = None,
    scheme: str = "s3",
) -> dict[str, tuple[str, ...]]:
    """Prove a claim that must be held, and return the problems by code."""
    verdict = proof.prove(the_claim, INDEX, objects, checksums or {}, scheme=scheme)
    assert isinstance(verdict, tuple), verdict
    assert verdict
    for hold in verdict:
        assert (hold.index, hold.base_path, hold.model) == ("index-1.csv", "m", "m")
        assert hold.version == the_claim.version
    return {hold.code.value: hold.problems for hold in verdict}
