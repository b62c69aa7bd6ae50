"""Waits for servers: each has an end, and nobody waits again for one that has just been silent.

Libraries bound a single read, if anything: a server that sends a byte a second holds them for
ever, and one that is silent holds a run once for each environment.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from threading import Lock, Thread
from typing import TypeVar

from generator.limits.waits import ANSWER_SECONDS, LEAST_BYTES, LEFT_CALLS, QUIET_SECONDS

T = TypeVar("T")

_silent: dict[str, tuple[float, float]] = {}
"""By server: since when it counts as silent, and for how many seconds it was waited for."""

_left: dict[str, list[Thread]] = {}
"""By server: the calls that were given up, of which some may not have ended."""
_leaving = Lock()


class SilentError(TimeoutError):
    """A server that did not answer within the time that it was given."""


class Transfer:
    """One transfer; *count* returns how many bytes have come or gone."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._seen = 0

    def goes_on(self, seconds: float) -> bool:
        """Whether enough has moved since this was asked last, *seconds* ago."""
        before, self._seen = self._seen, self._count()
        return abs(self._seen - before) >= LEAST_BYTES * seconds


def within(
    call: Callable[[], T],
    server: str,
    seconds: float = ANSWER_SECONDS,
    *,
    goes_on: Callable[[float], bool] = lambda _: False,
) -> T:
    """Return what *call* returns, which asks *server*.

    It is given up after *seconds*, unless it *goes_on*: that is asked whether it did in the last
    seconds, so many. It cannot be interrupted, so it runs in a thread of its own; what is given
    up is left behind there, and ends with the program at the latest. A program that never ends
    leaves no more than so many behind, and then asks that server nothing until some have ended.

    Raises:
        SilentError: It was given up, or was so a moment ago for the same server.
    """
    refuse_silent(server)
    _refuse_many(server)
    found: Future[T] = Future()
    asking = Thread(target=partial(_run, call, found), name=f"asks {server}", daemon=True)
    asking.start()
    while not wait((found,), seconds).done:
        if not goes_on(seconds):
            with _leaving:
                _left.setdefault(server, []).append(asking)
            raise silent(server, seconds)
    _silent.pop(server, None)
    return found.result()


def refuse_silent(server: str) -> None:
    """Refuse to ask *server* if it has let a whole wait pass within the last QUIET_SECONDS.

    Raises:
        SilentError: It has.
    """
    since, seconds = _silent.get(server, (0.0, 0.0))
    if seconds and (ago := time.monotonic() - since) < QUIET_SECONDS:
        raise SilentError(f"no answer of {server} within {seconds:.3g} s, {ago:.0f} s ago")


def silent(server: str, seconds: float) -> SilentError:
    """Remember that *server* has let *seconds* pass; return the error to raise for that."""
    _silent[server] = time.monotonic(), seconds
    return SilentError(f"no answer of {server} within {seconds:.3g} s")


def forget() -> None:
    """Forget who was silent."""
    _silent.clear()


def server_of(url: str) -> str:
    """Return the server of *url* without credentials and path; also of Git's `user@host:path`."""
    scheme, is_url, rest = url.partition("://")
    if not is_url:
        return url.partition(":")[0].rpartition("@")[2]
    return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}"


def _refuse_many(server: str) -> None:
    """Refuse to ask *server* while too many calls that were given up still wait for it."""
    with _leaving:
        alive = [thread for thread in _left.pop(server, ()) if thread.is_alive()]
        if alive:
            _left[server] = alive
    if len(alive) >= LEFT_CALLS:
        told = f"{len(alive):,} calls were given up and have not ended"
        raise SilentError(f"no answer of {server}: {told}")


def _run(call: Callable[[], T], found: "Future[T]") -> None:
    try:
        found.set_result(call())
    except BaseException as error:  # noqa: BLE001  whoever waits gets it
        found.set_exception(error)
