"""No listing that a proxy can invent takes a model away: it ends the run, or changes nothing."""

import gzip
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.catalog.location import StoreAddress
from generator.catalog.store import Limits, open_store
from generator.catalog.store.listing import ListingProgress, NoListingError, parse
from generator.environment.delivery import Delivery
from generator.environment.environment import Choice, Environment, Mount, Rule, Source
from generator.environment.serving import ServerSpec
from generator.errors import StoreError
from generator.lock.lock import Lock
from tests.kit import versions
from tests.kit.decisions import decide_on
from tests.kit.listing_lies import PAGES, empty, endless, flipped, twice, without
from tests.kit.savedmodels import constant
from tests.servers.flaky import Proxy, flaky

QUICK = Limits(timeout=5, connect_timeout=5, retries=0, retry_timeout=1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MODELS = ("a", "b", "c/d")
NUMBERS = st.integers(0, 5000)
BODIES: st.SearchStrategy[Callable[[bytes], bytes]] = st.one_of(
    st.sampled_from(PAGES).map(lambda page: lambda _: page),
    st.binary(max_size=60).map(lambda data: lambda _: data),
    st.just(empty),
    st.just(gzip.compress),
    st.builds(lambda end: lambda body: body[: end % (len(body) + 1)], NUMBERS),
    st.builds(lambda n, told: lambda body: without(body, n, told=told), NUMBERS, st.booleans()),
    st.builds(lambda n: lambda body: twice(body, n), NUMBERS),
    st.builds(lambda n, byte: lambda body: flipped(body, n, byte), NUMBERS, st.integers(0, 255)),
    st.builds(lambda token: lambda body: endless(body, token), st.sampled_from([b"", b"x", b" "])),
    st.builds(
        lambda old, new: lambda body: body.replace(old, new),
        st.sampled_from(
            [
                *(b"index-", b"<Key>", b"<Key>a", b"false", b"ListBucketResult", b"2006"),
                *(b"Contents", b"<Size>", b"<IsTruncated>false</IsTruncated>", b"&quot;"),
                *(b"<Name>", b"<Prefix>"),
            ],
        ),
        st.sampled_from([b"", b"x", b"index-z", b"<Key>", b"true", b"-1", b"<Key>../", b"\x00"]),
    ),
)
STATUSES = st.sampled_from([200] * 12 + [201, 204, 206, 301, 302, 304, 307, 404, 403, 500, 503])
WHICH = st.sampled_from(["prefix=index", "prefix=a%2F", "prefix=c%2Fd", "list-type"])


@dataclass
class Served:
    """Three models in a bucket behind a proxy, and the lock that serves them."""

    url: str
    proxy: Proxy
    lock: Lock

    def plan(self, rule: Rule):
        """Decide as a sync does, with no limit of removals; StoreError ends it."""
        environment = Environment(
            name="prod",
            file="environments/prod.yaml",
            source=Source(self.url, self.proxy.url, access="mount", mount=Mount(claim_name="m")),
            delivery=Delivery(repository="."),
            serving=ServerSpec(image="tensorflow/serving:2.19.1"),
            policy=(rule,),
        )
        store = open_store(environment.source.address, QUICK)
        return decide_on(store, environment, self.lock, now=NOON)[1]


@pytest.fixture
def served(s3):
    """Return three models that are served."""
    for model in MODELS:
        versions.publish(s3.put, f"{model}/1", {"saved_model.pb": constant()})
    lock = versions.lock(open_store(StoreAddress(s3.url, s3.endpoint)))
    with flaky(s3.endpoint) as proxy:
        yield Served(s3.url, proxy, lock)


RULES = [Choice(latest=1), Choice(pin=(1,)), Choice(every=True)]


@pytest.mark.parametrize("lies", [50, pytest.param(500, marks=pytest.mark.nightly)])
def test_no_listing_that_a_proxy_invents_takes_a_model_away(served, lies):
    """Not of the indexes, nor of a directory, and without any limit of removals."""
    before = {version.path for model in served.lock.models for version in model.versions}
    outcomes = Counter()

    @settings(max_examples=lies, suppress_health_check=[HealthCheck.too_slow], database=None)
    @given(which=WHICH, lie=BODIES, status=STATUSES, choice=st.sampled_from(RULES))
    def try_one(which, lie, status, choice):
        served.proxy.instead = lambda request, _, body: (
            (status, lie(body)) if which in request and "list-type" in request else None
        )
        try:
            plan = served.plan(
                Rule(match="*", position="environments/prod.yaml:9", versions=choice)
            )
        except StoreError:
            outcomes["refused"] += 1
            return
        after = {version.path for model in plan.lock.models for version in model.versions}
        assert before <= after
        assert not [change for change in plan.changes if change.after is None]
        outcomes["nothing changed"] += 1

    try_one()

    assert outcomes["refused"] > lies / 5
    assert outcomes["nothing changed"] > 0
    served.proxy.instead = lambda *_: None
    plan = served.plan(Rule(match="*", position="environments/prod.yaml:9", versions=RULES[0]))
    assert plan.changes == ()
    assert plan.degraded == ()


LISTING = b"""<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>m/</Prefix>
<KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Contents>
<Key>m/a</Key><LastModified>2026-06-01T00:00:00.000Z</LastModified><ETag>&quot;x&quot;</ETag>
<Size>5</Size><StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>"""


def test_a_listing_of_each_kind_of_store_is_one():
    """With the namespace of AWS, that of Google, or none; what may be absent may be."""
    for body in (
        LISTING,
        LISTING.replace(b"//s3.amazonaws.com/doc/", b"//doc.s3.amazonaws.com/"),
        re.sub(rb' xmlns="[^"]*"', b"", LISTING),
        b"\xef\xbb\xbf" + LISTING,
        LISTING.replace(b"<KeyCount>1</KeyCount>", b"").replace(b"<Name>b</Name>", b""),
        LISTING.replace(b"<Prefix>m/</Prefix>", b""),
        LISTING.replace(b"<Prefix>m/<", b"<EncodingType>url</EncodingType><Prefix>m%2F<"),
        LISTING.replace(b"</IsTruncated>", b"</IsTruncated><NextContinuationToken/>"),
    ):
        page = parse(body, "b", "m/")

        assert [(item.key, item.size, item.etag) for item in page.objects] == [("m/a", 5, "x")]
        assert page.token == ""


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"ListBucketResult", b"ListBucket", "not a ListBucketResult"),
        (b"2006-03-01", b"2020-01-01", "not a ListBucketResult"),
        (b"<Name>b", b"<Name>c", "it is of the bucket 'c'"),
        (b"<Prefix>m/", b"<Prefix>n/", "it is of the prefix 'n/'"),
        (b"<Key>m/a", b"<Key>n/a", "its key 'n/a' does not begin with 'm/'"),
        (b"<KeyCount>1", b"<KeyCount>2", "it tells of 2 keys, and has 1"),
        (b"<IsTruncated>false</IsTruncated>", b"", "it has no IsTruncated"),
        (b">false<", b">true<", "its IsTruncated is true, its next token ''"),
        (b">false<", b">perhaps<", "its IsTruncated is 'perhaps'"),
        (b"<Size>5</Size>", b"", "it has no Size"),
        (b"<Size>5", b"<Size>five", "it has the number 'five'"),
        (b"2026-06-01T", b"yesterday", "it has the time 'yesterday"),
        (b"2026-06-01T00:00:00.000Z", b"0001-01-01T00:00+05:00", "it has the time '0001-"),
        (b"<Name>", b"<Name>b</Name><Name>", "it has Name more than once"),
        (b"</ListBucketResult>", b"", "it is no XML"),
        (b"m/a", b"m/\xff", "it is not UTF-8"),
        (b"<ListBucketResult ", b"<!DOCTYPE x><ListBucketResult ", "it has a document type"),
    ],
)
def test_what_is_no_listing_says_so(old, new, problem):
    """Each thing that a listing must say, and that a lie lacks."""
    with pytest.raises(NoListingError, match=re.escape(problem)):
        parse(LISTING.replace(old, new), "b", "m/")


