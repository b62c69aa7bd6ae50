"""The open proposal: the lock that a pull request of ours would bring.

Whoever asked for what it brings, such as `sync --retake`, did so until it is merged or closed.
"""

from collections.abc import Callable

from generator.delivery.ports import Branch, Forge, WritableBranch
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment
from generator.errors import InvalidInputError, PublishError
from generator.lock import branch as lock_branch
from generator.lock.lock import Lock


def open_proposal(
    environment: Environment, branch: WritableBranch, open_forge: Callable[[Delivery], Forge]
) -> Lock | None:
    """Return the lock that the open pull request of *environment* proposes; None without one.

    One of which the forge does not tell whether it is open counts as open: nothing is withdrawn
    for silence. Where a person has committed to its branch, nobody knows what was asked for.

    Raises:
        PublishError: The repository cannot be read.
    """
    delivery = environment.delivery
    if delivery.mode != "pull-request" or not isinstance(branch, Branch):
        return None
    from generator.delivery import head  # noqa: PLC0415  for pull requests alone
    from generator.delivery.pull_request import State  # noqa: PLC0415  likewise

    if not branch.has_branch(name := head.branch_name(environment.name)):
        return None
    found = branch.head_branch(name, delivery.path.strip("/"))
    if found is None or found.tip is None or not found.tip.is_ours:
        return None
    try:
        proposed = lock_branch.proposed_lock(environment, found)
    except InvalidInputError:
        return None
    try:
        pulls = open_forge(delivery).pull_requests(name)
    except PublishError:
        return proposed
    is_open = any(it.state is State.OPEN and it.base == delivery.branch for it in pulls)
    return proposed if is_open else None
