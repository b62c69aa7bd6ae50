"""The history of loads in a pod: the versions that load here, and those that do not.

A version is on trial from when the config names it until the server has loaded it once, and it
has answered its probe. One that ends with an error, or answers wrongly, has failed; so has the
only one on trial when the server went away, for a load can take the whole process down. If
several were on trial, each is a suspect, and is tried alone; so is each that was on trial when
an agent ended, if the next one finds no server. What failed is tried again when its own line of
the lock changes, or after a pause that doubles. All times are seconds of a monotonic clock.
`loads` takes it from one look at the server to the next.
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from generator.agent.decide.config import Content
from generator.agent.decide.failures import Failure, Paused
from generator.agent.decide.probed import Probed
from generator.agent.decide.retry import USUAL, RetryPauses
from generator.serving.reported import ServerModel, Unanswered
from generator.serving.state import VersionKey


class Down(Unanswered):
    """Nobody is heard: the server has not started, or is starting, or has ended."""

    __slots__ = ()


class Refused(Down):
    """Its machine says that nobody listens, which is no fault of the way there."""

    __slots__ = ()


Reported = Mapping[str, ServerModel | Unanswered] | Unanswered
"""The server's report on each model that it was asked for, or why it gave none."""


class LoadHistory(Struct, frozen=True):
    """The loads and failures in this pod; a new value for each look at the server."""

    loaded: frozenset[VersionKey] = frozenset()
    """Named in the config, and since then seen AVAILABLE, with no probe left to answer."""
    failures: Mapping[VersionKey, Failure] = field(default_factory=dict)
    again: Mapping[VersionKey, tuple[float, str]] = field(default_factory=dict)
    """Since when a version is tried again, and the error that was reported at that time."""
    suspects: frozenset[VersionKey] = frozenset()
    """On trial beside others when the server went away."""
    down_since: float | None = None
    has_answered: bool = False
    """Whether the server answered when it was asked last."""
    paused: Mapping[VersionKey, Paused] = field(default_factory=dict)
    """The failures of an agent before this one, until it is seen what the lock says of them."""
    is_recalled: bool = False
    """Whether `loaded` is what an agent before this one noted, and nobody was asked since."""
    pauses: RetryPauses = USUAL

    @classmethod
    def recalled(
        cls,
        loaded: frozenset[VersionKey] | None,
        again: Mapping[VersionKey, str],
        now: float,
        pauses: RetryPauses = USUAL,
        paused: Mapping[VersionKey, Paused] = MappingProxyType({}),
    ) -> "LoadHistory":
        """Return what an agent that starts knows, by the checkpoint of the one before, if any.

        The pause of what failed begins anew: it is longer than it was to be, and never shorter.
        """
        if loaded is None:
            return cls(pauses=pauses)
        since = {key: (now, error) for key, error in again.items()}
        return cls(loaded, again=since, paused=paused, is_recalled=True, pauses=pauses)

    @property
    def lasting_failures(self) -> dict[VersionKey, Paused]:
        """The failures, for the agent after this one."""
        found = {
            key: Paused(it.digest, it.error, it.attempts)
            for key, it in self.failures.items()
            if it.digest
        }
        return {**self.paused, **found}

    def resumed(self, contents: Mapping[VersionKey, Content], now: float) -> "LoadHistory":
        """Return this history with the failures that an agent before had, of these *contents*."""
        if not self.paused:
            return self
        failures = dict(self.failures)
        for key, it in self.paused.items():
            found = it.resumed(contents.get(key), now, self.pauses)
            if found is not None:
                failures.setdefault(key, found)
        return replace(self, failures=failures, paused={})

    def failed(self, key: VersionKey, content: Content | None, now: float) -> bool:
        """Whether a version, of which the lock says *content*, has to stay out of the config."""
        failure = self.failures.get(key)
        return failure is not None and failure.content == content and now < failure.retry_at

    def is_plainly_good(self, key: VersionKey, probed: Probed) -> bool:
        """Whether a version that is AVAILABLE is proven, and was in no doubt: as most are."""
        doubts = (self.failures, self.again, self.suspects)
        is_proven = key in self.loaded or probed.is_proven(key)
        return is_proven and not any(key in doubt for doubt in doubts)

    def begin(self, added: frozenset[VersionKey], reported: Reported, now: float) -> "LoadHistory":
        """Return what is known once the config names *added* as well."""
        errors = {
            (name, number): (now, one.error)
            for name, model in ({} if isinstance(reported, Unanswered) else reported).items()
            if isinstance(model, ServerModel)
            for number, one in model.versions.items()
            if one.is_failed and (name, number) in added
        }
        return replace(self, again={**self.again, **errors})

    @property
    def errors_before(self) -> dict[VersionKey, str]:
        """The error that was reported of each version that is tried again, before it was."""
        return {key: error for key, (_, error) in self.again.items()}

    def only(self, wanted: frozenset[VersionKey]) -> "LoadHistory":
        """Return what is known of the versions in *wanted*."""
        return replace(
            self,
            failures={key: it for key, it in self.failures.items() if key in wanted},
            suspects=self.suspects & wanted,
        )

    def new_failures(self, before: "LoadHistory") -> int:
        """Return how many versions failed since *before*."""
        return sum(
            failure is not before.failures.get(key) for key, failure in self.failures.items()
        )
