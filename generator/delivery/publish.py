"""Publishers: what is proposed goes to a branch, by one commit or by one pull request."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from generator.delivery import head, propose
from generator.delivery.commitment import Commitment
from generator.delivery.outcome import Outcome, Target
from generator.delivery.propose import OpenForge
from generator.environment.environment import Environment
from generator.errors import GuardError
from generator.lock.asked import Via
from generator.render.templates import Templates
from generator.report import commit_message


class Publisher(Protocol):
    """One of the ways in which an outcome reaches the people and the servers."""

    def publish(self, target: Target, outcome: Outcome) -> Outcome | None:
        """Publish *outcome*; None if others pushed first.

        A plan that changes nothing makes no commit.

        Raises:
            PublishError: The repository or the forge refused.
        """
        ...

    def branch(self, environment: Environment) -> str:
        """Return the name of the branch that gets the commit."""
        ...


class CommitPublisher(Struct, frozen=True):
    """Publishes by one commit on the branch that servers follow."""

    templates: Templates

    def publish(self, target: Target, outcome: Outcome) -> Outcome | None:
        """Commit what is proposed to the branch; None if others were faster."""
        outcome = replace(outcome, notices=head.left_behind(target, outcome.plan))
        if not outcome.plan.changed:
            return outcome
        message = commit_message.commit_message(outcome.plan, self.templates)
        author = target.environment.delivery.author
        commit = target.branch.commit(Commitment(outcome.files, outcome.removed, message, author))
        return replace(outcome, commit=commit) if commit else None

    def branch(self, environment: Environment) -> str:
        """Return the name of the branch that servers follow."""
        return environment.delivery.branch


class PullRequestPublisher(Struct, frozen=True):
    """Publishes by one commit on a branch of ours, and one pull request from there."""

    templates: Templates
    open_forge: OpenForge

    def publish(self, target: Target, outcome: Outcome) -> Outcome | None:
        """Bring the pull request to what is proposed, unless a person is at work on it.

        While all that is new has to wait, it is left as it is: also with a hold that it has.
        """
        plan = outcome.plan
        is_new = bool(plan.changes) or any(it.via is not Via.COMMIT for it in plan.asked)
        if plan.waits and not (plan.changed and is_new):
            return outcome
        try:
            return propose.deliver(target, outcome, self.templates, self.open_forge)
        except GuardError as error:
            return replace(outcome, plan=replace(outcome.plan, refused=error))

    def branch(self, environment: Environment) -> str:
        """Return the name of our branch."""
        return head.branch_name(environment.name)


class ByPlan(Struct, frozen=True):
    """Publishes as the environment asks, but for a plan that goes out in another way."""

    usual: Publisher
    others: Mapping[str, Publisher]
    """By the mode of such a plan."""

    def publish(self, target: Target, outcome: Outcome) -> Outcome | None:
        """Publish *outcome*; None if others pushed first."""
        mode = outcome.plan.goes_by
        publisher = self.usual if mode is None else self.others[mode]
        return publisher.publish(target, outcome)

    def branch(self, environment: Environment) -> str:
        """Return the name of the branch that usually gets the commit."""
        return self.usual.branch(environment)


def publisher_of(
    environment: Environment, templates: Templates, open_forge: OpenForge
) -> Publisher:
    """Return the publisher that *environment* asks for."""
    by_mode: dict[str, Publisher] = {
        "commit": CommitPublisher(templates),
        "pull-request": PullRequestPublisher(templates, open_forge),
    }
    return ByPlan(by_mode[environment.delivery.mode], by_mode)
