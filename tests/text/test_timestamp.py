"""`generator.text.timestamp`: times as texts."""

from datetime import UTC, datetime, timedelta, timezone

from generator.text.timestamp import timestamp


def test_times_are_utc_to_the_second():
    """Wherever the sync runs."""
    moment = datetime(2026, 1, 1, 1, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(moment) == "2025-12-31T23:00:00Z"
    assert timestamp(datetime(987, 1, 1, tzinfo=UTC)) == "0987-01-01T00:00:00Z"
