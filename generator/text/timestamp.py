"""Times as texts: RFC 3339 in UTC."""

from datetime import UTC, datetime


def timestamp(moment: datetime) -> str:
    """Return *moment* in RFC 3339 in UTC, to the second.

    Raises:
        OverflowError: In UTC it is outside of the years 1 to 9999.
    """
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
