"""Requests that wait in a pull request, as a dashboard tells them, and what became of them.

The text of the issue is the memory: what it told to wait, and waits no more, is answered once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from generator.delivery.outcome import Outcome
from generator.delivery.pull_request import WITHDRAWN, PullRequest, State
from generator.lock.asked import REMOVALS, Asked, Kind
from generator.serving.state import SAFE_NAME
from generator.text.pattern import pattern
from generator.text.quoting import is_plain_url

_TOLD = pattern(
    rf"^- <!-- tfs-gitops asked ({'|'.join(Kind)}) ({SAFE_NAME.pattern}) ([0-9]{{1,9}}) -->",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, order=True)
class AwaitingMerge:
    """One request that waits for a merge."""

    kind: Kind
    subject: str
    """A model, or `REMOVALS`."""
    number: int
    """The number of its pull request."""
    by: str = field(default="", compare=False)
    url: str = field(default="", compare=False)
    """The page of its pull request; empty where nobody knows it now."""

    @property
    def marker(self) -> str:
        """The comment by which a later sync reads it."""
        return f"<!-- tfs-gitops asked {self.kind} {self.subject} {self.number} -->"

    @property
    def label(self) -> str:
        """The words that a person reads."""
        return label(self.kind, self.subject)


def label(kind: Kind, subject: str) -> str:
    """Return the words for what is asked for, on a box and beside it, as Markdown."""
    match kind:
        case Kind.ALLOW:
            return "allow this removal"
        case Kind.RELEASE:
            return f"let go of `{subject}`"
        case Kind.HOLD | Kind.RETAKE:
            return f"{kind} `{subject}`"


def awaiting_in(body: str) -> frozenset[AwaitingMerge]:
    """Return what the text of an issue tells to wait."""
    found = _TOLD.findall(body)
    return frozenset(AwaitingMerge(Kind(kind), name, int(number)) for kind, name, number in found)


def after(outcome: Outcome, before: Iterable[AwaitingMerge]) -> tuple[AwaitingMerge, ...]:
    """Return what waits after the *outcome* of a sync, of which *before* did so until now.

    A pull request that the sync has left as it is has what it had.
    """
    plan, pull = outcome.plan, outcome.pull_request
    if pull is not None:
        url = pull.url if is_plain_url(pull.url) else ""
        return tuple(
            AwaitingMerge(it.kind, it.subject, pull.number, it.by, url)
            for it in plan.asked
            if it.subject == REMOVALS or SAFE_NAME.fullmatch(it.subject)
        )
    is_left = plan.refused is not None or plan.goes_by is not None or plan.waits
    return tuple(sorted(before)) if is_left else ()


def ended(
    gone: Iterable[AwaitingMerge], pulls: Iterable[PullRequest], now: Iterable[Asked]
) -> Iterator[str]:
    """Yield what became of each of those that wait no more, by the *pulls* that they waited for.

    Nothing of what somebody asks otherwise *now*, who is answered, nor of a pull request that is
    none of ours.
    """
    by_number: Mapping[int, PullRequest] = {it.number: it for it in pulls}
    answered = {it.subject for it in now}
    for one in sorted(gone):
        pull = by_number.get(one.number)
        if pull is not None and one.subject not in answered:
            yield f"{one.label}: {_end(one, pull)}"


def _end(one: AwaitingMerge, pull: PullRequest) -> str:
    match pull.state:
        case State.MERGED:
            return f"{pull.url} is merged{until(one.kind, one.subject)}"
        case State.OPEN:
            return (
                f"no sync asks for it in {pull.url} any more: nothing of it is left to do, it has "
                "to wait, or changes are commits by now; tick it again if it is still offered"
            )
        case State.CLOSED if pull.marker == WITHDRAWN:
            return f"{pull.url} is closed, as nothing of it is left to do"
        case State.CLOSED:
            return (
                f"{pull.url} was closed without a merge: it is not done, and nothing asks for it "
                "any more; tick it again if it is still meant"
            )


def until(kind: Kind, model: str) -> str:
    """Return what ends it, for what goes on."""
    if kind is not Kind.HOLD:
        return ""
    return f": it stays as it is until somebody ticks {label(Kind.RELEASE, model)} here"
