"""What servers that read a store themselves pay for looking at it, in US dollars.

The prices are those that AWS lists for S3 Standard in us-east-1, from general knowledge;
Google's for Cloud Storage are of the same order. Discounts, other regions and what newer
servers save are left out: the result says which power of ten it is, and not what a bill says.
"""

USD_PER_1000_LIST = 0.005
"""The price of 1,000 requests that list."""

USD_PER_1000_HEAD = 0.0004
"""The price of 1,000 requests that ask for one object."""

LISTS_PER_POLL = 2
"""Of one model: one to see whether its folder is there, one for what is in it (F92)."""

HEADS_PER_POLL = 1
"""Of one model."""

SECONDS_PER_MONTH = 30 * 24 * 60 * 60


def polling(models: int, pods: int, seconds: int) -> float:
    """Return the dollars a month for *pods* that look at *models* every so many *seconds*."""
    polls = models * pods * SECONDS_PER_MONTH / seconds
    dollars = LISTS_PER_POLL * USD_PER_1000_LIST + HEADS_PER_POLL * USD_PER_1000_HEAD
    return polls * dollars / 1000
