"""`generator.catalog.location`: which URLs are those of a store, and what they are made of."""

import pytest

from generator.catalog.location import FORMS, Location


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("s3://models", ("s3", "models", "")),
        ("s3://models/", ("s3", "models", "")),
        ("gs://models/team/prod/", ("gs", "models", "team/prod")),
        ("s3://models/a%20b", ("s3", "models", "a%20b")),
        ("file:///srv/models", ("file", "", "srv/models")),
        ("file:///srv/a%20b", ("file", "", "srv/a b")),
    ],
)
def test_a_url_has_a_scheme_a_bucket_and_a_prefix(url, parts):
    """A folder's URL may be quoted; a key of a bucket is as it is."""
    found = Location.parse(url)

    assert (found.scheme, found.bucket, found.prefix) == parts


@pytest.mark.parametrize(
    "url",
    [
        *["", "models", "/srv/models", "s3:models", "s3://", "s3:///a", "file://", "file:///"],
        *["http://models", "S3://models", "file://host/models", " s3://models"],
    ],
)
def test_what_is_no_url_of_a_store_is_refused_with_the_forms(url):
    """Everywhere by the same rule: a flag, a key of an environment, the lock of an agent."""
    with pytest.raises(ValueError, match="is not s3://") as refused:
        Location.parse(url)

    assert str(refused.value) == f"{url!r} is not {FORMS}"
