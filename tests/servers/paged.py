"""A bucket in memory that answers listings page after page, as S3 does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, unquote_plus

from generator.catalog.location import Location
from generator.catalog.store.client import Answer, Bucket


@dataclass
class Paged:
    """Answers in the order of the bytes of its keys, and remembers what it was asked."""

    keys: Sequence[str]
    """Sorted."""
    most: int = 1000
    """The keys of a page."""
    allowed: frozenset[str] | None = None
    """The prefixes that a policy lets the reader list; None for all."""
    unknown: frozenset[str] = frozenset()
    """The options that it takes no notice of, as some stores do."""
    asked: list[Mapping[str, str]] = field(default_factory=list)
    bucket: Bucket = field(
        default_factory=lambda: Bucket(Location("s3", "b", ""), "", lambda _: None)
    )

    def ask(self, _: str, *, query: Mapping[str, str]) -> Answer:
        """Answer a listing."""
        self.asked.append(dict(query))
        query = {name: it for name, it in query.items() if name not in self.unknown}
        prefix = query["prefix"]
        if self.allowed is not None and prefix not in self.allowed:
            return Answer(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
        after = unquote_plus(query.get("continuation-token", "")) or query.get("start-after", "")
        most = min(self.most, int(query.get("max-keys", self.most)))
        found = {_group(key, prefix, query.get("delimiter")) for key in self.keys}
        rest = sorted(item for item in found if item and item[0] > after)
        page, more = rest[:most], len(rest) > most
        parts = [f"<IsTruncated>{str(more).lower()}</IsTruncated>"]
        if more:
            parts.append(f"<NextContinuationToken>{quote(page[-1][0])}</NextContinuationToken>")
        parts += [_part(*item) for item in page]
        root = f"<ListBucketResult><EncodingType>url</EncodingType>{''.join(parts)}"
        return Answer(200, {}, f"{root}</ListBucketResult>".encode())


def _group(key: str, prefix: str, delimiter: str | None) -> tuple[str, bool] | None:
    """Return a key, or the folder that it is in and True; None if it is not asked for."""
    if not key.startswith(prefix):
        return None
    head, slash, _ = key.removeprefix(prefix).partition("/")
    return (f"{prefix}{head}/", True) if delimiter and slash else (key, False)


def _part(key: str, folder: bool) -> str:  # noqa: FBT001
    """Return one entry of an answer."""
    if folder:
        return f"<CommonPrefixes><Prefix>{quote_plus(key)}</Prefix></CommonPrefixes>"
    told = "<LastModified>2026-06-01T00:00:00.000Z</LastModified><Size>5</Size>"
    return f"<Contents><Key>{quote_plus(key)}</Key>{told}</Contents>"
