"""`generator.text.duration`: ages and waits."""

from datetime import timedelta

import pytest

from generator.text.duration import short_duration


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(milliseconds=900), "0s"),
        (timedelta(seconds=58), "58s"),
        (timedelta(seconds=60), "1m"),
        (timedelta(minutes=9, seconds=58), "9m"),
        (timedelta(minutes=-119), "1h"),
        (timedelta(hours=24), "1d"),
        (timedelta(days=400), "400d"),
    ],
)
def test_the_largest_unit_stands_alone(duration, text):
    """Rounded down, in whichever direction of time."""
    assert short_duration(duration) == text
