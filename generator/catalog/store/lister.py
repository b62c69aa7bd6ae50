"""The listings of a bucket, page after page, each of which is known to be one."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from types import MappingProxyType

from generator.catalog.store.answers import ObjectUnreadableError, failed, reason
from generator.catalog.store.client import Answer, Client
from generator.catalog.store.listing import ListingProgress, NoListingError, Page, Tally, parse
from generator.catalog.store.parallel import each
from generator.catalog.store.spread import PAGE, Part, Spread
from generator.catalog.stored_object import StoredObject
from generator.errors import StoreError

logger = logging.getLogger(__name__)

_REFUSALS = range(400, 500)
_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})
_SHOWN = 200  # bytes of an answer that is none


class Lister:
    """Lists a bucket of S3, or of Google's storage, which speaks the same XML."""

    def __init__(self, client: Client) -> None:
        self.client = client
        location = client.bucket.location
        self._location = location
        self._root = f"{location.prefix}/" if location.prefix else ""

    def top(self, start: str) -> Iterator[StoredObject]:
        """Yield the objects at the top of the store whose names begin with *start*, in no order.

        Many that go on with a UUID are listed side by side.

        Raises:
            StoreError: The store fails, or answers something else than a listing.
        """
        try:
            yield from self._spread(Spread(start), Tally())
        except ObjectUnreadableError as error:
            raise failed(self._location, str(error)) from error

    def below(self, directory: str) -> Iterator[StoredObject]:
        """Yield the objects in *directory*, without its own folder marker.

        Raises:
            ObjectUnreadableError: The store answers, and does not list that directory.
            StoreError: The store fails, or answers something else than a listing.
        """
        for page in self._pages(f"{directory}/", key=directory):
            yield from (item for item in page.objects if item.key != directory)

    def after(self, start: str) -> Iterator[list[StoredObject]]:
        """Yield the pages of all objects behind the key *start*.

        Raises:
            ObjectUnreadableError: The store answers, and does not list that.
            StoreError: The store fails, or answers something else than a listing.
        """
        for page in self._pages("", {"start-after": f"{self._root}{start}"}):
            yield [*page.objects]

    def first(self) -> Iterator[StoredObject]:
        """Yield the first objects of the store, and those whose names begin like `index`.

        A page, or two where there are more; none where that is withheld.

        Raises:
            StoreError: The store fails, or answers something else than a listing.
        """
        with suppress(ObjectUnreadableError):
            first = next(self._pages("", {"max-keys": f"{PAGE}"}))
            yield from first.objects
            if len(first.objects) >= PAGE:
                yield from next(self._pages("ind", {"max-keys": f"{PAGE}"})).objects

    def verify(self, key: str) -> None:
        """List one object, after the store has not handed out *key*.

        Raises:
            StoreError: The store fails, or answers something else than a listing.
        """
        try:
            next(self._pages("index-", {"max-keys": "1"}, key=key))
        except ObjectUnreadableError as error:
            raise failed(self._location, str(error), key=key) from error

    def is_public(self) -> bool | None:
        """Return whether it lists itself without credentials; None where it says neither."""
        anybody = Lister(self.client.anonymous())
        try:
            next(anybody._pages("", {"max-keys": "1"}))
        except ObjectUnreadableError:
            return False
        except StoreError:
            return None
        return True

    def _spread(self, spread: Spread, tally: Tally, after: str = "") -> Iterator[StoredObject]:
        """Yield what *spread* lists behind the key *after*, in parts where that pays.

        A policy may allow to list one prefix and none that is longer: then there are no parts.
        """
        pages = self._pages(spread.prefix, self._top(after), tally=tally)
        first = next(pages)
        yield from first.objects
        parts = spread.parts([item.key for item in first.objects]) if first.token else ()
        if parts and (listed := self._side_by_side(spread, parts, tally)) is not None:
            yield from listed
            return
        for page in pages:
            yield from page.objects

    def _side_by_side(
        self, spread: Spread, parts: Sequence[Part], tally: Tally
    ) -> list[StoredObject] | None:
        """Return what *parts* list; None, and a word in the log, where one may not be listed."""
        try:
            found = [*each(partial(self._part, spread, tally), parts, len(parts))]
        except ObjectUnreadableError as error:
            told = (self._location.url, f"{self._root}{spread.prefix}", error)
            logger.warning(
                "%s: it lists %r, and nothing longer (%s): so it is listed page after page; "
                "let s3:prefix end in * to have it listed side by side",
                *told,
            )
            return None
        return [item for items in found for item in items]

    def _part(self, spread: Spread, tally: Tally, part: Part) -> list[StoredObject]:
        if part.prefix != spread.prefix:
            return [*self._spread(spread.deeper(part.prefix), tally, part.after)]
        return [*self._between(part, tally)]

    def _between(self, part: Part, tally: Tally) -> Iterator[StoredObject]:
        """Yield what lies between the parts of UUIDs, most often nothing: the next key tells."""
        options = self._top(part.after)
        if part.until:
            probe = next(self._pages(part.prefix, {**options, "max-keys": "1"}, tally=tally))
            found = [item for item in probe.objects if item.key < part.until]
            if len(found) < len(probe.objects) or not probe.token:
                yield from found  # not one: a store may answer more than it is asked for
                return
        for page in self._pages(part.prefix, options, tally=tally):
            for item in page.objects:
                if part.until and item.key >= part.until:
                    return
                yield item

    def _top(self, after: str) -> dict[str, str]:
        """Return the options that list no folder, and only what comes behind the key *after*."""
        behind = {"start-after": f"{self._root}{after}"} if after else {}
        return {"delimiter": "/", **behind}

    def _pages(
        self,
        start: str,
        options: Mapping[str, str] = _NO_OPTIONS,
        *,
        key: str = "",
        tally: Tally | None = None,
    ) -> Iterator[Page]:
        """Yield one or more pages of what begins with *start*; *key* is why they are asked for.

        Not every store knows `start-after`: of one that lists all, the rest is yielded.
        """
        prefix = f"{self._root}{start}"
        after = options.get("start-after", "")
        query = {"list-type": "2", "encoding-type": "url", "prefix": prefix, **options}
        progress = ListingProgress(tally or Tally())
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
            objects = (item for item in page.objects if item.key > after)
            yield Page(tuple(map(self._below_root, objects)), page.token)
            if not page.token:
                return
            query["continuation-token"] = page.token

    def _below_root(self, item: StoredObject) -> StoredObject:
        # Of the folder markers of consoles, the slash at the end is dropped.
        key = item.key.removeprefix(self._root).removesuffix("/")
        if key == item.key:
            return item
        return StoredObject(key, item.size, item.etag, item.modified)

    def _no_listing(self, prefix: str, error: NoListingError, answer: Answer) -> StoreError:
        begins = reason(answer.body[:_SHOWN].decode(errors="replace"))
        problem = f"its answer for {prefix!r} is no listing: {reason(error)}"
        return StoreError(
            f"{self._location.url}: {problem}; it begins with {begins!r}",
            hint="nothing was changed; is the endpoint that of the store, not of its console, "
            "and is there a proxy that answers in its place?",
        )
