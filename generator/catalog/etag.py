"""ETags and checksums, as stores and tools write them: one rule for what is the same.

Stores put quotes around an ETag, proxies mark it weak, JSON escapes it, and tools print an
MD5 in upper case or in base64. An index, a listing and the answer to a GET each have their
own spelling, so they are compared by `same`.
"""

import base64
import binascii
import re

from generator.limits.index import ETAG_CHARACTERS
from generator.text.pattern import pattern

SIZES = {"sha256": 32, "crc64nvme": 8, "crc32c": 4, "md5": 16}
"""The bytes of a checksum by its algorithm, which is the word before the colon in a row."""

_PLAIN = pattern("[0-9a-f]{32}(?:-[0-9]+)?")
_MD5 = pattern(_PLAIN.pattern, re.IGNORECASE)
_CHECKSUM = pattern(f"({'|'.join(SIZES)}):(.*)", re.IGNORECASE | re.DOTALL)
_QUOTE = r"""(?:\\{0,3}["']|&quot;|&#34;)"""
_OPENING = pattern(rf"(?:W/(?={_QUOTE}))?{_QUOTE}{{0,3}}", re.IGNORECASE)
_CLOSING = pattern(rf"(?:{_QUOTE}|\\){{1,3}}\Z")  # of an escaped quote the quote may be gone
_WEAK = pattern("^(?:W/)+")
_HEX = frozenset("0123456789abcdefABCDEF")
_HEADER = pattern("[!#-~]+")


def bare(etag: str | None) -> str:
    """Return an ETag as a store gave it, without its quotes; a weak one keeps all of its text."""
    text = (etag or "").strip()
    return text if text.startswith("W/") else text.strip('"')


def if_match(etag: str) -> str | None:
    """Return the header that asks for the object with a `bare` ETag; None if none can.

    A weak ETag never matches (RFC 9110, 13.1.1): there the answer's own is compared instead.
    """
    return f'"{etag}"' if _HEADER.fullmatch(etag) and not etag.startswith("W/") else None


def is_plain(text: str) -> bool:
    """Whether *text* is an MD5 in lower-case hex, also one of parts: its `canonical` spelling."""
    return _PLAIN.fullmatch(text) is not None


def same(one: str, other: str) -> bool:
    """Whether two spellings are of one ETag or checksum."""
    return one == other or canonical(one) == canonical(other)


def canonical(text: str) -> str:
    """Return the third field of a row, or an ETag, in the one spelling that is compared.

    Without quotes, a mark of weakness and blanks; an MD5 in lower-case hex, also if it was in
    base64, as is what stands behind `md5:` or `sha256:`. All else is opaque, and stays.
    """
    if is_plain(text) or len(text) > ETAG_CHARACTERS:
        return text
    text = _unquoted(text)
    if found := _CHECKSUM.fullmatch(text):
        algorithm, value = found[1].lower(), _unquoted(found[2])
        return f"{algorithm}:{to_hex(algorithm, value) or value}"
    if _MD5.fullmatch(text):
        return text.lower()
    rest = _WEAK.sub("", text)  # its quotes were lost on the way
    digest = rest.lower() if _MD5.fullmatch(rest) else to_hex("md5", rest)
    return to_hex("md5", text) or digest or text


def to_hex(algorithm: str, value: str) -> str | None:
    """Return a checksum of `SIZES` in lower-case hex, if it is in hex or in base64; else None.

    The number of letters tells which: hex has no `=`, and no base64 of these sizes goes without.
    """
    size = SIZES[algorithm]
    if len(value) == 2 * size and set(value) <= _HEX:
        return value.lower()
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    # Some letters at the end of a base64 text count in part: only one spelling is an encoder's.
    return data.hex() if len(data) == size and base64.b64encode(data).decode() == value else None


def _unquoted(text: str) -> str:
    text = text.strip()
    opening = _OPENING.match(text)
    return _CLOSING.sub("", text[opening.end() if opening else 0 :].strip()).strip()
