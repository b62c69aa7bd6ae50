"""Decide what an environment should serve. Pure: the same inputs, the same plan."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from generator.catalog.catalog import Catalog
from generator.catalog.warned import Warned
from generator.environment.reading import reading_of
from generator.lock import reverts
from generator.lock.changes import changes_between
from generator.lock.lock import Lock, ServedModel
from generator.lock.notes import Failed, Removed
from generator.plan import going_back, on_hold, withdrawals
from generator.plan.context import Inputs
from generator.plan.missing import MissingFacts, missing, rests_on_the_past, staying
from generator.plan.plan import Plan
from generator.plan.wish import Wish, unmatched, wish_of


def decide(inputs: Inputs, earlier: Wish | None = None) -> Plan | MissingFacts:
    """Return the plan that leads from what is served to what the policy wants.

    Or the facts that it rests on and nobody has looked up: with them, and with the wish that
    lacked them, which is *earlier* then, it is to be called again.
    Nothing is published from a held version. A served version that no longer proves
    stays served, is held with its reason and is listed as degraded.

    It leaves to its caller: the limits of removals, steps in Git, and the files.
    """
    doubtful = withdrawals.doubtful(inputs)
    wish = wish_of(withdrawals.kept(inputs, doubtful) if doubtful else inputs, earlier)
    withdrawn = tuple(version for version in doubtful if version.path in wish.paths)
    if doubtful and not withdrawn:
        wish = wish_of(inputs)  # they go anyway
    failing = going_back.failing(inputs, wish)
    if failing and inputs.environment.delivery.goes_back_by and inputs.facts.back is None:
        return MissingFacts(wish=wish, back=tuple(sorted(failing)))
    of_policy = wish
    wish, held, back = going_back.going_back(inputs, wish, failing)
    plan = _plan(inputs, wish)
    if lacks := missing(inputs, wish, plan, withdrawn):
        return replace(lacks, wish=of_policy)
    plan = replace(plan, misread=tuple(_misread(inputs, plan)))
    plan = _respecting_people(inputs, wish, plan) if rests_on_the_past(inputs, plan) else plan
    plan = replace(plan, warnings=(*plan.warnings, *_retaken(inputs)))
    back = back.of({change.model for change in plan.changes})
    found = sorted((*plan.held, *held), key=lambda hold: hold.order)
    stays = {f"{hold.model} {hold.version}" for hold in held if hold.model not in back.failed}
    degraded = tuple(sorted({*plan.degraded, *stays}))
    return replace(plan, held=tuple(found), degraded=degraded, back=back)


def _respecting_people(inputs: Inputs, wish: Wish, plan: Plan) -> Plan:
    """Return *plan* without what people took back on the branch, but for what is to be retaken."""
    taken = inputs.facts.taken or frozenset()
    respected = frozenset(item for item in taken if item[0] not in inputs.retake)
    if respected:
        plan = replace(_plan(inputs, wish, respected), misread=plan.misread)
    return plan


def _retaken(inputs: Inputs) -> Iterator[Warned]:
    """Yield the models on which `--retake` has no effect, or none that lasts, and what has one."""
    told, taken = inputs.facts.unheeded, inputs.facts.taken or frozenset()
    for failed in told:
        text = (
            f"--retake {failed.model}: who hears it next holds {failed.version} again, or takes it "
            f"back: {failed.told}; mend that pod first, or let that commit verify"
        )
        yield Warned("still-failing", text)
    models = {model for model, _ in taken} | {it.model for it in (*told, *inputs.lock.failed)}
    for name in sorted(inputs.retake - models):
        text = f"--retake {name}: nothing of it is held because it was taken back, or has failed"
        yield Warned("nothing-taken-back", text)


def _plan(inputs: Inputs, wish: Wish, taken: reverts.Reverted = frozenset()) -> Plan:
    """Return the plan of what is wanted, but for what people have *taken* back."""
    environment, lock, catalog = inputs.environment, inputs.lock, inputs.catalog
    served = lock.by_name
    left = reverts.repeated(wish.models, wish.removed, served, taken)
    held = [*wish.held, *on_hold.holds(inputs)]
    held += [reverts.hold(it, served.get(it), wish.models.get(it)) for it in left]
    degraded = {*wish.degraded, *_unproven(catalog, (served[it] for it in left if it in served))}
    wanted = {name: model for name, model in wish.models.items() if name not in left}
    wanted |= {name: served[name] for name in left if name in served}

    models = tuple(_kept(served.get(name), after) for name, after in sorted(wanted.items()))
    reading = reading_of(environment.serving).text
    settings = environment.settings.data
    state = Lock(
        environment.name, environment.source.url, models, reading=reading, settings=settings
    )
    changes = changes_between(lock, state, wish.reasons)
    changed = {change.model for change in changes}
    state = replace(
        state,
        removed=tuple(Removed(*it) for it in sorted(wish.removed.items() - left.items())),
        # Also what no rule asks for now: its candidates may come back.
        taken_back=tuple(sorted(it for it in taken if it[0] not in changed)),
        failed=tuple(sorted(_remembered(inputs))),
        on_hold=inputs.on_hold,
    )
    found = inputs.facts.findings.values()
    return Plan(
        environment=environment.name,
        lock=lock.succeeded_by(state),
        forgotten=lock.forgotten_by(state),
        changes=changes,
        held=tuple(sorted(held, key=lambda hold: hold.order)),
        degraded=tuple(sorted(degraded)),
        due=wish.due,
        warnings=(
            *environment.warnings,
            *catalog.warnings,
            *unmatched(wish.naming),
            *on_hold.idle(inputs),
            *(warned for it in found for warned in it.warnings),
        ),
        unchanged=len(models) - sum(change.after is not None for change in changes),
    )


def _remembered(inputs: Inputs) -> Iterator[Failed]:
    """Yield what the lock is to say that failed: what it said, and what nobody doubts."""
    facts, before = inputs.facts, {it.digest for it in inputs.lock.failed}
    for digest, failed in facts.failed.items():
        if digest in before or digest not in facts.doubted:
            yield failed


def _unproven(catalog: Catalog, models: Iterable[ServedModel]) -> Iterator[str]:
    """Yield the versions of served *models* that nothing proves now, as `resnet 50`."""
    for model in models:
        for version in model.versions:
            if not catalog.proves(version):
                yield f"{model.name} {version.version}"


def _misread(inputs: Inputs, plan: Plan) -> Iterator[str]:
    """Yield the served versions that stay, and that only servers as they are now can load."""
    for name, version in staying(inputs, plan):
        if problems := inputs.facts.misread.get(version.digest):
            yield f"{name} {version.version}: {'; '.join(problems)}"


def _kept(old: ServedModel | None, new: ServedModel) -> ServedModel:
    """Keep the lock's own lines for a model that serves the same: no change, no commit."""
    return old if old is not None and old.state == new.state else new
