"""A run: one environment, with the inputs of its decision, its ports, and the caller's options."""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, field

from generator.catalog.warned import Warned
from generator.delivery.ports import WritableBranch
from generator.environment.environment import Environment
from generator.errors import GuardError
from generator.lock import branch as lock_branch
from generator.lock.asked import REMOVALS, Asked, Kind
from generator.lock.lock import Lock
from generator.lock.ports import ReadableBranch
from generator.pipeline.failures import AskAgents
from generator.pipeline.proposal import Proposal
from generator.plan.context import Inputs
from generator.plan.facts import FactFinder
from generator.plan.next_step import Ask
from generator.plan.verified import Verified

Uncommitted = Callable[[Environment, ReadableBranch], tuple[Warned, ...]]
"""Warnings of policy that nobody else has; the branch, as it was fetched, may hold it."""

BuildProblem = Callable[[Callable[[], Mapping[str, bytes]], str], str | None]
"""Tells why a folder of some files, read if something can try them, does not build; or None."""


class Run(Struct, frozen=True):
    """One environment in a run: what its decision is made of, and the ports it goes on with."""

    inputs: Inputs
    facts: FactFinder
    branch: WritableBranch
    generated: str
    """The digest of the files in its folder, as they were when they were read."""
    unknown: GuardError | None = None
    """The reason why nobody knows what servers have: an edit that the lock cannot tell of."""
    foretold: dict[str, Lock] = field(default_factory=dict)
    """By environment: the locks that this run has led to, and did not commit."""
    verified: Callable[[], Verified | None] = lambda: None
    """Asks, when it is first called, what commit statuses say of the environment; None for none."""
    asking: Callable[[], Proposal | None] = lambda: None
    """Looks up what is proposed of that which people asked for; None where nothing is."""

    @property
    def environment(self) -> Environment:
        """The environment."""
        return self.inputs.environment

    def verifications(self) -> Iterator[Verified]:
        """Yield what commit statuses say of the environment, and of those that it takes from."""
        yield from self.inputs.context.verified.values()
        if (own := self.verified()) is not None:
            yield own

    @property
    def is_current(self) -> bool:
        """Whether the branch is as it was read; an older plan could undo a newer sync."""
        return lock_branch.generated_digest(self.environment, self.branch) == self.generated


class Options(Struct, frozen=True):
    """Options of a run, which its caller decides."""

    dry_run: bool = False
    allow_removals: bool = False
    retake: frozenset[str] = frozenset()
    """Models for which what a person took back is forgotten."""
    release: frozenset[str] = frozenset()
    """Models that people let go of."""
    ask: Ask | None = None
    """Asks servers what they have loaded; None where nobody named one."""
    asked: tuple[Asked, ...] = ()
    """The requests of people on the dashboard, each with who made it."""
    ask_agents: AskAgents | None = None
    """Asks agents what failed in their pods; None where nobody named one."""
    override: str | None = None
    """The reason for which a person lets out what windows and freezes would make wait."""
    build_problem: BuildProblem | None = None
    """Tries the overlay, where it can be tried."""
    uncommitted: Uncommitted | None = None
    """Compares the policy with that of others, where the plan is for the branch they share."""
    patience: float = 120
    """Seconds for which pushes that lose a race are made again."""

    @property
    def requests(self) -> tuple[Asked, ...]:
        """All that is asked for beside the policy: on the dashboard, and by options."""
        found = [Asked(Kind.RETAKE, it) for it in sorted(self.retake)]
        found += [Asked(Kind.RELEASE, it) for it in sorted(self.release)]
        found += [Asked(Kind.ALLOW, REMOVALS)] if self.allow_removals else []
        told = {(it.kind, it.subject) for it in self.asked}
        return (*self.asked, *(it for it in found if (it.kind, it.subject) not in told))
