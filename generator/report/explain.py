"""The reasons for which each version of a model is served, or is not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from generator.catalog.catalog import Catalog
from generator.catalog.hold import Held
from generator.environment.environment import Environment
from generator.environment.matching import RuleIndex
from generator.environment.policy import ModelPolicy, policy_for
from generator.errors import InvalidInputError
from generator.lock.lock import Lock
from generator.plan.naming import name_all
from generator.plan.plan import Deferred, Plan
from generator.report.words import waits_for
from generator.text import phrases
from generator.text.phrases import command, did_you_mean, labels


class Fate(Struct, frozen=True):
    """One version: its state, and the reasons for it."""

    version: int
    is_served: bool
    """Git says now that it is served."""
    is_wanted: bool
    is_waiting: bool
    """It is held until a time that comes by itself."""
    reasons: tuple[str, ...]


class Explanation(Struct, frozen=True):
    """One model of one environment."""

    environment: str
    model: str
    base_paths: tuple[str, ...]
    """Empty where neither the store nor the lock knows such a model."""
    rules: tuple[str, ...]
    """Each key of the policy with the rule that decided it."""
    fates: tuple[Fate, ...]
    """Sorted by version, the newest first."""
    notes: tuple[str, ...]
    """Holds of the model as a whole, such as a label that dangles; of no model, why it is none."""

    @property
    def is_known(self) -> bool:
        """Whether there is such a model."""
        return bool(self.base_paths)


def refuse_unknown(told: Sequence[Explanation]) -> None:
    """Refuse a model that none of the environments knows of which it was *told*.

    Raises:
        InvalidInputError: With what each of them knows.
    """
    if told and not any(one.is_known for one in told):
        catalog = command("tfs-gitops", "catalog", *(one.environment for one in told))
        raise InvalidInputError(
            [f"{one.environment}: {note}" for one in told for note in one.notes],
            hint=f"{catalog} lists all models",
        )


def explain(
    environment: Environment, catalog: Catalog, applied: Lock, plan: Plan, model: str
) -> Explanation:
    """Return why each version of *model* is chosen or not, by the *plan* of the next step."""
    return Explainer(environment, catalog, applied, plan).of(model)


class Explainer:
    """The reasons of one plan, for one model after the other: what they share is sorted once."""

    def __init__(
        self, environment: Environment, catalog: Catalog, applied: Lock, plan: Plan
    ) -> None:
        self._environment, self._served = environment, applied.by_name
        self._rules = RuleIndex(environment.policy)
        self._planned = plan.lock.by_name
        self._later = {item.model: item for item in plan.deferred}
        self._holds: dict[str, list[Held]] = defaultdict(list)
        self._paths: dict[str, set[str]] = defaultdict(set)
        self._numbers: dict[str, set[int]] = defaultdict(set)
        named = name_all(environment.policy, catalog)
        for name, version in named.versions:
            self._paths[name].add(version.base_path)
            self._numbers[name].add(version.version)
        self._names = self._paths.keys() | self._served.keys()
        for hold in named.held:
            if hold.model and hold.base_path:
                self._paths[hold.model].add(hold.base_path)
        for hold in plan.held:
            if hold.model:
                self._holds[hold.model].append(hold)
                self._numbers[hold.model].update(() if hold.version is None else (hold.version,))
        for name, model in self._served.items():
            self._paths[name].add(model.base_path)
            self._numbers[name].update(model.numbers)

    def of(self, model: str) -> Explanation:
        """Return why each version of *model* is chosen or not."""
        environment, served = self._environment, self._served.get(model)
        paths = self._paths.get(model)
        if not paths:
            note = _unknown(environment, model, sorted(self._names))
            return Explanation(environment.name, model, (), (), (), (note,))
        policy = policy_for(self._rules, min(paths))
        holds, wanted = self._holds.get(model, ()), self._wanted(model)
        fates = (
            Fate(
                number,
                is_served=served is not None and number in served.numbers,
                is_wanted=number in wanted,
                is_waiting=any(it.due and it.version == number for it in holds),
                reasons=tuple(_reasons(holds, policy, number)),
            )
            for number in sorted(self._numbers.get(model, ()), reverse=True)
        )
        return Explanation(
            environment.name,
            model,
            tuple(sorted(paths)),
            tuple(_rules(policy)),
            tuple(fates),
            tuple(self._notes(model)),
        )

    def _wanted(self, model: str) -> Sequence[int]:
        """Return the versions of *model* that the policy wants in the end."""
        later, state = self._later.get(model), self._planned.get(model)
        return later.versions if later else state.numbers if state else ()

    def _notes(self, model: str) -> Iterator[str]:
        """Yield the holds of *model* as a whole, and what of it is deferred."""
        for hold in self._holds.get(model, ()):
            if hold.version is None:
                yield from (f"{hold.code}: {problem}" for problem in hold.problems)
        if later := self._later.get(model):
            yield f"later: {_deferred(later)}"


def _deferred(later: Deferred) -> str:
    placed = f" with labels {labels(later.labels)}" if later.labels else ""
    state = f"{phrases.numbers(later.versions)}{placed}"
    return f"{state or 'nothing'}, {waits_for(later)}"


def _rules(policy: ModelPolicy | None) -> Iterator[str]:
    if policy is None:
        yield "no rule matches: it is not served"
        return
    for key, place in sorted(policy.positions.items()):
        if key != "match":
            yield f"{key}{_value(policy, key)}: {place}"
    if "versions" not in policy.positions:
        yield f"versions: latest 1, the default ({policy.positions['match']})"


def _value(policy: ModelPolicy, key: str) -> str:
    if key == "versions":
        return f" {policy.choice}"
    if key == "labels":
        return f" {labels(sorted(policy.labels.items()))}"
    if key == "probe":
        return f" {policy.probe}"
    return ""


def _reasons(found: Iterable[Held], policy: ModelPolicy | None, number: int) -> Iterator[str]:
    holds = [hold for hold in found if hold.version == number]
    for hold in holds:
        yield from (f"{hold.code}: {problem}" for problem in hold.problems)
    if holds:
        return
    if policy is None:
        yield "no rule matches"
    elif policy.excluded:
        yield f"excluded {policy.because('exclude')}"
    elif policy.on_hold:
        yield f"the model is on hold {policy.because('hold')}"
    else:
        yield f"proven; the rule is {policy.choice} {policy.because('versions')}"


def _unknown(environment: Environment, model: str, known: list[str]) -> str:
    ask = did_you_mean(model, known)
    return f"no model {model!r} in {environment.source.url} or in the lock{ask}"
