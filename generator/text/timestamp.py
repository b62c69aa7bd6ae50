"""Times as texts: RFC 3339 in UTC."""

from datetime import UTC, datetime


def timestamp(moment: datetime) -> str:
    """Return *moment* in RFC 3339 in UTC, to the second.

    Raises:
        OverflowError: In UTC it is outside of the years 1 to 9999.
    """
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def clock(moment: datetime, now: datetime) -> str:
    """Return *moment* for who reads it at *now*: `20:18 UTC`, with its day if that is another."""
    at, here = moment.astimezone(UTC), now.astimezone(UTC)
    return f"{at:%H:%M} UTC" if at.date() == here.date() else f"{at:%Y-%m-%d %H:%M} UTC"