def test_a_listing_goes_on_from_page_to_page():
    """One that turns back, or that goes on for ever with nothing, is none."""
    more = b"<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>"
    page = parse(LISTING.replace(b"<IsTruncated>false</IsTruncated>", more), "b", "m/")
    progress = ListingProgress()
    progress.add(page)

    with pytest.raises(NoListingError, match="its next token 'x' was one before"):
        progress.add(page)
    with pytest.raises(NoListingError, match="its key 'm/a' was one before"):
        progress.add(parse(LISTING, "b", "m/"))
    idle = empty(LISTING).replace(b"<IsTruncated>false</IsTruncated>", more)
    pages = [parse(idle.replace(b">x<", b">%d<" % number), "b", "m/") for number in range(101)]
    for page in pages[:100]:
        progress.add(page)
    with pytest.raises(NoListingError, match="101 pages without a key"):
        progress.add(pages[100])


def test_keys_that_are_no_text_may_look_alike():
    """An upload with two names of another encoding is no end of all listings."""
    one = re.search(b"<Contents>.*?</Contents>", LISTING, re.DOTALL)[0]
    both = b"".join(one.replace(b"m/a", b"m/%%%s" % it) for it in (b"FE", b"FF"))
    quoted = b"<EncodingType>url</EncodingType><IsTruncated>"
    progress = ListingProgress()

    progress.add(parse(LISTING.replace(one, both).replace(b"<IsTruncated>", quoted), "b", "m/"))

    assert progress.keys == {"m/\N{REPLACEMENT CHARACTER}"}


def test_an_access_point_is_another_name_of_its_bucket():
    """Its listing has the name of the bucket, or its own."""
    assert parse(LISTING, "models-abc-s3alias", "m/").objects
