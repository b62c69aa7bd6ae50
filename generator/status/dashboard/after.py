"""The overview of an environment after a sync of it, by what that has read and done."""

from msgspec.structs import replace

from generator.catalog.catalog import Catalog
from generator.delivery.head import branch_name
from generator.delivery.outcome import Outcome
from generator.environment.environment import Environment
from generator.lock.lock import Lock
from generator.status.overview.overview import Overview
from generator.status.overview.past import Past
from generator.status.overview.proposal import Proposal


def overview_after(
    environment: Environment, before: Lock, catalog: Catalog, outcome: Outcome
) -> Overview:
    """Return the overview of *environment* after the *outcome* of a sync.

    Servers had the lock *before*; what is committed, they get.
    """
    plan = outcome.plan
    is_merged = outcome.commit is not None and outcome.pull_request is None
    proposal = None
    if outcome.pull_request is not None:
        proposal = Proposal(
            branch_name(environment.name),
            plan.changes,
            outcome.pull_request,
            failed=plan.lock.failed,
        )
    if is_merged:
        before, plan = plan.lock, replace(plan, changes=(), settings=(), files=())
    return Overview(environment, before, Past(), None, proposal, plan, catalog)
