"""A forge whose answers are waited for within a bound, whatever its library waits for."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from generator.delivery.branch_rules import BranchRules
from generator.delivery.forge.access import Access, Refusal
from generator.delivery.ports import Forge
from generator.delivery.pull_list import PullList
from generator.delivery.pull_request import PullRequest
from generator.limits.waits import ANSWER_SECONDS
from generator.lock.commit_status import CommitStatus
from generator.network.waits import SilentError, server_of, within

T = TypeVar("T")


class BoundedForge:
    """A Forge: another one, each call of which ends within *seconds* where that does not answer.

    The pauses that it asks for are none of them.
    """

    def __init__(self, forge: Forge, access: Access, seconds: float = ANSWER_SECONDS) -> None:
        self._forge, self._access, self._seconds = forge, access, seconds

    def pull_requests(self, head: str) -> tuple[PullRequest, ...]:
        """Return the newest pull requests from *head*, newest first."""
        return self._asked(partial(self._forge.pull_requests, head))

    def pull_list(self, head: str) -> PullList:
        """Return the address of the newest pull requests from *head*."""
        return self._asked(partial(self._forge.pull_list, head))

    def open(self, head: str, title: str, body: str) -> PullRequest:
        """Open a pull request, or take over the one that is open."""
        return self._asked(partial(self._forge.open, head, title, body))

    def apply_settings(self, pull_request: PullRequest) -> PullRequest:
        """Give *pull_request* what the environment says it carries."""
        return self._asked(partial(self._forge.apply_settings, pull_request))

    def update(self, pull_request: PullRequest, title: str, body: str) -> PullRequest:
        """Give *pull_request* another title and body."""
        return self._asked(partial(self._forge.update, pull_request, title, body))

    def restore_auto_merge(self, pull_request: PullRequest, commit: str) -> PullRequest:
        """Let *pull_request* merge itself as it did before *commit*."""
        return self._asked(partial(self._forge.restore_auto_merge, pull_request, commit))

    def close(self, pull_request: PullRequest, comment: str) -> None:
        """Close *pull_request* with a *comment*."""
        self._asked(partial(self._forge.close, pull_request, comment))

    def statuses(self, commit: str) -> tuple[CommitStatus, ...]:
        """Return the statuses of *commit*, and the checks that ran on it."""
        return self._asked(partial(self._forge.statuses, commit))

    def branch_rules(self) -> BranchRules:
        """Return the rules of the base branch."""
        return self._asked(self._forge.branch_rules)

    def _asked(self, call: Callable[[], T]) -> T:
        return bounded(call, self._access, self._seconds)


def bounded(call: Callable[[], T], access: Access, seconds: float) -> T:
    """Return what *call* returns, which asks the forge of *access*.

    Raises:
        PublishError: It does not end within *seconds*, and the forge has asked for no pause.
    """
    server = server_of(access.address.api_url)
    try:
        return within(call, server, seconds, goes_on=access.patience.goes_on)
    except SilentError as error:
        raise access.error("it does not answer", Refusal(None, str(error))) from None
