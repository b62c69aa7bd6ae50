"""Decide what an environment should serve. Pure: the same inputs, the same plan."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from generator import checks
from generator.catalog import Catalog, Version
from generator.environment import Delivery, Environment
from generator.errors import GuardError
from generator.hold import Code, Held
from generator.lock import Labels, Lock, ServedModel, digest_of
from generator.naming import Model, Naming, name_models
from generator.plan import Change, Plan
from generator.policy import choose, resolve_labels


def decide(environment: Environment, catalog: Catalog, applied: Lock) -> Plan:
    """Return the plan that leads from *applied* to what the policy wants.

    Nothing is published from a held version. A served version that no longer proves
    stays served, is held with its reason and is listed as degraded.
    """
    naming = name_models(environment.policy, catalog, (model.base_path for model in applied.models))
    held = list(naming.held)
    degraded: list[str] = []
    reasons: dict[str, tuple[str, ...]] = {}
    wanted: dict[str, ServedModel] = {}
    served = applied.by_name
    for model in naming.models:
        decision = _Decision(model, served.get(model.name), naming.held)
        after = decision.state()
        held += decision.held
        reasons[model.name] = decision.reasons
        if after is not None:
            wanted[model.name] = after
            degraded += [f"{model.name} {n}" for n in after.numbers if n in decision.stale]
    for before in _stranded(applied, naming, held, wanted):
        wanted[before.name] = before
        degraded += [f"{before.name} {number}" for number in before.numbers]

    models = tuple(_kept(served.get(name), after, served) for name, after in sorted(wanted.items()))
    changes = _changes(applied, models, reasons, naming.excluded)
    return Plan(
        environment=environment.name,
        lock=Lock(environment.name, environment.source.url, models),
        changes=changes,
        held=tuple(sorted(held, key=lambda hold: hold.order)),
        degraded=tuple(sorted(degraded)),
        warnings=(*checks.warnings(environment), *catalog.warnings),
        unchanged=len(models) - sum(change.after is not None for change in changes),
    )


def guard(plan: Plan, applied: Lock, delivery: Delivery) -> None:
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


@dataclass(slots=True)
class _Decision:
    """The state that one model should have, and what was found on the way."""

    model: Model
    served: ServedModel | None
    naming_held: tuple[Held, ...]
    held: list[Held] = field(default_factory=list)
    stale: set[int] = field(default_factory=set)
    reasons: tuple[str, ...] = ()

    def state(self) -> ServedModel | None:
        """Return the wanted state; None if the model is not to be served."""
        if self._moved():
            return self.served
        candidates = self._candidates()
        policy = self.model.policy
        chosen = choose(policy.choice, candidates)
        if missing := sorted(set(policy.choice.pin) - set(chosen)):
            self._wait_for(missing)
            stay = self.served.numbers if self.served else ()
            chosen = tuple(sorted({*chosen, *(n for n in stay if n in candidates)}))
        if not chosen:
            return self.served if self._is_elsewhere() and self._is_in_store() else None
        self.reasons = (_why(self.model, chosen, candidates),)
        labels = self._labels(chosen, candidates)
        chosen = tuple(sorted({*chosen, *(number for _, number in labels)}))
        return ServedModel(
            name=self.model.name,
            base_path=self.model.base_path,
            versions=tuple(candidates[number] for number in chosen),
            labels=labels,
            inputs=digest_of(
                [policy.canonical, sorted((n, v.digest) for n, v in candidates.items())]
            ),
        )

    def _is_elsewhere(self) -> bool:
        """Whether the name is served from another base path now."""
        return self.served is not None and self.served.base_path != self.model.base_path

    def _is_in_store(self) -> bool:
        """Whether any index tells of the base path, if only of what is held."""
        path = self.model.base_path
        return bool(self.model.versions) or any(hold.base_path == path for hold in self.naming_held)

    def _moved(self) -> bool:
        """Hold a base path change with overlapping versions: live pods keep the old data."""
        served = self.served
        if served is None or not self._is_elsewhere():
            return False
        both = sorted(set(served.numbers) & {version.version for version in self.model.versions})
        if not both:
            return False
        problem = (
            f"model {served.name!r} is served from {served.base_path!r}; "
            f"{self.model.base_path!r} has the same version numbers: {both}"
        )
        self.held += [
            _held(version, served.name, Code.NAME_COLLISION, problem)
            for version in self.model.versions
            if version.version in both
        ]
        return True

    def _candidates(self) -> dict[int, Version]:
        """Return the proven versions, and served ones that no longer prove, by number."""
        proven = {version.version: version for version in self.model.versions}
        for served in self.served.versions if self.served else ():
            number = served.version
            now = proven.get(number)
            if now is not None and now.digest == served.digest:
                continue
            if now is not None:
                problem = "it was published again with other content while it is served"
                self.held.append(_held(now, self.model.name, Code.ETAG_MISMATCH, problem))
            elif not self._stays(served):
                continue
            proven[number] = served
            self.stale.add(number)
        return proven

    def _stays(self, served: Version) -> bool:
        """Whether a served version that is not proven stays: a deleted index withdraws it.

        Unless it is pinned: then only the policy may take it away.
        """
        if served.base_path != self.model.base_path:
            return False
        pinned = served.version in self.model.policy.choice.pin
        return pinned or _is_held(served, self.naming_held)

    def _wait_for(self, missing: Iterable[int]) -> None:
        for number in missing:
            problem = (
                f"pinned, but no index proves version {number} "
                f"{self.model.policy.because('versions')}"
            )
            self.held.append(
                Held(
                    index="",
                    code=Code.WAITING,
                    problems=(problem,),
                    base_path=self.model.base_path,
                    model=self.model.name,
                    version=number,
                )
            )

    def _labels(self, chosen: tuple[int, ...], candidates: Mapping[int, Version]) -> Labels:
        """Resolve the labels; if one dangles, all stay as they are, with their versions."""
        labels, problems = resolve_labels(self.model.policy.labels, chosen)
        if not problems:
            return labels
        self.held.append(
            Held(
                index="",
                code=Code.WAITING,
                problems=tuple(f"{p} {self.model.policy.because('labels')}" for p in problems),
                base_path=self.model.base_path,
                model=self.model.name,
            )
        )
        served = self.served.labels if self.served else ()
        return tuple((label, version) for label, version in served if version in candidates)


def _stranded(
    applied: Lock, naming: Naming, held: Iterable[Held], wanted: Mapping[str, ServedModel]
) -> list[ServedModel]:
    """Return the served models that would go only because their name, old or new, is held."""
    taken = {model.base_path for model in wanted.values()}
    waiting = {
        model.base_path: {version.version for version in model.versions}
        for model in naming.models
        if model.base_path not in taken
    }

    def waits(before: ServedModel) -> bool:
        if before.base_path in naming.nameless:
            return True
        proven = waiting.get(before.base_path)
        return proven is not None and any(
            version.version in proven or _is_held(version, held) for version in before.versions
        )

    return [
        before
        for before in applied.models
        if before.name in naming.colliding or (before.name not in wanted and waits(before))
    ]


def _is_held(version: Version, held: Iterable[Held]) -> bool:
    """Whether a hold is of *version*: of its index as a whole, or of its number."""
    return any(
        hold.index == version.index.key
        if hold.version is None
        else (hold.base_path, hold.version) == (version.base_path, version.version)
        for hold in held
    )


def _why(model: Model, chosen: tuple[int, ...], candidates: dict[int, Version]) -> str:
    choice = model.policy.choice
    if choice.every:
        rule = "all versions"
    elif choice.pin:
        rule = f"pin {', '.join(map(str, choice.pin))}"
    else:
        rule = f"latest {choice.latest}"
    return (
        f"{rule} of {len(candidates)} proven {model.policy.because('versions')}: "
        f"{', '.join(map(str, chosen))}"
    )


def _changes(
    applied: Lock,
    models: tuple[ServedModel, ...],
    reasons: dict[str, tuple[str, ...]],
    excluded: Mapping[str, str],
) -> tuple[Change, ...]:
    before, after = applied.by_name, {model.name: model for model in models}
    changes = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old is new or (old is not None and new is not None and old.state == new.state):
            continue
        gone = excluded.get(name, "its index was deleted, or no rule matches it")
        changes.append(Change(name, old, new, reasons.get(name, ()) if new else (gone,)))
    return tuple(changes)


def _kept(old: ServedModel | None, new: ServedModel, served: dict[str, ServedModel]) -> ServedModel:
    """Keep the lock's own lines for a model that serves the same: no change, no commit."""
    if old is not None and old.state == new.state:
        return served[new.name]
    return new


def _held(version: Version, name: str, code: Code, problem: str) -> Held:
    return Held(
        index=version.index.key,
        code=code,
        problems=(problem,),
        base_path=version.base_path,
        model=name,
        version=version.version,
    )
