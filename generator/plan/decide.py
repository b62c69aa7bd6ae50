"""Decide what an environment should serve. Pure: the same inputs, the same plan."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from generator.catalog.catalog import Catalog, Version, Warned
from generator.catalog.held_set import HeldSet
from generator.catalog.hold import Code, Held
from generator.environment.environment import Environment, Rule
from generator.environment.reading import reading_of
from generator.lock import reverts
from generator.lock.changes import changes_between
from generator.lock.lock import Lock, ServedModel
from generator.plan import withdrawals
from generator.plan.admission import Question
from generator.plan.context import Inputs, MissingFacts
from generator.plan.desired import desired
from generator.plan.naming import Naming, name_models
from generator.plan.plan import Plan
from generator.text.digest import json_digest


def decide(inputs: Inputs) -> Plan | MissingFacts:
    """Return the plan that leads from what is served to what the policy wants.

    Or the facts that it rests on and nobody has looked up: with them, it is to be called again.
    Nothing is published from a held version. A served version that no longer proves
    stays served, is held with its reason and is listed as degraded.

    It leaves to its caller: the limits of removals, steps in Git, and the files.
    """
    doubtful = withdrawals.doubtful(inputs)
    wish = _wish(withdrawals.kept(inputs, doubtful) if doubtful else inputs)
    withdrawn = tuple(version for version in doubtful if version.path in wish.paths)
    if doubtful and not withdrawn:
        wish = _wish(inputs)  # they go anyway
    plan = _plan(inputs, wish)
    if missing := _missing(inputs, wish, plan, withdrawn):
        return missing
    plan = replace(plan, misread=tuple(_misread(inputs, plan)))
    return _respecting_people(inputs, wish, plan) if plan.changes else plan


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the policy wants of all models, before what people took back is respected."""

    naming: Naming
    models: Mapping[str, ServedModel]
    """By name."""
    reasons: Mapping[str, tuple[str, ...]]
    held: tuple[Held, ...]
    degraded: frozenset[str]
    """Served versions that no longer prove, as `resnet 50`."""
    removed: Mapping[str, str]
    """Models that would go, with the digest of what leads to it."""

    @property
    def paths(self) -> frozenset[str]:
        """The paths of all wanted versions."""
        return frozenset(it.path for model in self.models.values() for it in model.versions)


def _wish(inputs: Inputs) -> _Wish:
    """Return what the policy wants of each model."""
    environment, lock, catalog = inputs.environment, inputs.lock, inputs.catalog
    naming = name_models(environment.policy, catalog, (model.base_path for model in lock.models))
    served = lock.by_name
    withheld = HeldSet.of(naming.held)
    found = {
        model.name: desired(model, served.get(model.name), withheld, inputs.context, inputs.facts)
        for model in naming.models
    }
    held = [*naming.held, *(hold for it in found.values() for hold in it.held)]
    held += _pins_of_nothing(naming)
    models = {name: it.state for name, it in found.items() if it.state is not None}
    degraded = {f"{name} {number}" for name, it in found.items() for number in it.degraded}
    for before in _stranded(lock, naming, HeldSet.of(held), models):
        models[before.name] = before
        degraded |= {f"{before.name} {number}" for number in before.numbers}
    gone = {name: served[name] for name in served.keys() - models.keys()}
    reasons = {name: it.reasons for name, it in found.items()}
    reasons |= {name: (_why_gone(environment, naming, it),) for name, it in gone.items()}
    return _Wish(
        naming,
        models,
        reasons,
        tuple(held),
        frozenset(degraded),
        {name: _removal_inputs(naming, catalog, it) for name, it in gone.items()},
    )


def _respecting_people(inputs: Inputs, wish: _Wish, plan: Plan) -> Plan:
    """Return *plan* without what people took back on the branch, but for what is to be retaken."""
    taken = inputs.facts.taken or frozenset()
    idle = sorted(inputs.retake - {model for model, _ in taken})
    respected = frozenset(item for item in taken if item[0] not in inputs.retake)
    if respected:
        plan = replace(_plan(inputs, wish, respected), misread=plan.misread)
    warned = (Warned("nothing-taken-back", f"--retake {name}: it was not taken") for name in idle)
    return replace(plan, warnings=(*plan.warnings, *warned))


def _plan(inputs: Inputs, wish: _Wish, taken: reverts.Reverted = frozenset()) -> Plan:
    """Return the plan of what is wanted, but for what people have *taken* back."""
    environment, lock, catalog = inputs.environment, inputs.lock, inputs.catalog
    served = lock.by_name
    left = reverts.repeated(wish.models, wish.removed, served, taken)
    held = [*wish.held, *(reverts.hold(it, served.get(it), wish.models.get(it)) for it in left)]
    degraded = {*wish.degraded, *_unproven(catalog, (served[it] for it in left if it in served))}
    wanted = {name: model for name, model in wish.models.items() if name not in left}
    wanted |= {name: served[name] for name in left if name in served}

    models = tuple(_kept(served.get(name), after) for name, after in sorted(wanted.items()))
    reading = reading_of(environment.serving).text
    state = Lock(environment.name, environment.source.url, models, reading=reading)
    changes = changes_between(lock, state, wish.reasons)
    changed = {change.model for change in changes}
    state = replace(
        state,
        removed=tuple(sorted(wish.removed.items() - left.items())),
        # Also what no rule asks for now: its candidates may come back.
        taken_back=tuple(sorted(it for it in taken if it[0] not in changed)),
    )
    found = inputs.facts.findings.values()
    return Plan(
        environment=environment.name,
        lock=lock.succeeded_by(state),
        changes=changes,
        held=tuple(sorted(held, key=lambda hold: hold.order)),
        degraded=tuple(sorted(degraded)),
        warnings=(
            *environment.warnings,
            *catalog.warnings,
            *_unmatched(wish.naming),
            *(warned for it in found for warned in it.warnings),
        ),
        unchanged=len(models) - sum(change.after is not None for change in changes),
    )


