"""The history of probes in a pod: which version has answered what, and which is asked next.

A version is asked when it is AVAILABLE: a server calls one so that answers each request with an
error. It is asked anew when it was gone meanwhile, as after a restart of the server, and when
the lock names other data. Silence is no answer: it is asked again, with pauses that grow. Of
those that have answered one is asked again now and then, more often while another loads: that
shows what a load costs the others. All times are seconds of a monotonic clock.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct, field
from msgspec.structs import replace

from generator.agent import backoff
from generator.agent.decide.config import Content
from generator.agent.decide.load_history import Down, Reported
from generator.agent.decide.probed import Probed
from generator.agent.decide.seconds import Seconds
from generator.serving.agent_state import Answered, ProbeAnswer
from generator.serving.reported import LoadState, ServerModel, Unanswered
from generator.serving.state import VersionKey

_NOT_ASKED = ProbeAnswer(Answered.NOT_YET)


class ProbePauses(Seconds, frozen=True):
    """The pauses between the probes of one agent, in seconds."""

    first: float = 2.0
    longest: float = 30.0
    """After silence; the pause doubles from the first to the longest."""
    overdue: float = 600.0
    """Of silence, after which a fresh pod does not wait for the version any more."""
    again: float = 60.0
    """Between two probes of what has answered before; each version has its turn."""
    loading: float = 5.0
    """Likewise, while another version loads."""


class Asking(Struct, frozen=True):
    """A version that is AVAILABLE, and what it has answered since."""

    content: Content
    since: float
    answer: ProbeAnswer = _NOT_ASKED
    tries: int = 0
    """Requests without an answer, in a row."""
    ended: float = 0.0
    """The time of the last answer, or of the end of the wait for one."""
    is_under_way: bool = False


class Finding(Struct, frozen=True):
    """The result of one request, which began at the time *began*."""

    key: VersionKey
    began: float
    answer: ProbeAnswer


class ProbeHistory(Struct, frozen=True):
    """The probes of one pod; a new value for each look."""

    pauses: ProbePauses = field(default_factory=ProbePauses)
    versions: Mapping[VersionKey, Asking] = field(default_factory=dict)
    asked_again: float = 0.0
    """The time at which one that had answered was asked last."""
    is_loading: bool = False
    """Whether a version loads at this moment."""

    def observe(
        self,
        named: AbstractSet[VersionKey],
        reported: Reported,
        contents: Mapping[VersionKey, Content],
        now: float,
    ) -> "ProbeHistory":
        """Return what is known after the server, whose config names *named*, was asked."""
        if isinstance(reported, Down):
            return replace(self, versions={}, is_loading=False)
        if isinstance(reported, Unanswered):
            return self
        found = {}
        for key in sorted(named & (contents.keys() | self.versions.keys())):
            model, before = reported.get(key[0]), self.versions.get(key)
            # What the lock names no more serves on until another takes its place.
            content = contents[key] if key in contents else self.versions[key].content
            if before is not None and before.content != content:
                before = None
            if not isinstance(model, ServerModel):
                if before is not None:
                    found[key] = before  # nobody says that it has gone
            elif key[1] in model.serves.versions:
                found[key] = before or Asking(content, now)
        return replace(self, versions=found, is_loading=_loads(reported))

    def heard(self, findings: Sequence[Finding], now: float) -> "ProbeHistory":
        """Return what is known with *findings*; one of a version that was gone since is none."""
        found = dict(self.versions)
        for finding in findings:
            before = found.get(finding.key)
            if before is not None and before.is_under_way and before.since <= finding.began:
                found[finding.key] = _after(before, self._timed(before, finding.answer), now)
        return replace(self, versions=found)

    def due(self, now: float) -> tuple[VersionKey, ...]:
        """Return the versions to ask now."""
        waiting = tuple(key for key, one in self.versions.items() if self._is_due(one, now))
        pause = self.pauses.loading if self.is_loading else self.pauses.again
        if waiting or now - self.asked_again < pause:
            return waiting
        known = [(one.ended, key) for key, one in self.versions.items() if _is_right(one)]
        return (min(known)[1],) if known else ()

    def begin(self, keys: tuple[VersionKey, ...], now: float) -> "ProbeHistory":
        """Return what is known once *keys* are asked."""
        found = {
            key: replace(one, is_under_way=one.is_under_way or key in keys)
            for key, one in self.versions.items()
        }
        again = any(_is_right(self.versions[key]) for key in keys)
        return replace(self, versions=found, asked_again=now if again else self.asked_again)

    def probed(self, now: float) -> Probed:
        """Return the answers, as far as they decide anything."""
        return Probed(
            {key: one.answer for key, one in self.versions.items()},
            frozenset(
                key
                for key, one in self.versions.items()
                if one.tries and now - one.since >= self.pauses.overdue
            ),
        )

    def _timed(self, before: Asking, answer: ProbeAnswer) -> ProbeAnswer:
        """Return *answer* with the times of those before it, of which it has only its own."""
        known = before.answer
        if answer.seconds is None:
            return replace(answer, seconds=known.seconds, under_load=known.under_load)
        if self.is_loading:
            return replace(answer, seconds=known.seconds, under_load=answer.seconds)
        return replace(answer, under_load=known.under_load)

    def _is_due(self, one: Asking, now: float) -> bool:
        if one.is_under_way or one.answer.answered in {Answered.YES, Answered.NO_PROBE}:
            return False
        if one.answer.answered is Answered.NO:
            return now >= one.ended + self.pauses.again
        pause = backoff.pause(one.tries, self.pauses.first, self.pauses.longest)
        return not one.tries or now >= one.ended + pause


def _after(before: Asking, answer: ProbeAnswer, now: float) -> Asking:
    """Return what is known of a version after *answer*; silence takes back no other answer."""
    is_silent = answer.answered is Answered.NOT_YET
    if is_silent and before.answer.answered is not Answered.NOT_YET:
        return replace(before, ended=now, is_under_way=False)
    tries = before.tries + 1 if is_silent else 0
    return replace(before, answer=answer, tries=tries, ended=now, is_under_way=False)


def _is_right(one: Asking) -> bool:
    return not one.is_under_way and one.answer.answered is Answered.YES


def _loads(reported: Mapping[str, ServerModel | Unanswered]) -> bool:
    return any(
        version.state is LoadState.LOADING
        for model in reported.values()
        if isinstance(model, ServerModel)
        for version in model.versions.values()
    )
