"""`generator.catalog.checksum`: the checksums that rows have, and how they are computed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.checksum import SIZES, Checksum, hashing

CHECK = {  # of the nine bytes `123456789`, as catalogues of checksums have them
    "crc32c": "e3069283",
    "crc64nvme": "ae8b14860a799888",
    "md5": "25f9e794323b453885f5181f1b624d0b",
    "sha256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
}
ASKED = [  # the same in base64, as both clouds print them
    ("crc32c", "4waSgw=="),
    ("crc64nvme", "rosUhgp5mIg="),
    ("md5", "JfnnlDI7RTiF9RgfG2JNCw=="),
    ("sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
]


@pytest.mark.parametrize("algorithm", SIZES)
def test_a_checksum_is_that_of_the_catalogues(algorithm):
    """One that nobody else computes so would prove nothing."""
    digest = hashing(algorithm)
    digest.update(b"123456789")

    assert digest.hexdigest() == CHECK[algorithm]


@pytest.mark.parametrize(("algorithm", "base64"), ASKED)
@pytest.mark.parametrize("scheme", ["s3", "gs", "file"])
def test_a_row_has_it_in_hex_or_in_base64(algorithm, base64, scheme):
    """On every store, and in either case of the letters of hex."""
    wanted = Checksum(algorithm, CHECK[algorithm])

    for value in (CHECK[algorithm], CHECK[algorithm].upper(), base64):
        assert Checksum.of(f"{algorithm}:{value}", scheme) == wanted
    assert Checksum.of(str(wanted), scheme) == wanted


@given(st.sampled_from([*SIZES]), st.lists(st.binary(max_size=100), max_size=5))
def test_it_is_the_same_however_the_bytes_come(algorithm, pieces):
    """A download takes them in as they arrive; nothing at all has a checksum too."""
    at_once, in_pieces = hashing(algorithm), hashing(algorithm)
    at_once.update(b"".join(pieces))
    for piece in pieces:
        in_pieces.update(piece)

    found = in_pieces.hexdigest()
    assert found == at_once.hexdigest()
    assert len(found) == 2 * SIZES[algorithm]


@pytest.mark.parametrize("field", ["crc32c", "crc32:00000000", "sha1:00", "crc64:00", "0123-2"])
def test_what_no_algorithm_stands_before_is_an_etag(field):
    """Also where it has a colon: an ETag may be any text."""
    assert Checksum.of(field, "s3") is None


def test_a_value_that_is_none_never_matches():
    """The row says which algorithm it means, so it is a mismatch, and no ETag."""
    assert Checksum.of("crc32c:zzz", "s3") == Checksum("crc32c", "zzz")
