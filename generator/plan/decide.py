"""Decide what an environment should serve. Pure: the same inputs, the same plan."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from generator.catalog.catalog import Catalog, Version
from generator.catalog.hold import Held
from generator.catalog.warned import Warned
from generator.environment.reading import reading_of
from generator.lock import reverts
from generator.lock.changes import changes_between
from generator.lock.lock import Failed, Lock, Removed, ServedModel
from generator.plan import on_hold, way_back, withdrawals
from generator.plan.context import Inputs
from generator.plan.look_ahead import ahead
from generator.plan.missing import MissingFacts
from generator.plan.plan import Plan, WaysBack
from generator.plan.question import Question
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
    failing = _failing(inputs, wish)
    if failing and inputs.environment.delivery.goes_back_by and inputs.facts.back is None:
        return MissingFacts(wish=wish, back=tuple(sorted(failing)))
    of_policy = wish
    wish, held, back = _going_back(inputs, wish, failing)
    plan = _plan(inputs, wish)
    if missing := _missing(inputs, wish, plan, withdrawn):
        return replace(missing, wish=of_policy)
    plan = replace(plan, misread=tuple(_misread(inputs, plan)))
    plan = _respecting_people(inputs, wish, plan) if _commits(inputs, plan) else plan
    plan = replace(plan, warnings=(*plan.warnings, *_retaken(inputs)))
    back = back.of({change.model for change in plan.changes})
    found = sorted((*plan.held, *held), key=lambda hold: hold.order)
    stays = {f"{hold.model} {hold.version}" for hold in held if hold.model not in back.failed}
    degraded = tuple(sorted({*plan.degraded, *stays}))
    return replace(plan, held=tuple(found), degraded=degraded, back=back)


def _commits(inputs: Inputs, plan: Plan) -> bool:
    """Whether *plan* makes another lock: that has to say what people took back until then."""
    return plan.lock is not inputs.lock


def _failing(inputs: Inputs, wish: Wish) -> dict[str, tuple[Failed, ...]]:
    """Return the served models that are to go on with what failed in pods, and which that is."""
    if not (failures := inputs.facts.failed):
        return {}
    found = {}
    for model in inputs.lock.models:
        wanted = wish.models.get(model.name)
        failed = way_back.failed_of(model, failures)
        if wanted is not None and (stay := set(failed) & {*way_back.failed_of(wanted, failures)}):
            found[model.name] = tuple(sorted(stay))
    return found


def _going_back(
    inputs: Inputs, wish: Wish, failing: Mapping[str, tuple[Failed, ...]]
) -> tuple[Wish, list[Held], WaysBack]:
    """Return *wish* with models as they were before what failed; the holds of that; the ways back.

    What a person took back on the branch is respected later, as ever.
    """
    back, why = way_back.taken(inputs.facts.back or {}, inputs.catalog)
    back = {name: model for name, model in back.items() if name in failing}
    served = inputs.lock.by_name

    def doubt(failed: Failed) -> str:
        return inputs.facts.doubted.get(failed.digest, "")

    held = [
        way_back.hold(
            served[model],
            failed,
            goes_back=model in back,
            why="" if model in back else why.get(model) or doubt(failed),
        )
        for model, found in failing.items()
        for failed in found
    ]
    if not back:
        return wish, held, WaysBack()
    reasons = {
        name: (
            *(f"version {failed.version}: {failed.told}" for failed in failing[name]),
            "back to what was served before",
        )
        for name in back
    }
    models, told = {**wish.models, **back}, {**wish.reasons, **reasons}
    mode = inputs.environment.delivery.on_failure
    ways = WaysBack({name: failing[name] for name in back}, mode)
    return replace(wish, models=models, reasons=told), held, ways


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
            f"--retake {failed.model}: the next sync that hears it holds {failed.version} again: "
            f"{failed.told}; mend that pod first, or let a verification of that commit succeed"
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


def _missing(
    inputs: Inputs, wish: Wish, plan: Plan, withdrawn: tuple[Version, ...]
) -> MissingFacts:
    """Return what *plan* rests on that nobody has looked up yet."""
    facts, policies = inputs.facts, wish.naming.policies
    chosen = {version.path: version for model in plan.lock.models for version in model.versions}
    next_ones = () if withdrawn else tuple(ahead(wish, plan))
    chosen |= {version.path: version for version in next_ones}
    served = inputs.served
    unread = (
        ()
        if withdrawn
        else tuple(
            version for _, version in _staying(inputs, plan) if version.digest not in facts.misread
        )
    )
    return MissingFacts(
        wish=wish,
        withdrawn=withdrawn,
        kept_without_index=frozenset(
            version.path
            for version in withdrawn
            if (policy := policies.get(version.base_path))
            and (policy.on_hold or version.version in policy.choice.pin)
        ),
        unproven=tuple(it for path, it in chosen.items() if path in facts.unsure),
        unseen=tuple(it for path, it in chosen.items() if path not in facts.looked),
        uninspected=tuple(
            Question.of(version, inputs.environment, policy, inputs.lock)
            for version in (*_added(plan), *next_ones)
            if (version.path, version.digest) not in served
            and version.digest not in facts.findings
            and (policy := policies.get(version.base_path))
        ),
        unread=unread,
        unasked=() if withdrawn else tuple(_asked_otherwise(inputs, wish, plan)),
        past=_commits(inputs, plan) and facts.taken is None,
    )


def _added(plan: Plan) -> Iterator[Version]:
    """Yield the versions of all models that change."""
    for change in plan.changes:
        yield from change.after.versions if change.after else ()


def _asked_otherwise(inputs: Inputs, wish: Wish, plan: Plan) -> Iterator[Question]:
    """Yield the served versions that agents are to ask by a probe of which nobody knows the fit."""
    if not inputs.environment.serving.agent:
        return
    for change in plan.changes:
        before, after = change.probes
        if after is None or not after.text or after == before or change.after is None:
            continue
        policy = wish.naming.policies.get(change.after.base_path)
        for version in change.after.versions:
            is_served = (version.path, version.digest) in inputs.served
            if policy and is_served and version.digest not in inputs.facts.unfit:
                yield Question.of(version, inputs.environment, policy, inputs.lock)


def _staying(inputs: Inputs, plan: Plan) -> Iterator[tuple[str, Version]]:
    """Yield the served versions that stay, by model, where servers are to read them otherwise."""
    if reading_of(inputs.environment.serving).text == inputs.lock.reading:
        return
    served = inputs.served
    for model in plan.lock.models:
        for version in model.versions:
            if (version.path, version.digest) in served:
                yield model.name, version


def _misread(inputs: Inputs, plan: Plan) -> Iterator[str]:
    """Yield the served versions that stay, and that only servers as they are now can load."""
    for name, version in _staying(inputs, plan):
        if problems := inputs.facts.misread.get(version.digest):
            yield f"{name} {version.version}: {'; '.join(problems)}"


def _kept(old: ServedModel | None, new: ServedModel) -> ServedModel:
    """Keep the lock's own lines for a model that serves the same: no change, no commit."""
    return old if old is not None and old.state == new.state else new
