"""A store that lies: whatever it lists, nothing that is served goes, and nothing else comes."""

import gzip
import itertools
import re
from collections.abc import Callable, Mapping
from functools import partial
from random import Random

from tests.campaigns.bucket_syncs import BUCKET, BucketSyncs, bucket_syncs
from tests.campaigns.campaign import Campaign, Trial
from tests.kit import listing_lies
from tests.kit.listing_lies import CONTENTS, PAGES
from tests.servers.flaky import Fault

Lie = Callable[[bytes], bytes]
"""Another body in place of one."""
_STALE = "a stale listing"
_BELIEVED = "a byte of an object"
"""Of as many bytes, under the right ETag: what is found in them is remembered."""
_SLOW = "new keys without an end"
"""A hundred thousand of a directory; of the indexes it would be a million."""
_WHAT = "lies of the store"


def _repeated_token(draw: Random) -> Lie:
    return partial(listing_lies.endless, token=draw.choice((b"", b"x", b" ")))


def _endless_pages(draw: Random) -> Lie:
    """Go on for ever, with another token each time, and perhaps with the same keys."""
    tokens, has_keys = itertools.count(), draw.random() < 0.5

    def page(body: bytes) -> bytes:
        found = body if has_keys else listing_lies.empty(body)
        return listing_lies.endless(found, b"%d" % next(tokens))

    return page


def _new_keys(_: Random) -> Lie:
    """Go on for ever, with a thousand new keys each time."""
    tokens = itertools.count()

    def page(body: bytes) -> bytes:
        found = CONTENTS.search(body)
        if found is None:
            return body
        number = next(tokens)
        key = re.compile(rb"</Key>")
        more = b"".join(
            key.sub(b"-%d-%d</Key>" % (number, one), found[0], count=1) for one in range(1000)
        )
        body = re.sub(rb"<KeyCount>\d+", b"<KeyCount>1000", CONTENTS.sub(b"", body))
        body = body.replace(b"</ListBucketResult>", more + b"</ListBucketResult>")
        return listing_lies.endless(body, b"%d" % number)

    return page


def _lost_last_page(draw: Random) -> Lie:
    share = draw.random()

    def page(body: bytes) -> bytes:
        for lost in (found := CONTENTS.findall(body))[int(len(found) * share) :]:
            body = body.replace(lost, b"")
        return re.sub(rb"<KeyCount>\d+", b"<KeyCount>%d" % int(len(found) * share), body)

    return page


def _lost_key(draw: Random) -> Lie:
    return partial(listing_lies.without, number=draw.randrange(99), told=draw.random() < 0.5)


def _key_twice(draw: Random) -> Lie:
    return partial(listing_lies.twice, number=draw.randrange(99))


def _foreign_keys(draw: Random) -> Lie:
    new = draw.choice((b"zz/", b"index-zz", b"../", b"/", b"a/2/../../", b"a/01/", b"\xff"))
    return _replaced(rb"<Key>[a-z]+[-/]?", b"<Key>" + new, draw)


def _wrong_sizes(draw: Random) -> Lie:
    size = draw.choice((b"0", b"1", b"-1", b"99999999999999999", b"1e9", b"", b"9" * 40))
    return _replaced(rb"<Size>\d+", b"<Size>" + size, draw)


def _wrong_dates(draw: Random) -> Lie:
    date = draw.choice((b"1970-01-01T00:00:00Z", b"2999-12-31T23:59:59Z", b"yesterday", b""))
    return _replaced(rb"<LastModified>[^<]*", b"<LastModified>" + date, draw)


def _wrong_etags(draw: Random) -> Lie:
    etag = draw.choice((b"", b"0" * 32, b"x-1", b"&quot;&quot;", b"W/"))
    return _replaced(rb"<ETag>[^<]*", b"<ETag>" + etag, draw)


def _page_for_people(draw: Random) -> Lie:
    page = draw.choice(PAGES)
    return lambda _: page


def _cut_body(draw: Random) -> Lie:
    share = draw.random()
    return lambda body: body[: int(len(body) * share)]


def _compressed(_: Random) -> Lie:
    return gzip.compress


def _other_byte(draw: Random) -> Lie:
    return partial(listing_lies.flipped, number=draw.randrange(10_000), byte=draw.randrange(256))


def _nothing(_: Random) -> Lie:
    return listing_lies.empty


def _replaced(old: bytes, new: bytes, draw: Random) -> Lie:
    """Replace one of the places, or all."""
    which = draw.randrange(5)

    def page(body: bytes) -> bytes:
        places = [*re.finditer(old, body)]
        for place in reversed(places if which == 0 else places[which - 1 : which]):
            body = body[: place.start()] + new + body[place.end() :]
        return body

    return page


