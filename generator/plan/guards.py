"""Guards: reasons to refuse a plan. Nothing is changed then, and a person is asked."""

from generator.catalog.catalog import Catalog
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment
from generator.errors import GuardError, Refusal
from generator.lock.lock import Lock
from generator.plan.context import Inputs
from generator.plan.plan import Plan
from generator.text.phrases import counted


def refusal(plan: Plan, inputs: Inputs, *, allow_removals: bool) -> GuardError | None:
    """Return why *plan* is refused, which is made of *inputs*; None if it is not.

    *allow_removals* says that a person means what goes.
    """
    environment, applied, found = inputs.environment, inputs.lock, None
    if not allow_removals:
        found = emptied(inputs.catalog, applied, environment)
        found = found or removals(plan, applied, environment.delivery)
    return found or source(plan, applied) or reading(plan)


def removals(plan: Plan, applied: Lock, delivery: Delivery) -> GuardError | None:
    """Refuse a plan that takes more models away than the environment allows: list them."""
    gone = sorted(change.model for change in plan.changes if change.after is None)
    everything = bool(gone) and not plan.lock.models
    if len(gone) <= delivery.removal_limit(len(applied.models)) and not everything:
        return None
    if everything:
        what = "every model; to leave none always needs `--allow-removals`"
    else:
        limit = f"the limit (spec.delivery.limits.removals) is {delivery.removal_limit_text}"
        what = f"{len(gone)} of {counted(len(applied.models), 'model')}; {limit}"
    return GuardError(
        Refusal.REMOVALS,
        [
            f"{plan.environment}: this would remove {what}:",
            *(f"  - {name}" for name in gone),
        ],
        hint="if this is meant, run `tfs-gitops sync --allow-removals`; nothing was changed",
    )


def emptied(catalog: Catalog, applied: Lock, environment: Environment) -> GuardError | None:
    """Refuse a store that suddenly lists no index at all: more likely it is another one."""
    if catalog.versions or any(hold.index for hold in catalog.held) or not applied.models:
        return None
    nothing = f"{environment.name}: {environment.source.url} lists no index"
    count = len(applied.models)
    return GuardError(
        Refusal.EMPTY_STORE,
        [
            f"{nothing}, and {counted(count, 'model')} {'is' if count == 1 else 'are'} served:",
            *(f"  - {model.name}" for model in applied.models),
        ],
        hint="is it the right bucket and prefix? if every index was deleted on purpose, run "
        "`tfs-gitops sync --allow-removals`; nothing was changed",
    )


def source(plan: Plan, applied: Lock) -> GuardError | None:
    """Refuse another store while it does not prove what is served: pods would load its bytes."""
    if not applied.models or applied.source == plan.lock.source or not plan.degraded:
        return None
    return GuardError(
        Refusal.OTHER_STORE,
        [
            f"{plan.environment}: {plan.lock.source} does not prove what {applied.source} serves:",
            *(f"  - {name}" for name in plan.degraded),
        ],
        hint="copy these versions to the new store with their indexes; nothing was changed",
    )


def reading(plan: Plan) -> GuardError | None:
    """Refuse to start servers so that they could not load what they serve: pods would fail."""
    if not plan.misread:
        return None
    asked = "spec.serving says now (tflite, warmup, flags.saved_model_tags)"
    words = f"servers that are started as {asked} could not load what they serve:"
    return GuardError(
        Refusal.OTHER_READING,
        [f"{plan.environment}: {words}", *(f"  - {text}" for text in plan.misread)],
        hint="serve versions that load either way first, or exclude these models; "
        "nothing was changed",
    )
