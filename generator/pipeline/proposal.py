"""The open proposal: the lock that a pull request of ours would bring, and what it was asked for.

Whoever asked for what it brings, such as by `sync --retake` or on the dashboard, did so until it
is merged or closed.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from generator.delivery.ports import Branch, Forge, HeadBranch, WritableBranch
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment
from generator.errors import InvalidInputError, PublishError
from generator.lock import branch as lock_branch
from generator.lock.asked import Asked
from generator.lock.lock import Lock

if TYPE_CHECKING:
    from generator.lock.proposed import Proposed


class Proposal(Struct, frozen=True):
    """The state that a pull request of ours proposes."""

    lock: Lock
    asked: tuple[Asked, ...] = ()
    """The requests of people that it has."""


class ProposalReader:
    """A reader of the open proposal of one environment: of Git first, then of its forge.

    Each is asked once, when it is first needed. Its methods raise PublishError where the repository
    cannot be read.
    """

    def __init__(
        self,
        environment: Environment,
        branch: WritableBranch,
        open_forge: Callable[[Delivery], Forge],
    ) -> None:
        self._environment, self._branch, self._open_forge = environment, branch, open_forge

    def proposed(self) -> "Proposed | None":
        """Return what is proposed, and what that was made on; None where no request is open."""
        return self._proposed if self._found and self._is_open else None

    def asking(self) -> Proposal | None:
        """Return the proposal, if it is open and people asked for something of it."""
        return self._found if self._found and self._found.asked and self._is_open else None

    @cached_property
    def _found(self) -> Proposal | None:
        """The proposal that our branch has; None without one."""
        if (head := self._head) is None or head.tip is None:
            return None
        try:
            return Proposal(lock_branch.proposed_lock(self._environment, head), head.tip.asked)
        except InvalidInputError:
            return None

    @cached_property
    def _proposed(self) -> "Proposed | None":
        """The lock that our branch has, and the one that it was made on; None if one is broken."""
        if self._found is None or self._head is None:
            return None
        try:
            before = lock_branch.proposed_lock(self._environment, self._head.made_on)
        except InvalidInputError:
            return None
        from generator.lock.proposed import Proposed  # noqa: PLC0415  likewise

        return Proposed(self._found.lock, before)

    @cached_property
    def _head(self) -> HeadBranch | None:
        """Our branch; None without one.

        Where a person has committed there, nobody knows what was asked for.
        """
        environment, branch = self._environment, self._branch
        if environment.delivery.mode != "pull-request" or not isinstance(branch, Branch):
            return None
        if not branch.has_branch(self._name):
            return None
        found = branch.head_branch(self._name, environment.delivery.path.strip("/"))
        return found if found and found.tip and found.tip.is_ours else None

    @cached_property
    def _is_open(self) -> bool:
        """Whether its pull request is open.

        One of which the forge does not tell that counts as open: nothing is withdrawn for silence.
        """
        from generator.delivery.pull_request import State  # noqa: PLC0415  for pull requests alone

        delivery = self._environment.delivery
        try:
            pulls = self._open_forge(delivery).pull_requests(self._name)
        except PublishError:
            return True
        return any(it.state is State.OPEN and it.base == delivery.branch for it in pulls)

    @cached_property
    def _name(self) -> str:
        from generator.delivery import head  # noqa: PLC0415  likewise

        return head.branch_name(self._environment.name)
