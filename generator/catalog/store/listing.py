"""A page of a listing as S3 answers it: its objects, or why it is no listing.

Whatever answers 200 might be taken for a bucket without objects: a sign-in page, a console,
an error that S3 tells with 200. So a page is one only if it says so in all that it must say.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

from msgspec import Struct, field

from generator.catalog.etag import bare
from generator.catalog.location import may_be_named
from generator.catalog.stored_object import StoredObject
from generator.limits.index import ETAG_CHARACTERS
from generator.limits.store import ANSWER_TAGS, LISTING_KEYS, LISTING_PAGES
from generator.text.pattern import pattern
from generator.text.quoting import short

_VERSION = "2006-03-01"
"""Of the interface; it stands in the namespace, which stores spell in several ways."""
_NUMBER = pattern("[0-9]{1,18}")
_IDLE_PAGES = 100
_NO_TEXT = "\N{REPLACEMENT CHARACTER}"
"""Stands for bytes of a key that are no text: several such keys look alike."""
_NEEDED = ("LastModified", "Key", "Size")
_OF_OBJECTS = (*_NEEDED, "ETag")


class NoListingError(Exception):
    """An answer with status 200 that is no listing, or not the one that was asked for."""


class Page(Struct, frozen=True):
    """One page of a listing."""

    objects: tuple[StoredObject, ...]
    """Under their whole keys."""
    token: str
    """The token that asks for the next page; empty at the end."""


class Tally(Struct, frozen=False):
    """The count of what one listing has shown, also where its parts are asked for side by side."""

    pages: int = 0
    keys: int = 0

    def add(self, page: Page) -> None:
        """Count one more *page*.

        Raises:
            NoListingError: There is no end of them.
        """
        self.pages += 1
        self.keys += len(page.objects)
        if self.pages > LISTING_PAGES:
            raise NoListingError(LISTING_PAGES.over)
        if self.keys > LISTING_KEYS:
            raise NoListingError(LISTING_KEYS.over)


class ListingProgress(Struct, frozen=False):
    """The pages of one listing so far: each goes on where the one before has ended."""

    tally: Tally = field(default_factory=Tally)
    keys: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    idle: int = 0
    """The count of pages without a key that came last: stores may send some, and not for ever."""

    def add(self, page: Page) -> None:
        """Add the next page.

        Raises:
            NoListingError: It is one that came before, leads back to one, or is one too many.
        """
        self.tally.add(page)
        if page.token in self.tokens:
            raise NoListingError(f"its next token {short(page.token)} was one before")
        self.tokens.add(page.token)
        for item in page.objects:
            if item.key in self.keys and _NO_TEXT not in item.key:
                raise NoListingError(f"its key {short(item.key)} was one before")
            self.keys.add(item.key)
        self.idle = 0 if page.objects else self.idle + 1
        if self.idle > _IDLE_PAGES:
            raise NoListingError(f"{self.idle} pages without a key follow each other")


def parse(body: bytes, bucket: str, prefix: str) -> Page:
    """Return the page that *body* is, of the objects of *bucket* whose keys begin with *prefix*.

    Raises:
        NoListingError: It is none.
    """
    root = _root(body)
    page = _Element(root, root.tag.removesuffix("ListBucketResult"))
    if (name := page.text("Name")) is not None and not may_be_named(bucket, name):
        raise NoListingError(f"it is of the bucket {short(name)}")
    is_quoted = (page.text("EncodingType") or "").lower() == "url"
    decode = unquote_plus if is_quoted else str
    found = page.text("Prefix")
    if found is not None and prefix not in (found, decode(found)):
        raise NoListingError(f"it is of the prefix {short(found)}")
    names = {f"{page.namespace}{name}": name for name in _OF_OBJECTS}
    times = _Times()
    objects = tuple(_object(item, names, decode, times) for item in page.all("Contents"))
    for item in objects:
        if not item.key.startswith(prefix):
            raise NoListingError(f"its key {short(item.key)} does not begin with {short(prefix)}")
    has = len(objects) + len(page.all("CommonPrefixes"))
    if (count := page.text("KeyCount")) is not None and _number(count) > has:
        raise NoListingError(f"it tells of {_number(count)} keys, and has {has}")
    return Page(objects, _token(page))


class _Element(Struct, frozen=True):
    element: ET.Element
    namespace: str

    def all(self, name: str) -> list[ET.Element]:
        return self.element.findall(f"{self.namespace}{name}")

    def text(self, name: str) -> str | None:
        """Return the text of a child that may be absent, and is never there twice."""
        found = self.all(name)
        if len(found) > 1:
            raise NoListingError(f"it has {name} more than once")
        return (found[0].text or "") if found else None

    def needed(self, name: str) -> str:
        text = self.text(name)
        if text is None:
            raise NoListingError(f"it has no {name}")
        return text


def _root(body: bytes) -> ET.Element:
    try:
        text = body.decode("utf-8-sig")
        if "<!DOCTYPE" in text:
            raise NoListingError("it has a document type")
        if text.count("<") > ANSWER_TAGS:
            raise NoListingError(f"it has {ANSWER_TAGS.over}")
        root = ET.fromstring(text)  # noqa: S314  without a document type there are no entities
    except UnicodeDecodeError:
        raise NoListingError("it is not UTF-8 text") from None
    except (ET.ParseError, ValueError) as error:
        raise NoListingError(f"it is no XML: {error}") from None
    namespace, brace, name = root.tag.rpartition("}")
    if name != "ListBucketResult" or (brace and _VERSION not in namespace):
        raise NoListingError(f"it is {short(root.tag)}, not a ListBucketResult")
    return root


class _Times(dict[str, datetime]):
    """The times of a page by their text: what was uploaded together shares one."""

    def __missing__(self, text: str) -> datetime:
        try:
            found = datetime.fromisoformat(text)
            when = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise NoListingError(f"it has the time {short(text)}") from None
        self[text] = when
        return when


def _object(
    item: ET.Element,
    names: Mapping[str, str],
    decode: Callable[[str], str],
    times: Mapping[str, datetime],
) -> StoredObject:
    texts: dict[str, str] = {}
    for child in item:
        if name := names.get(child.tag):
            if name in texts:
                raise NoListingError(f"it has {name} more than once")
            texts[name] = child.text or ""
    for name in _NEEDED:
        if name not in texts:
            raise NoListingError(f"it has no {name}")
    if (etag := texts.get("ETag")) and (problem := ETAG_CHARACTERS.exceeded(len(etag))):
        raise NoListingError(f"it has an ETag of {problem}")
    return StoredObject(
        decode(texts["Key"]), _number(texts["Size"]), bare(etag), times[texts["LastModified"]]
    )


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text.strip()):
        raise NoListingError(f"it has the number {short(text)}")
    return int(text)


def _token(page: _Element) -> str:
    """Return what asks for the next page: a listing says whether it has ended."""
    truncated = page.needed("IsTruncated").strip().lower()
    token = page.text("NextContinuationToken") or ""
    if truncated not in ("true", "false"):
        raise NoListingError(f"its IsTruncated is {short(truncated)}")
    if (truncated == "true") != bool(token):
        raise NoListingError(f"its IsTruncated is {truncated}, its next token {short(token)}")
    return token
