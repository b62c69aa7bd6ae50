"""`generator.environment.units`: sizes and durations."""

import pytest

from generator.environment.units import seconds, size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (1, 1),
        (2**40, 2**40),
        ("1048576", 2**20),
        ("1Ki", 1024),
        ("512Mi", 512 * 2**20),
        ("2Gi", 2 * 2**30),
        ("3Ti", 3 * 2**40),
    ],
)
def test_sizes_are_bytes_or_have_a_binary_unit(text, expected):
    """As the schema of environments has them."""
    assert size(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "0", 0, -1, "-1", "1.5Gi", "2G", "2gi", "Gi", "2 Gi", "Gi2", "2GiGi", "²", "٣", "1_0"],
)
def test_what_is_no_size_is_refused(text):
    """A limit that is misread would hold, or let through, the wrong versions."""
    with pytest.raises(ValueError, match="is no size: expected"):
        size(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("0s", 0), ("90s", 90), ("10m", 600), ("24h", 86400), ("7d", 604800)]
)
def test_durations_have_one_unit(text, expected):
    """As the schema of environments has them."""
    assert seconds(text) == expected
