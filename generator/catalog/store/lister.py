"""The listings of a bucket, page after page, each of which is known to be one."""

from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus

from generator.catalog.catalog import StoredObject
from generator.catalog.store.answers import ObjectUnreadableError, failed, reason
from generator.catalog.store.client import Answer, Client
from generator.catalog.store.listing import ListingProgress, NoListingError, parse
from generator.errors import StoreError

_REFUSALS = range(400, 500)
_PAGE = 1000
_SHOWN = 200  # bytes of an answer that is none


class Lister:
    """Lists a bucket of S3, or of Google's storage, which speaks the same XML."""

    def __init__(self, client: Client) -> None:
        self.client = client
        location = client.bucket.location
        self._location = location
        self._root = f"{location.prefix}/" if location.prefix else ""

    def top(self, start: str) -> Iterator[StoredObject]:
        """Yield the objects at the top of the store whose names begin with *start*.

        Raises:
            StoreError: The store fails, or answers something else than a listing.
        """
        try:
            for page in self._pages(start, delimiter="/"):
                yield from page
        except ObjectUnreadableError as error:
            raise failed(self._location, str(error)) from error

    def below(self, directory: str) -> Iterator[StoredObject]:
        """Yield the objects in *directory*, without its own folder marker.

        Raises:
            ObjectUnreadableError: The store answers, and does not list that directory.
            StoreError: The store fails, or answers something else than a listing.
        """
        for page in self._pages(f"{directory}/", directory):
            yield from (item for item in page if item.key != directory)

    def after(self, start: str) -> Iterator[list[StoredObject]]:
        """Yield the pages of all objects behind the key *start*; none where that is withheld.

        Raises:
            StoreError: The store fails, or answers something else than a listing.
        """
        with suppress(ObjectUnreadableError):
            yield from self._pages("", **{"start-after": f"{self._root}{start}"})

    def first(self) -> Iterator[StoredObject]:
        """Yield the first objects of the store, and those whose names begin like `index`.

        A page, or two where there are more; none where that is withheld.

        Raises:
            StoreError: The store fails, or answers something else than a listing.
        """
        with suppress(ObjectUnreadableError):
            first = next(self._pages("", **{"max-keys": f"{_PAGE}"}), [])
            yield from first
            if len(first) >= _PAGE:
                yield from next(self._pages("ind", **{"max-keys": f"{_PAGE}"}), [])

    def verify(self, key: str) -> None:
        """List one object, after the store has not handed out *key*.

        Raises:
            StoreError: The store fails, or answers something else than a listing.
        """
        try:
            next(self._pages("index-", key, **{"max-keys": "1"}), None)
        except ObjectUnreadableError as error:
            raise failed(self._location, str(error), key=key) from error

    def _pages(self, start: str, key: str = "", **options: str) -> Iterator[list[StoredObject]]:
        """Yield the pages of what begins with *start*, which is asked for because of *key*."""
        prefix = f"{self._root}{start}"
        query = {"list-type": "2", "encoding-type": "url", "prefix": prefix, **options}
        progress = ListingProgress()
        while True:
            answer = self.client.ask("GET", query=query)
            if answer.status in _REFUSALS and answer.status != HTTPStatus.TOO_MANY_REQUESTS:
                raise ObjectUnreadableError(answer.words)
            if answer.status != HTTPStatus.OK:
                raise failed(self._location, answer.words, key=key)
            try:
                page = parse(answer.body, self._location.bucket, prefix)
                progress.add(page)
            except NoListingError as error:
                raise self._no_listing(prefix, error, answer) from error
            yield [*map(self._below_root, page.objects)]
            if not page.token:
                return
            query["continuation-token"] = page.token

    def _below_root(self, item: StoredObject) -> StoredObject:
        # Of the folder markers of consoles, the slash at the end is dropped.
        key = item.key.removeprefix(self._root).removesuffix("/")
        return StoredObject(key, item.size, item.etag, item.modified)

    def _no_listing(self, prefix: str, error: NoListingError, answer: Answer) -> StoreError:
        begins = reason(answer.body[:_SHOWN].decode(errors="replace"))
        problem = f"its answer for {prefix!r} is no listing: {reason(error)}"
        return StoreError(
            f"{self._location.url}: {problem}; it begins with {begins!r}",
            hint="nothing was changed; is the endpoint that of the store, not of its console, "
            "and is there a proxy that answers in its place?",
        )
