"""Bodies of listings as S3 answers them, and what a store or a proxy might make of them."""

import re

CONTENTS = re.compile(rb"<Contents>.*?</Contents>", re.DOTALL)
PAGES = (
    b"<html><head><title>Sign in</title></head><body><p>Please sign in</p></body></html>",
    b"<!DOCTYPE html><html><body><br>Sign in</body></html>",
    b'<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>x</Message></Error>',
    b"<Error><Code>NoSuchKey</Code></Error>",
    b"<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>",
    b"<ListBucketResult/>",
    b"<ListBucketResult></ListBucketResult>",
    b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
    b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
    b"<ListBucketResult><IsTruncated>maybe</IsTruncated></ListBucketResult>",
    b'<ListBucketResult xmlns="urn:else"><IsTruncated>false</IsTruncated></ListBucketResult>',
    (
        b'<!DOCTYPE x [<!ENTITY e "false">]><ListBucketResult><IsTruncated>&e;</IsTruncated>'
        b"</ListBucketResult>"
    ),
    b'{"Contents": [], "IsTruncated": false}',
    b"",
    b" ",
    b"null",
    b"<?xml version='1.0'?>",
)


def empty(body: bytes) -> bytes:
    """Return the listing without its objects, consistent in all it says."""
    return re.sub(rb"<KeyCount>\d+", b"<KeyCount>0", CONTENTS.sub(b"", body))


def without(body: bytes, number: int, *, told: bool) -> bytes:
    """Return the listing without one of its objects; *told* says that the count is right."""
    found = CONTENTS.findall(body)
    if not found:
        return body
    body = body.replace(found[number % len(found)], b"")
    return re.sub(rb"<KeyCount>\d+", b"<KeyCount>%d" % (len(found) - told), body)


def twice(body: bytes, number: int) -> bytes:
    """Return the listing with one of its objects twice."""
    found = CONTENTS.findall(body)
    one = found[number % len(found)] if found else b""
    return body.replace(one, one + one) if one else body


def flipped(body: bytes, number: int, byte: int) -> bytes:
    """Return the body with another byte at one place."""
    place = number % max(1, len(body))
    return body[:place] + bytes([byte]) + body[place + 1 :]


def endless(body: bytes, token: bytes) -> bytes:
    """Return the listing as a page that is followed by another."""
    more = b"<IsTruncated>true</IsTruncated><NextContinuationToken>%s</NextContinuationToken>"
    return body.replace(b"<IsTruncated>false</IsTruncated>", more % token)