def _unproven(catalog: Catalog, models: Iterable[ServedModel]) -> Iterator[str]:
    """Yield the versions of served *models* that nothing proves now, as `resnet 50`."""
    proven: set[tuple[str, str]] = set()
    for model in models:
        proven = proven or {(version.path, version.digest) for version in catalog.versions}
        for version in model.versions:
            if (version.path, version.digest) not in proven:
                yield f"{model.name} {version.version}"


def _missing(
    inputs: Inputs, wish: _Wish, plan: Plan, withdrawn: tuple[Version, ...]
) -> MissingFacts:
    """Return what *plan* rests on that nobody has looked up yet."""
    facts, policies = inputs.facts, wish.naming.policies
    chosen = [version for model in plan.lock.models for version in model.versions]
    served = inputs.served
    unread = (
        ()
        if withdrawn
        else tuple(
            version for _, version in _staying(inputs, plan) if version.digest not in facts.misread
        )
    )
    return MissingFacts(
        withdrawn=withdrawn,
        kept_without_index=frozenset(
            version.path
            for version in withdrawn
            if (policy := policies.get(version.base_path))
            and (policy.on_hold or version.version in policy.choice.pin)
        ),
        unproven=tuple(version for version in chosen if version.path in facts.unsure),
        unseen=tuple(version for version in chosen if version.path not in facts.looked),
        uninspected=tuple(
            Question.of(version, inputs.environment, policy, inputs.lock)
            for change in plan.changes
            for version in (change.after.versions if change.after else ())
            if (version.path, version.digest) not in served
            and version.digest not in facts.findings
            and (policy := policies.get(version.base_path))
        ),
        unread=unread,
        past=bool(plan.changes) and facts.taken is None,
    )


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


def _removal_inputs(naming: Naming, catalog: Catalog, gone: ServedModel) -> str:
    """Return the digest of what leads to the removal of a model."""
    policy = naming.policies[gone.base_path]
    candidates = sorted(
        (version.version, version.digest)
        for version in catalog.versions
        if version.base_path == gone.base_path
    )
    return json_digest([policy and policy.canonical, candidates])


def _why_gone(environment: Environment, naming: Naming, gone: ServedModel) -> str:
    policy = naming.policies[gone.base_path]
    if policy is None:
        return f"no rule of {environment.file} matches it"
    if policy.excluded:
        return naming.excluded.get(gone.name, f"excluded {policy.because('exclude')}")
    if policy.name != gone.name:
        return f"it is named {policy.name!r} now {policy.because('name')}"
    return "no index of it is left that the policy can choose from"


def _pins_of_nothing(naming: Naming) -> Iterator[Held]:
    """Yield a hold of each pin of a model that neither the store nor the lock knows."""
    for rule in naming.unmatched:
        for number in rule.versions.pin if rule.versions else ():
            unproven = f"pinned, but no index proves version {number} ({rule.position})"
            yield Held(
                index="",
                code=Code.WAITING,
                problems=(f"{unproven}{_meant(rule, naming)}",),
                model=rule.match,
                version=number,
            )


def _unmatched(naming: Naming) -> Iterator[Warned]:
    """Warn of rules that name a model which neither the store nor the lock knows."""
    for rule in naming.unmatched:
        text = f"{rule.position}: no model matches {rule.match!r}{_meant(rule, naming)}"
        yield Warned("unmatched-rule", text)


def _meant(rule: Rule, naming: Naming) -> str:
    near = naming.alike(rule.match)
    return f"; did you mean {near!r}?" if near else ""


def _stranded(
    applied: Lock, naming: Naming, withheld: HeldSet, wanted: Mapping[str, ServedModel]
) -> list[ServedModel]:
    """Return the served models that would go only because their name, old or new, is held."""
    taken = {model.base_path for model in wanted.values()}
    waiting = {
        model.base_path: {version.version for version in model.versions}
        for model in naming.models
        if model.base_path not in taken
    }

    decided = {(model.name, model.base_path) for model in naming.models}

    def waits(before: ServedModel) -> bool:
        if before.base_path in naming.nameless:
            return True
        if (before.name, before.base_path) in decided:
            return False
        proven = waiting.get(before.base_path)
        return proven is not None and any(
            version.version in proven or version in withheld for version in before.versions
        )

    return [
        before
        for before in applied.models
        if before.name in naming.colliding or (before.name not in wanted and waits(before))
    ]


def _kept(old: ServedModel | None, new: ServedModel) -> ServedModel:
    """Keep the lock's own lines for a model that serves the same: no change, no commit."""
    return old if old is not None and old.state == new.state else new
