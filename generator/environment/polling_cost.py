"""The cost of polling: what a cloud asks for the requests of servers that look at a store."""

from collections.abc import Iterator

from generator.environment.environment import Environment
from generator.environment.findings import Doubt

_MODELS = 100  # what a cost is told for: `check` does not know how many there are
_WORTH_TELLING = 1  # US dollars a month

# Prices of S3 Standard in us-east-1, as AWS lists them; Google's are of the same order.
_USD_PER_1000_LIST = 0.005
_USD_PER_1000_HEAD = 0.0004
_LISTS_PER_POLL = 2  # of one model: is its folder there, and what is in it (F92)
_HEADS_PER_POLL = 1
_SECONDS_PER_MONTH = 30 * 24 * 60 * 60

_OFTEN = 60
"""Seconds between looks from which on what a driver knows already answers most of them."""


def dollars_a_month(models: int, pods: int, seconds: int) -> float:
    """Return the US dollars a month for *pods* that look at *models* every so many *seconds*.

    Of servers that read a store themselves. Discounts, other regions and what newer servers
    save are left out: it says which power of ten it is, and not what a bill says.
    """
    polls = models * pods * _SECONDS_PER_MONTH / seconds
    dollars = _LISTS_PER_POLL * _USD_PER_1000_LIST + _HEADS_PER_POLL * _USD_PER_1000_HEAD
    return polls * dollars / 1000


def doubts(environment: Environment) -> Iterator[Doubt]:
    """Yield that polling costs more than a dollar a month, where a cloud is asked."""
    source, serving = environment.source, environment.serving
    pods, seconds = serving.pods[1], serving.polling.files
    # Only a cloud asks money for a request. A driver that mounts a bucket passes each look on.
    is_mounted = source.effective_access == "mount" and source.mount and source.mount.driver
    is_asked = source.effective_access == "direct" or (is_mounted and seconds < _OFTEN)
    if not is_asked or source.endpoint or source.url.startswith("file:"):
        return
    dollars = dollars_a_month(_MODELS, pods, seconds)
    if dollars >= _WORTH_TELLING:
        many = "1 pod that looks" if pods == 1 else f"{pods} pods that look"
        problem = (
            f"{many} at each model every {seconds} s: about {dollars:,.0f} USD a month in requests "
            f"for each {_MODELS} models; a longer interval costs less"
        )
        path = ("spec", "serving", "polling", "files")
        yield Doubt("polling-cost", path, f"spec.serving.polling.files: {problem}")
