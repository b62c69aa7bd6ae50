"""Plans that are refused: nothing is changed, and a person is asked."""

from generator.catalog import Catalog
from generator.delivery import Delivery
from generator.environment import Environment
from generator.errors import GuardError
from generator.lock import Lock
from generator.plan import Plan


def removals(plan: Plan, applied: Lock, delivery: Delivery) -> None:
    """Refuse a plan that takes more models away than the environment allows.

    Raises:
        GuardError: With the list of what would go.
    """
    gone = sorted(change.model for change in plan.changes if change.after is None)
    everything = bool(gone) and not plan.lock.models
    if len(gone) <= delivery.removal_limit(len(applied.models)) and not everything:
        return
    what = "every model" if everything else f"{len(gone)} of {len(applied.models)} models"
    limit = f"the limit (spec.delivery.limits.removals) is {delivery.removal_limit_text}"
    raise GuardError(
        [
            f"{plan.environment}: this would remove {what}; {limit}:",
            *(f"  - {name}" for name in gone),
        ],
        hint="if this is meant, run `tfs-gitops sync --allow-removals`; nothing was changed",
    )


def emptied(catalog: Catalog, applied: Lock, environment: Environment) -> None:
    """Refuse a store that suddenly lists no index at all: more likely it is another one.

    Raises:
        GuardError: With what is served.
    """
    if catalog.versions or any(hold.index for hold in catalog.held) or not applied.models:
        return
    nothing = f"{environment.name}: {environment.source.url} lists no index"
    raise GuardError(
        [
            f"{nothing}, and {len(applied.models)} models are served:",
            *(f"  - {model.name}" for model in applied.models),
        ],
        hint="is it the right bucket and prefix? if every index was deleted on purpose, run "
        "`tfs-gitops sync --allow-removals`; nothing was changed",
    )


def source(plan: Plan, applied: Lock) -> None:
    """Refuse another store while it does not prove what is served: pods would load its bytes.

    Raises:
        GuardError: With the versions that the new store does not prove.
    """
    if not applied.models or applied.source == plan.lock.source or not plan.degraded:
        return
    raise GuardError(
        [
            f"{plan.environment}: {plan.lock.source} does not prove what {applied.source} serves:",
            *(f"  - {name}" for name in plan.degraded),
        ],
        hint="copy these versions to the new store with their indexes; nothing was changed",
    )
