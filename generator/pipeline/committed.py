"""An environment with what its branch has of it, before any store is read."""

from typing import Self

from msgspec import Struct

from generator.delivery.ports import WritableBranch
from generator.environment.environment import Environment
from generator.errors import GuardError
from generator.lock import branch as lock_branch
from generator.lock.lock import Lock
from generator.pipeline.run import Run
from generator.plan.context import Context
from generator.plan.facts import FactFinder
from generator.plan.shared_store import SharedStore


class Committed(Struct, frozen=True):
    """An environment, and what its branch has of it."""

    environment: Environment
    branch: WritableBranch
    lock: Lock
    served: Lock
    """The lock that servers have: a person may have edited the config beside it."""
    unknown: GuardError | None
    generated: str

    @classmethod
    def read(cls, environment: Environment, branch: WritableBranch) -> Self:
        """Read the lock of *environment*, and what is committed beside it.

        Raises:
            GeneratorError: The lock is broken, or the branch cannot be read.
        """
        lock = served = lock_branch.read_lock(environment, branch)
        unknown = None
        try:
            served = lock_branch.as_served(environment, branch, lock)
        except GuardError as error:
            unknown = error
        generated = lock_branch.generated_digest(environment, branch)
        return cls(environment, branch, lock, served, unknown, generated)

    def run(self, store: SharedStore, context: Context, foretold: dict[str, Lock]) -> Run:
        """Return the run that goes on from here, with what *store* proves."""
        facts = FactFinder(store, self.branch)
        inputs = facts.inputs(self.environment, self.served, context)
        return Run(inputs, facts, self.branch, self.generated, self.unknown, foretold)
