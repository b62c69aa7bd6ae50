"""The issues of one repository on a forge, on the client of that forge."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol, TypeVar

from generator.delivery.editors import Editors
from generator.delivery.forge.access import Access, Refusal
from generator.delivery.forge.bounded import bounded
from generator.delivery.forge.written import with_marker
from generator.delivery.issue import Issue
from generator.limits.waits import ANSWER_SECONDS

T = TypeVar("T")

_ODD = (LookupError, AttributeError, TypeError)
"""The errors of reading an answer that is none of an issue."""


class IssueClient(Protocol):
    """One forge's requests about issues; they raise whatever its library does."""

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """The errors of its library for a request that failed."""
        ...

    def refusal(self, error: Exception) -> Refusal:
        """Return why a request failed."""
        ...

    def written(self) -> Iterator[Sequence[Issue | None]]:
        """Yield the issues by who asks in any state by page, the newest change first.

        None is a pull request, which forges list beside.
        """
        ...

    def read(self, number: int) -> Issue:
        """Return one issue."""
        ...

    def open(self, title: str, body: str) -> Issue:
        """Open an issue."""
        ...

    def update(self, issue: Issue, body: str) -> Issue:
        """Give *issue* another text, and open it again where it is closed."""
        ...

    def close(self, issue: Issue) -> None:
        """Close *issue*."""
        ...

    def comment(self, issue: Issue, text: str) -> None:
        """Write a comment on *issue*."""
        ...

    def editors(self, issue: Issue) -> Editors:
        """Return who edited the text of *issue* since who asks wrote it last."""
        ...

    def are_on(self) -> bool | None:
        """Return whether the repository has issues; None where the forge does not tell."""
        ...


class ForgeIssues:
    """Issues whose failures say what they are about, and whose calls end within *seconds*.

    The pauses that a forge asks for are none of those.
    """

    def __init__(
        self, client: IssueClient, access: Access, seconds: float = ANSWER_SECONDS
    ) -> None:
        self._client, self._access, self._seconds = client, access, seconds

    def own(self, marker: str) -> tuple[Issue, ...]:
        """Return the issues by who asks whose text has *marker*, in any state, oldest first."""
        found = partial(self._own, marker)
        return self._asked("the issues cannot be read", found)

    def read(self, number: int) -> Issue:
        """Return one issue."""
        return self._asked(f"issue #{number} cannot be read", partial(self._client.read, number))

    def open(self, title: str, body: str) -> Issue:
        """Open an issue."""
        return self._asked("the issue cannot be opened", partial(self._client.open, title, body))

    def update(self, issue: Issue, body: str) -> Issue:
        """Give *issue* another text, and open it again where it is closed."""
        what = f"issue #{issue.number} cannot be changed"
        return self._asked(what, partial(self._client.update, issue, body))

    def close(self, issue: Issue, comment: str) -> None:
        """Close *issue*, and say why."""
        what = f"issue #{issue.number} is not closed with a comment"
        self._asked(what, partial(self._client.close, issue))
        self.comment(issue, comment)

    def comment(self, issue: Issue, text: str) -> None:
        """Write a comment on *issue*."""
        what = f"issue #{issue.number} takes no comment"
        self._asked(what, partial(self._client.comment, issue, text))

    def editors(self, issue: Issue) -> Editors:
        """Return who edited the text of *issue* since who asks wrote it last."""
        what = f"the edits of issue #{issue.number} cannot be read"
        return self._asked(what, partial(self._client.editors, issue))

    def are_on(self) -> bool | None:
        """Return whether the repository has issues."""
        return self._asked("the repository cannot be read", self._client.are_on)

    def _own(self, marker: str) -> tuple[Issue, ...]:
        return with_marker(self._client.written(), marker)

    def _asked(self, what: str, call: Callable[[], T]) -> T:
        failures = (*self._client.failures, *_ODD)
        with self._access.errors_of(failures, self._client.refusal, what):
            return bounded(call, self._access, self._seconds)
