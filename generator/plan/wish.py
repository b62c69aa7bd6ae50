"""The wish of a policy: the state of all models, before what people took back is respected."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from generator.catalog.catalog import Catalog
from generator.catalog.held_set import HeldSet
from generator.catalog.hold import Code, Held
from generator.catalog.warned import Warned
from generator.environment.environment import Environment, Rule
from generator.lock.lock import Lock, ServedModel
from generator.plan.context import Inputs
from generator.plan.desired import desired
from generator.plan.naming import Naming, name_models
from generator.text.digest import json_digest


class Wish(Struct, frozen=True):
    """The states that a policy wants of all models, and what is held for that."""

    inputs: Inputs
    """The inputs that it was made of."""
    naming: Naming
    models: Mapping[str, ServedModel]
    """By name."""
    reasons: Mapping[str, tuple[str, ...]]
    held: tuple[Held, ...]
    degraded: frozenset[str]
    """Served versions that no longer prove, as `resnet 50`."""
    removed: Mapping[str, str]
    """Models that would go, with the digest of what leads to it."""
    due: datetime | None
    """The first moment at which the clock alone may make another wish of it."""

    @property
    def paths(self) -> frozenset[str]:
        """The paths of all wanted versions."""
        return frozenset(it.path for model in self.models.values() for it in model.versions)

    def stands(self, inputs: Inputs) -> bool:
        """Whether it is also the wish of *inputs*, seen at a glance: facts are all that is new.

        Of these, a wish rests on what was refused, on what is gone, and on what is unfit.
        """
        facts, own = inputs.facts, self.inputs.facts
        return (
            inputs.environment is self.inputs.environment
            and inputs.lock is self.inputs.lock
            and inputs.catalog is self.inputs.catalog
            and inputs.context is self.inputs.context
            and facts.gone == own.gone
            and facts.refused == own.refused
            and facts.unfit == own.unfit
        )


def wish_of(inputs: Inputs, earlier: Wish | None = None) -> Wish:
    """Return what the policy wants of each model: the *earlier* wish, if it still stands."""
    if earlier is not None and earlier.stands(inputs):
        return earlier
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
    return Wish(
        inputs,
        naming,
        models,
        reasons,
        tuple(held),
        frozenset(degraded),
        {name: _removal_inputs(naming, catalog, it) for name, it in gone.items()},
        min((it.due for it in found.values() if it.due is not None), default=None),
    )


def _removal_inputs(naming: Naming, catalog: Catalog, gone: ServedModel) -> str:
    """Return the digest of what leads to the removal of a model."""
    policy = naming.policies[gone.base_path]
    versions = catalog.by_base_path.get(gone.base_path, ())
    candidates = sorted((version.version, version.digest) for version in versions)
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


def unmatched(naming: Naming) -> Iterator[Warned]:
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
