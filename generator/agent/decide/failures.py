"""The failures of loads: what a pod knows of a version that did not load there, or not well."""

from msgspec import Struct

from generator.agent.decide.config import Content
from generator.agent.decide.retry import RetryPauses
from generator.serving.agent_state import PROBE_ERROR

CRASHED = "the server ended while it loaded this version, or asked it"


class Failure(Struct, frozen=True):
    """A version that did not load here."""

    error: str
    """In the server's words."""
    content: Content | None
    """Its data as the lock named it; None if it did not any more."""
    attempts: int
    retry_at: float

    @property
    def is_probe(self) -> bool:
        """Whether it has loaded, and answered its probe wrongly."""
        return self.error.startswith(PROBE_ERROR)

    @property
    def is_certain(self) -> bool:
        """Whether it is the version's doing: the first end of a server may be somebody else's."""
        return self.error != CRASHED or self.attempts > 1

    def of(self, digest: str) -> bool:
        """Whether it is one of the objects with this *digest*."""
        return self.digest == digest

    @property
    def digest(self) -> str:
        """The digest of its objects; empty if the lock named it no more."""
        return "" if self.content is None else self.content.digest

    @classmethod
    def next(
        cls,
        before: "Failure | None",
        error: str,
        content: Content | None,
        now: float,
        pauses: RetryPauses,
    ) -> "Failure":
        """Return one of *content* with an *error*, after the one *before*, if that is known."""
        of_same = before if before is not None and before.content == content else None
        attempts = 1 if of_same is None else of_same.attempts + 1
        return cls.at(error, content, attempts, now, pauses)

    @classmethod
    def at(
        cls, error: str, content: Content | None, attempts: int, now: float, pauses: RetryPauses
    ) -> "Failure":
        """Return the last of so many failures: the pause until it is tried again begins *now*."""
        pause = pauses.after(attempts, is_killed=error == CRASHED)
        return cls(error, content, attempts, now + pause)


class Paused(Struct, frozen=True):
    """A failure that the next agent in the pod knows of, whatever its clock says."""

    digest: str
    error: str
    attempts: int

    def resumed(self, content: Content | None, now: float, pauses: RetryPauses) -> Failure | None:
        """Return the failure of *content*, whose pause begins anew; None if it is of other data."""
        if content is None or content.digest != self.digest:
            return None
        return Failure.at(self.error, content, self.attempts, now, pauses)
