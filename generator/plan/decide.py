"""Decide what an environment should serve. Pure: the same inputs, the same plan."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from generator.catalog.catalog import Catalog, Warned
from generator.catalog.held_set import HeldSet
from generator.catalog.hold import Code, Held
from generator.environment.environment import Environment, Rule
from generator.environment.policy import policy_for
from generator.environment.reading import reading_of
from generator.lock import reverts
from generator.lock.changes import changes_between
from generator.lock.lock import Lock, ServedModel
from generator.plan.desired import desired
from generator.plan.gates import TIMELESS, Around
from generator.plan.naming import Naming, name_models
from generator.plan.plan import Plan
from generator.text.digest import json_digest


def decide(
    environment: Environment, catalog: Catalog, applied: Lock, around: Around = TIMELESS
) -> Plan:
    """Return the plan that leads from *applied* to what the policy wants, *around* now.

    Nothing is published from a held version. A served version that no longer proves
    stays served, is held with its reason and is listed as degraded.
    """
    naming = name_models(environment.policy, catalog, (model.base_path for model in applied.models))
    draft = _draft(naming, applied, around)
    served = applied.by_name
    removed = {
        name: _removal_inputs(environment, catalog, served[name])
        for name in served.keys() - draft.wanted.keys()
    }
    draft.reasons |= {name: (_why_gone(environment, naming, served[name]),) for name in removed}
    taken = reverts.repeated(draft.wanted, removed, served, around.taken)
    for name in taken:
        draft.leave(name, served.get(name), catalog)

    models = tuple(_kept(served.get(name), after) for name, after in sorted(draft.wanted.items()))
    reading = reading_of(environment.serving).text
    state = Lock(environment.name, environment.source.url, models, reading=reading)
    changes = changes_between(applied, state, draft.reasons)
    changed = {change.model for change in changes}
    state = replace(
        state,
        removed=tuple(sorted(removed.items() - taken.items())),
        # Also what no rule asks for now: its candidates may come back.
        taken_back=tuple(sorted(it for it in around.taken if it[0] not in changed)),
    )
    return Plan(
        environment=environment.name,
        lock=applied.succeeded_by(state),
        changes=changes,
        held=tuple(sorted(draft.held, key=lambda hold: hold.order)),
        degraded=tuple(sorted(draft.degraded)),
        warnings=(
            *environment.warnings,
            *catalog.warnings,
            *_unmatched(naming),
            *around.warnings,
        ),
        unchanged=len(models) - sum(change.after is not None for change in changes),
    )


@dataclass(slots=True)
class _Draft:
    """What the policy wants of all models, while it is put together."""

    held: list[Held]
    wanted: dict[str, ServedModel] = field(default_factory=dict)
    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict)
    degraded: set[str] = field(default_factory=set)

    def want(self, model: ServedModel, numbers: Iterable[int]) -> None:
        """Want *model*; *numbers* are its versions that are served and no longer prove."""
        self.wanted[model.name] = model
        self.degraded |= {f"{model.name} {number}" for number in numbers}

    def leave(self, name: str, served: ServedModel | None, catalog: Catalog) -> None:
        """Hold what would be made again of a model, and leave it as a person did."""
        self.held.append(reverts.hold(name, served, self.wanted.pop(name, None)))
        if served is not None:
            proven = {(version.path, version.digest) for version in catalog.versions}
            unproven = (it for it in served.versions if (it.path, it.digest) not in proven)
            self.want(served, (version.version for version in unproven))


def _draft(naming: Naming, applied: Lock, around: Around) -> _Draft:
    """Return what the policy wants of each model, before what people took back is respected."""
    served = applied.by_name
    draft = _Draft(list(naming.held))
    withheld = HeldSet.of(naming.held)
    for model in naming.models:
        found = desired(model, served.get(model.name), withheld, around)
        draft.held += found.held
        draft.reasons[model.name] = found.reasons
        if found.state is not None:
            draft.want(found.state, found.degraded)
    draft.held += _pins_of_nothing(naming)
    for before in _stranded(applied, naming, HeldSet.of(draft.held), draft.wanted):
        draft.want(before, before.numbers)
    return draft


def _removal_inputs(environment: Environment, catalog: Catalog, gone: ServedModel) -> str:
    """Return the digest of what leads to the removal of a model."""
    policy = policy_for(environment.policy, gone.base_path)
    candidates = sorted(
        (version.version, version.digest)
        for version in catalog.versions
        if version.base_path == gone.base_path
    )
    return json_digest([policy and policy.canonical, candidates])


def _why_gone(environment: Environment, naming: Naming, gone: ServedModel) -> str:
    policy = policy_for(environment.policy, gone.base_path)
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
            unproven = f"pinned, but no index proves version {number} ({rule.place})"
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
        text = f"{rule.place}: no model matches {rule.match!r}{_meant(rule, naming)}"
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