LISTINGS: Mapping[str, Callable[[Random], Lie]] = {
    "a token that comes again": _repeated_token,
    "pages without an end": _endless_pages,
    _SLOW: _new_keys,
    "a last page that is lost": _lost_last_page,
    "a key that is lost": _lost_key,
    "a key twice": _key_twice,
    "foreign keys": _foreign_keys,
    "wrong sizes": _wrong_sizes,
    "wrong dates": _wrong_dates,
    "wrong ETags": _wrong_etags,
    "a page for people": _page_for_people,
    "half a body": _cut_body,
    "a compressed body": _compressed,
    "another byte": _other_byte,
    "an empty listing": _nothing,
}
OBJECTS: Mapping[str, Callable[[Random], Lie]] = {
    "a page for people in place of an object": _page_for_people,
    "an object cut short": _cut_body,
    _BELIEVED: _other_byte,
    "an empty object": lambda _: lambda _: b"",
}
_DIRECTORIES = ("prefix=a%2F", "prefix=b%2F", "prefix=e%2F")
_WHERE = ("prefix=index", *_DIRECTORIES, "")
"""Parts of the requests that are answered by a lie: of indexes, of a directory, of all."""


_REFUSALS: tuple[Fault | None, ...] = (None, None, "403", "404", "302", "page")


def play(trial: Trial) -> None:
    """Play one lie after the other, each in the next of a shuffled round of all kinds."""
    with bucket_syncs(trial.below("lies")) as syncs:
        kinds = [*LISTINGS, *OBJECTS, _STALE]
        old = _recorded(syncs)
        for number in range(trial.size):
            if number % len(kinds) == 0:
                trial.random.shuffle(kinds)
            kind = kinds[number % len(kinds)]
            where = trial.random.choice(_DIRECTORIES if kind == _SLOW else _WHERE)
            _tell(syncs, kind, where, trial.random, old)
            refused = trial.random.choice(_REFUSALS)
            _refuse(syncs, refused)
            when = f"{kind} where {where or 'anything'} is asked for, indexes refused: {refused}"
            syncs.meet(trial, _WHAT, when)
            syncs.proxy.rewrite = lambda _, body: body
            _refuse(syncs, None)
            if kind == _BELIEVED:
                syncs.forget()
            syncs.mend(trial, when)
        trial.tally.counts["kinds of lies"] = min(trial.size, len(kinds))


def _tell(
    syncs: BucketSyncs, kind: str, where: str, draw: Random, old: Mapping[str, bytes]
) -> None:
    """Let the proxy lie in the answers to GET, of listings or of objects, that *where* names."""
    if kind == _STALE:
        syncs.proxy.rewrite = lambda request, body: old.get(_of(request), body)
        return
    of_listings = kind in LISTINGS
    lie = (LISTINGS if of_listings else OBJECTS)[kind](draw)

    def rewrite(request: str, body: bytes) -> bytes:
        is_meant = request.startswith("GET ") and of_listings == ("list-type" in request)
        return lie(body) if is_meant and (not of_listings or where in request) else body

    syncs.proxy.rewrite = rewrite


def _refuse(syncs: BucketSyncs, fault: Fault | None) -> None:
    """Let nobody read an index: whoever misses one in a listing asks for it."""
    start = f"GET /{BUCKET}/index-"
    syncs.proxy.fault = lambda _, request: fault if request.startswith(start) else None


def _recorded(syncs: BucketSyncs) -> Mapping[str, bytes]:
    """Return the listings of a moment at which only half of the store was there."""
    found: dict[str, bytes] = {}

    def rewrite(request: str, body: bytes) -> bytes:
        if "list-type" in request:
            older = body
            for item in CONTENTS.findall(body):
                if re.search(rb"-2\.csv|/2/|<Key>(index-)?e", item):
                    older = older.replace(item, b"")
            found[_of(request)] = re.sub(rb"<KeyCount>\d+", b"<KeyCount>0", older)
        return body

    syncs.lay()
    syncs.proxy.rewrite = rewrite
    assert syncs.sync() == "done"
    syncs.proxy.rewrite = lambda _, body: body
    return found


def _of(request: str) -> str:
    return re.sub(r"&?(continuation-token|start-after)=[^&]*", "", request)


_TOLD = ", ".join([*LISTINGS, _STALE, *OBJECTS])
_METHOD = f"""
The same proxy changes what a store that works answers: {_TOLD}.
It does so in the listing of the indexes, in that of one directory, or in all; and now and then
nobody may read an index beside. The sync ends with exit 4 and has changed nothing, or it is done,
and each model is as before or as it is to be; dates, and ETags of indexes, are believed. The next
sync, from a store that tells the truth, ends as if no lie had been. What a store says in every
answer alike is believed: that an index is gone, or what its bytes are; what was found in bytes
under the right ETag is remembered until the cache is deleted.
"""

LIES = Campaign(
    name="lies",
    promise="A store that lies takes nothing away, and nothing is served that it never had.",
    method=_METHOD,
    play=play,
    quick=20,
    night=600,
)
