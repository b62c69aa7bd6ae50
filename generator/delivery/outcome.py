"""The outcome of a run for one environment: its plan, its files, and where they went."""

from msgspec import Struct
from msgspec.structs import replace

from generator.delivery.ports import WritableBranch
from generator.delivery.pull_request import PullRequest
from generator.environment.environment import Environment
from generator.lock.paths import Files
from generator.plan.facts import FactFinder
from generator.plan.plan import Plan


class Target(Struct, frozen=True):
    """The place where outcomes of an environment go: its branch."""

    environment: Environment
    branch: WritableBranch
    facts: FactFinder
    """Tells a reviewer of new versions."""


class Outcome(Struct, frozen=True):
    """A plan with the files that it renders to, and what became of them."""

    plan: Plan
    files: Files
    """All files that the plan renders to, by path in the repository; none once it is published."""
    commit: str | None = None
    """The id of the commit that was pushed."""
    pull_request: PullRequest | None = None
    """The pull request that is open for it."""
    notices: tuple[str, ...] = ()
    """Lines for people about the publishing."""
    is_declined: bool = False
    """A person closed the pull request for just this."""

    def allowed(self) -> "Outcome":
        """Return it.

        Raises:
            GuardError: A guard refused the plan.
        """
        if self.plan.refused is not None:
            raise self.plan.refused
        return self

    def published(self) -> "Outcome":
        """Return it without its files, which are where they went: a run has many such outcomes."""
        return replace(self, files={})

    @property
    def removed(self) -> tuple[str, ...]:
        """The paths that the plan takes away."""
        return tuple(path for path in self.plan.paths if path not in self.files)
