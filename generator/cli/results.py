"""The result of each environment of a run, for the table at its end and for GitHub Actions."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from generator.catalog.warned import Warned
from generator.delivery.outcome import Outcome
from generator.errors import GeneratorError, GuardError
from generator.plan.plan import Plan


class Result(Struct, frozen=True, kw_only=True):
    """The result of one environment: an outcome, an error, or, of a check, neither."""

    environment: str
    exit_code: int = 0
    outcome: Outcome | None = None
    error: GeneratorError | None = None
    branch: str = ""
    """The branch that a commit went to."""
    is_trial: bool = False
    """Nothing was to be committed: a plan, or a dry run."""
    warned: tuple[Warned, ...] = ()
    """Warnings beside those of the plan."""

    @property
    def changed(self) -> bool:
        """Whether there is a new commit; of a trial, whether there would be one."""
        if self.outcome is None:
            return False
        return self.outcome.plan.changed if self.is_trial else self.outcome.commit is not None

    @property
    def held(self) -> int:
        """The number of holds."""
        return len(self.outcome.plan.held) if self.outcome else 0

    @property
    def deferred_until(self) -> datetime | None:
        """When what a window or a freeze keeps back goes out; None where nothing is."""
        plan = self.outcome.plan if self.outcome else None
        if plan is None or not plan.waits or plan.closure is None:
            return None
        return plan.closure.until

    @property
    def status(self) -> str:
        """The result in one word, for machines."""
        if self.error is not None:
            return "refused" if isinstance(self.error, GuardError) else "failed"
        if self.outcome is not None and self.outcome.is_declined:
            return "declined"
        if self.deferred_until is not None and not self.changed:
            return "deferred"
        if self.is_trial:
            return "pending" if self.changed else "unchanged"
        return "committed" if self.changed else "unchanged"

    @property
    def summary(self) -> str:
        """The result in a few words, with the number of holds."""
        return f"{self._event}, {self.held} held" if self.held else self._event

    @property
    def _event(self) -> str:
        if self.error is not None:
            what = "refused" if isinstance(self.error, GuardError) else "failed"
            return f"{what}, exit code {self.error.exit_code}"
        if self.outcome is None:
            return "ok"
        if self.is_trial or self.status == "deferred":
            return self._trial(self.outcome.plan)
        request = (
            f"pull request {self.outcome.pull_request.url}" if self.outcome.pull_request else ""
        )
        if self.outcome.commit is not None:
            return request or f"committed {self.outcome.commit[:12]} to {self.branch}"
        if self.outcome.is_declined:
            return "nothing to do: its pull request was closed"
        return f"{request}, as it was" if request else "nothing to do"

    def _trial(self, plan: Plan) -> str:
        if not self.changed and plan.waits and plan.closure is not None:
            return plan.closure.briefly
        return "would change" if self.changed else "no change"


def table(results: Sequence[Result]) -> Iterator[str]:
    """Yield one line for each environment: its name, and what happened."""
    width = max((len(result.environment) for result in results), default=0)
    for result in results:
        yield f"{result.environment:{width}}  {result.summary}"


def sync_json(result: Result) -> dict[str, Any] | GeneratorError:
    """Return what schemas/sync.schema.json describes; the error where that stopped the run."""
    from generator.report.as_json import plan_json

    outcome = result.outcome
    if outcome is None:
        if result.error is None:
            raise ValueError(f"{result.environment}: neither an outcome nor an error")
        return result.error
    request = outcome.pull_request
    return {
        "environment": result.environment,
        "result": result.status,
        "exitCode": result.exit_code,
        "commit": outcome.commit,
        "branch": result.branch,
        "pullRequest": request and {"number": request.number, "url": request.url},
        "notices": list(outcome.notices),
        "plan": plan_json(outcome.plan),
    }
