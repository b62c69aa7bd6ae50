"""One rule for what is the same ETag, however a store or a tool writes it."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.etag import bare, canonical, if_match, same

HEX = hashlib.md5(b"hello", usedforsecurity=False).hexdigest()
BASE64 = base64.b64encode(bytes.fromhex(HEX)).decode()
SHA256 = hashlib.sha256(b"hello").hexdigest()


@pytest.mark.parametrize(
    "text",
    [
        *(HEX, HEX.upper(), BASE64),
        *(f'"{HEX}"', f"'{HEX}'", f'\\"{HEX}\\"', f"&quot;{HEX}&quot;", f" {HEX} ", f'"{HEX}'),
        *(f'W/"{HEX}"', f'W/"{HEX}', f"W/{HEX}", f'W/\\"{HEX}\\"', f'w/"{HEX.upper()}"'),
        *(f'\\"{HEX}\\', f'\\\\"{HEX}\\\\"'),
        *(f'"{BASE64}"', f'W/"{BASE64}"'),
    ],
)
def test_spellings_of_one_md5_are_the_same(text):
    """Quotes, JSON's and XML's escapes, a mark of weakness, the case of hex, base64."""
    assert same(text, HEX)
    assert same(HEX, text)
    assert canonical(text) == HEX


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"MD5:{HEX.upper()}", f"md5:{HEX}"),
        (f"md5:{BASE64}", f"md5:{HEX}"),
        (f'"md5:{HEX}"', f"md5:{HEX}"),
        (f"SHA256: {SHA256.upper()}", f"sha256:{SHA256}"),
        (f"sha256:{base64.b64encode(bytes.fromhex(SHA256)).decode()}", f"sha256:{SHA256}"),
        (f"{HEX.upper()}-12", f"{HEX}-12"),
        (f'W/"{HEX}-12"', f"{HEX}-12"),
    ],
)
def test_checksums_and_etags_of_parts_have_one_spelling(text, expected):
    """The algorithm's name in any case, its digest in hex or base64."""
    assert canonical(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (HEX, f"{HEX}-1"),
        (HEX, f"md5:{HEX}"),
        (HEX, HEX[:-1]),
        ("aB", "Ab"),
        ("CPDSz8uCu+ACEAE=", "cpdsz8ucu+aceae="),
        ("W/aa", "aa"),
        (BASE64[:-3] + "h==", BASE64),
        (BASE64.replace("=", ""), HEX),
    ],
)
def test_what_is_no_digest_is_opaque(one, other):
    """Nothing but an MD5 may be written otherwise: other letters are another object."""
    assert not same(one, other)


@given(st.text(max_size=40), st.text(max_size=40))
def test_sameness_is_an_equivalence(one, other):
    """Whatever a store or an index says."""
    assert same(one, one)
    assert same(one, other) == same(other, one)


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_two_digests_are_the_same_only_if_their_bytes_are(one, other):
    """In any pair of spellings."""
    for text in (one.hex(), base64.b64encode(one).decode(), f'W/"{one.hex().upper()}"'):
        assert same(text, other.hex()) == (one == other)


@pytest.mark.parametrize(
    ("given_by_store", "kept", "sent"),
    [
        (f'"{HEX}"', HEX, f'"{HEX}"'),
        (f'"{HEX.upper()}"', HEX.upper(), f'"{HEX.upper()}"'),
        (HEX, HEX, f'"{HEX}"'),
        (f'W/"{HEX}"', f'W/"{HEX}"', None),
        (None, "", None),
        ('"a b"', "a b", None),
    ],
)
def test_the_store_is_asked_for_the_etag_that_it_gave(given_by_store, kept, sent):
    """In its own spelling; a weak one never matches a condition, and is compared afterwards."""
    assert bare(given_by_store) == kept
    assert if_match(kept) == sent
