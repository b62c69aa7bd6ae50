"""The history of loads in a pod: the versions that load here, and those that do not.

A version is on trial from when the config names it until the server has loaded it once, and it
has answered its probe. One that ends with an error, or answers wrongly, has failed; so has the
only one on trial when the server went away, for a load can take the whole process down. If
several were on trial, each is a suspect, and is tried alone; so is each that was on trial when
an agent ended, if the next one finds no server. What failed is tried again when its own line of
the lock changes, or after a pause that doubles. All times are seconds of a monotonic clock.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar

from generator.agent.decide.config import Content
from generator.agent.decide.failures import CRASHED, Failure, Paused
from generator.agent.decide.probed import NOBODY_ASKS, Probed
from generator.agent.decide.retry import USUAL, RetryPauses
from generator.serving.agent_state import PROBE_ERROR
from generator.serving.reported import LoadState, ServerModel, Unanswered
from generator.serving.state import VersionKey

T = TypeVar("T")


class Down(Unanswered):
    """Nobody is heard: the server has not started, or is starting, or has ended."""

    __slots__ = ()


class Refused(Down):
    """Its machine says that nobody listens, which is no fault of the way there."""

    __slots__ = ()


Reported = Mapping[str, ServerModel | Unanswered] | Unanswered
"""The server's report on each model that it was asked for, or why it gave none."""


@dataclass(frozen=True, slots=True)
class LoadHistory:
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

    def observe(
        self,
        named: frozenset[VersionKey],
        reported: Reported,
        contents: Mapping[VersionKey, Content],
        now: float,
        probed: Probed = NOBODY_ASKS,
        on_trial: AbstractSet[VersionKey] = frozenset(),
    ) -> "LoadHistory":
        """Return what is known after the server, whose config names *named*, was asked.

        What is *on_trial* answers and is not proven yet: it counts as loaded later (see `wave`).
        """
        if isinstance(reported, Down):
            is_ended = isinstance(reported, Refused)
            return self._without_server(named, contents, now, is_ended=is_ended)
        if isinstance(reported, Unanswered):
            return self
        known = replace(
            self,
            loaded=self.loaded & named,
            again={key: it for key, it in self.again.items() if key in named},
            down_since=None,
            has_answered=True,
            is_recalled=False,
        )
        good: set[VersionKey] = set()
        for key in sorted(named):
            model = reported.get(key[0])
            found = model.versions.get(key[1]) if isinstance(model, ServerModel) else None
            if found is None:
                continue
            if found.state is LoadState.AVAILABLE:
                is_on_trial = key in on_trial
                if known.is_plainly_good(key, probed) and not is_on_trial:
                    good.add(key)
                    continue
                known = _answering(
                    known, key, contents.get(key), now, probed, is_on_trial=is_on_trial
                )
            elif not found.is_failed:
                known = replace(known, again=_less(known.again, key))
            elif known.failed(key, contents.get(key), now):
                continue
            elif not _is_old(known, key, found.error, now):
                known = _failed(known, key, found.error, contents.get(key), now)
        return replace(known, loaded=known.loaded | good) if good - known.loaded else known

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

    def _without_server(
        self,
        named: frozenset[VersionKey],
        contents: Mapping[VersionKey, Content],
        now: float,
        *,
        is_ended: bool,
    ) -> "LoadHistory":
        since = now if self.down_since is None else self.down_since
        known = replace(self, has_answered=False, is_recalled=False, down_since=since)
        if is_ended:  # and has forgotten what failed before
            known = replace(known, again={})
        history = named - self.loaded
        if self.is_recalled:  # whether one of them ended the server, nobody saw
            return replace(known, suspects=self.suspects | history)
        if not self.has_answered or not history:
            return known
        if len(history) > 1:
            return replace(known, suspects=self.suspects | history)
        (alone,) = history
        failed = _failed(known, alone, CRASHED, contents.get(alone), now)
        return replace(failed, suspects=known.suspects | history)


def _answering(
    known: LoadHistory,
    key: VersionKey,
    content: Content | None,
    now: float,
    probed: Probed,
    *,
    is_on_trial: bool,
) -> LoadHistory:
    """Return what is known of a version that is AVAILABLE.

    What has once answered well here is not on trial again.
    """
    failure = known.failures.get(key)
    if failure is not None and failure.is_probe and known.failed(key, content, now):
        return known  # it is being taken out
    if key in known.loaded or probed.is_proven(key):
        return known if is_on_trial else _good(known, key)
    wrong = probed.wrong(key)
    if wrong is None:
        return known
    return _failed(known, key, f"{PROBE_ERROR}{wrong}", content, now)


def _good(known: LoadHistory, key: VersionKey) -> LoadHistory:
    return replace(
        known,
        loaded=known.loaded | {key},
        failures=_less(known.failures, key),
        again=_less(known.again, key),
        suspects=known.suspects - {key},
    )


def _failed(
    known: LoadHistory,
    key: VersionKey,
    error: str,
    content: Content | None,
    now: float,
) -> LoadHistory:
    failure = Failure.next(known.failures.get(key), error, content, now, known.pauses)
    return replace(
        known,
        loaded=known.loaded - {key},
        failures={**known.failures, key: failure},
        again=_less(known.again, key),
        suspects=known.suspects - {key},
    )


def _is_old(known: LoadHistory, key: VersionKey, error: str, now: float) -> bool:
    """Whether an error is that of the trial before, as far as anybody can tell."""
    if key not in known.again:
        return False
    since, before = known.again[key]
    return error == before and now - since < known.pauses.grace


def _less(known: Mapping[VersionKey, T], key: VersionKey) -> dict[VersionKey, T]:
    return {other: value for other, value in known.items() if other != key}
