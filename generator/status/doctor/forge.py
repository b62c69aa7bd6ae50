"""Findings on a forge: whether it answers, and lets the token open pull requests."""

from collections.abc import Iterator

from generator.delivery.branch_rules import BranchRules
from generator.environment.delivery import Delivery
from generator.errors import GeneratorError, PublishError
from generator.status.doctor.finding import Finding

_CHECK = "forge"
_DASHBOARD = "dashboard"


def findings(delivery: Delivery, rules: BranchRules | GeneratorError) -> Iterator[Finding]:
    """Yield how the forge is of which *rules* is the answer.

    Commits need no forge: there, what it says is for the security checklist alone.
    """
    if isinstance(rules, GeneratorError):
        is_needed = delivery.mode == "pull-request"
        yield (Finding.fail if is_needed else Finding.unknown)(_CHECK, rules)
    elif rules.may_write is False and delivery.mode == "commit":
        yield Finding.ok(_CHECK, "it answers; the token may only read, and commits need no more")
    elif rules.may_write is False:
        problem = "the token may read there, and write nothing"
        hint = "give it the rights to write contents and pull requests"
        yield Finding.fail(_CHECK, PublishError(problem, hint=hint))
    else:
        may = "may write" if rules.may_write else "is taken; whether it may write is not told"
        yield Finding.ok(_CHECK, f"it answers, and the token {may}")


def dashboard(are_on: bool | GeneratorError | None) -> Finding:  # noqa: FBT001  a value that was told
    """Return whether the repository has issues, for the dashboard of an environment.

    Whether a token may write them, no forge tells before it does.
    """
    if isinstance(are_on, GeneratorError):
        return Finding.fail(_DASHBOARD, are_on)
    if are_on is False:
        hint = "switch issues on in its settings, or take spec.delivery.dashboard out"
        return Finding.fail(_DASHBOARD, PublishError("the repository has no issues", hint=hint))
    if are_on is None:
        found = "the forge does not tell whether the repository has issues"
        return Finding.warn(_DASHBOARD, found, "look in its settings")
    return Finding.ok(_DASHBOARD, "issues are on; whether the token may write them, a sync tells")
