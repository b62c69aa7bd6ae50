"""The waiting of a run for a forge: as long as that asks for, and never longer than WAIT.

Both client libraries can retry, and neither bounds the whole: one sleeps for as long as a
header says. So they share this, below both: a Retry of urllib3 on their sessions.
"""

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from urllib3 import BaseHTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import InvalidHeader, MaxRetryError, ResponseError, SSLError

from generator.limits.waits import READ_SECONDS

WAIT = 180.0
"""Seconds of pauses in one run, over all requests to a forge."""

_RETRIES = 4
_UNANSWERED = 1
_FORBIDDEN, _TOO_MANY = 403, 429
_RETRIED = frozenset({_FORBIDDEN, _TOO_MANY, 500, 502, 503, 504, *range(520, 531)})

# Requests left and the time (Unix seconds) of the next ones, as GitHub and GitLab say it.
_LIMITS = (
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
)


class Patience:
    """The time that one run has for a forge: the pauses that are left, and for each answer."""

    def __init__(
        self,
        seconds: float = WAIT,
        *,
        timeout: int = READ_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.left = seconds
        self.timeout = timeout
        """Seconds for a connection, and for each answer."""
        self.sleep = sleep
        self._until = 0.0
        self.asked: float | None = None
        """The pause that a forge asked for last, and that was too long."""

    def spend(self, seconds: float) -> bool:
        """Take a pause off what is left; False if it is longer than that."""
        if seconds > self.left:
            self.asked = seconds
            return False
        self.left -= seconds
        return True

    def pause(self, seconds: float) -> bool:
        """Sleep, if so much is left."""
        if granted := self.spend(seconds):
            self.heard(seconds)
            self.sleep(seconds)
        return granted

    def heard(self, seconds: float) -> None:
        """Note that the forge has answered, and is asked again after so many seconds."""
        self._until = time.monotonic() + seconds

    def goes_on(self, seconds: float) -> bool:
        """Whether a forge that has answered was waited for in the last *seconds*."""
        return time.monotonic() - self._until < seconds


class PatientRetry(Retry):
    """Retries what a forge says it would take later, and what it failed to answer.

    When it is over, the client library gets the forge's last answer, with its reason.
    """

    def __init__(self, patience: Patience, **options: Any) -> None:  # noqa: ANN401  urllib3's
        self._patience = patience
        self._seconds = 0.0
        super().__init__(**options)

    @classmethod
    def of(cls, patience: Patience) -> Self:
        """Return a Retry for all methods: what is asked of a forge here is safe to repeat."""
        return cls(
            patience,
            total=_RETRIES,
            connect=_UNANSWERED,
            read=_UNANSWERED,
            other=_UNANSWERED,
            allowed_methods=None,
            status_forcelist=_RETRIED,
            raise_on_status=False,
        )

    def new(self, **changes: Any) -> Self:  # noqa: ANN401  urllib3's
        """Return a copy with *changes*; urllib3 makes one for each attempt."""
        return super().new(patience=self._patience, **changes)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Return the state of the next attempt.

        Raises:
            MaxRetryError: There is none: it would be in vain, or too late.
        """
        following = super().increment(method, url, response, error, _pool, _stacktrace)
        seconds: float | None = 2.0 ** (len(self.history))
        if response is not None and (asked := self._asked(response)) is not None:
            seconds = asked
        elif isinstance(error, SSLError) or (response and response.status == _FORBIDDEN):
            seconds = None
        if seconds is None or not self._patience.spend(seconds):
            reason = error or ResponseError(ResponseError.GENERIC_ERROR)
            raise MaxRetryError(_pool, url, reason) from error  # type: ignore[arg-type]
        if response is not None:
            self._patience.heard(seconds)
        following._seconds = seconds  # noqa: SLF001  our own
        return following

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:  # noqa: ARG002
        """Wait before this attempt."""
        self._patience.sleep(self._seconds)

    def _asked(self, response: BaseHTTPResponse) -> float | None:
        """Return how long the forge itself says to wait."""
        try:
            if (seconds := self.get_retry_after(response)) is not None:
                return seconds
        except InvalidHeader:
            pass
        if response.status in (_FORBIDDEN, _TOO_MANY):
            return _until_reset(response.headers)
        return None


def _until_reset(headers: Mapping[str, str]) -> float | None:
    for remaining, reset in _LIMITS:
        if headers.get(remaining) == "0" and (at := headers.get(reset, "")).isdigit():
            # The time is cut to seconds: in which part of its second is not known.
            return max(0.0, int(at) - time.time()) + 1
    return None
