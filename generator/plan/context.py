"""The values of one run, from what Git says to what became of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from generator.catalog.catalog import Catalog, Known, Version
from generator.catalog.ports import Store
from generator.delivery.ports import Branch
from generator.delivery.pull_request import PullRequest
from generator.environment.environment import Environment
from generator.lock.lock import Lock
from generator.lock.paths import Files
from generator.plan.gates import Around
from generator.plan.plan import Plan
from generator.serving.reported import Question, ServerState


@dataclass(frozen=True, slots=True)
class Applied:
    """An environment, and what Git says it serves."""

    environment: Environment
    lock: Lock
    around: Around

    @property
    def versions(self) -> tuple[Version, ...]:
        """All served versions."""
        return tuple(version for model in self.lock.models for version in model.versions)

    def known(self) -> Known:
        """Return what the lock proves of the environment's store; nothing of another store."""
        return self.lock.known() if self.lock.source == self.environment.source.url else {}


BuildProblem = Callable[[Callable[[], Mapping[str, bytes]], str], str | None]
"""Why a folder of some files, read if something can try them, does not build, or None."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """An environment with all that its plan is made of."""

    environment: Environment
    branch: Branch
    catalog: Catalog
    around: Around
    store: Store | None = None
    """Where its versions are, for reports that look into them."""
    build_problem: BuildProblem | None = None
    """Tries the overlay, where it can be tried."""
    lock: Lock | None = None
    """What Git said when the store was read."""
    again: "Callable[[], Surveyed] | None" = None
    """Reads all of it anew; a catalog that is older than the branch could undo a newer sync."""


Ask = Callable[[Sequence[Question]], Sequence[ServerState]]
"""What each of some servers reports of models."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller of one run decides."""

    dry_run: bool = False
    allow_removals: bool = False
    retake: frozenset[str] = frozenset()
    """Models for which what a person took back is forgotten."""
    ask: Ask | None = None
    """Asks servers what they have loaded; None where nobody named one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one environment."""

    plan: Plan
    files: Files
    commit: str | None = None
    """The id of the commit that was pushed."""
    request: PullRequest | None = None
    """The pull request that is open for it."""
    notices: tuple[str, ...] = ()
    """What a person should know of the publishing."""
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

    @property
    def removed(self) -> tuple[str, ...]:
        """The paths that the plan takes away."""
        return tuple(path for path in self.plan.paths if path not in self.files)
