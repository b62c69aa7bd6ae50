"""The port of issues on a forge; only `generator.errors` leave it."""

from typing import Protocol

from generator.delivery.editors import Editors
from generator.delivery.issue import Issue


class Issues(Protocol):
    """The issues of one repository on a forge.

    Every method waits as the forge asks, for a bounded time, and raises PublishError when
    the forge refuses or does not answer.
    """

    def own(self, marker: str) -> tuple[Issue, ...]:
        """Return the issues by who asks whose text has *marker*, in any state, oldest first.

        One by another author is none of them, whatever it says.
        """
        ...

    def read(self, number: int) -> Issue:
        """Return one issue."""
        ...

    def open(self, title: str, body: str) -> Issue:
        """Open an issue."""
        ...

    def update(self, issue: Issue, body: str) -> Issue:
        """Give *issue* another text, and open it again where it is closed; its title stays."""
        ...

    def close(self, issue: Issue, comment: str) -> None:
        """Close *issue*, with a *comment* that says why."""
        ...

    def comment(self, issue: Issue, text: str) -> None:
        """Write a comment on *issue*."""
        ...

    def editors(self, issue: Issue) -> Editors:
        """Return who edited the text of *issue* since who asks wrote it last.

        What the forge does not tell is unproven.
        """
        ...

    def are_on(self) -> bool | None:
        """Return whether the repository has issues at all; None where the forge does not tell."""
        ...
