"""The reasons for which each version of a model is served, or is not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generator.catalog.catalog import Catalog
from generator.environment.environment import Environment
from generator.environment.policy import ModelPolicy, policy_for
from generator.errors import InvalidInputError
from generator.lock.lock import Lock
from generator.plan.naming import name_all
from generator.plan.plan import Deferred, Plan
from generator.report.words import waits_for
from generator.text import phrases
from generator.text.phrases import command, did_you_mean, labels


@dataclass(frozen=True, slots=True)
class Fate:
    """One version: its state, and the reasons for it."""

    version: int
    is_served: bool
    """Git says now that it is served."""
    is_wanted: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
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
    named = name_all(environment.policy, catalog)
    served = applied.by_name.get(model)
    paths = {version.base_path for name, version in named.versions if name == model}
    paths |= {hold.base_path for hold in named.held if hold.model == model and hold.base_path}
    paths |= {served.base_path} if served else set()
    if not paths:
        known = {name for name, _ in named.versions} | applied.by_name.keys()
        note = _unknown(environment, model, sorted(known))
        return Explanation(environment.name, model, (), (), (), (note,))
    policy = policy_for(environment.policy, min(paths))
    numbers = {version.version for name, version in named.versions if name == model}
    numbers |= {
        hold.version for hold in plan.held if hold.model == model and hold.version is not None
    }
    numbers |= set(served.numbers) if served else set()
    wanted = _wanted(plan, model)
    fates = (
        Fate(
            number,
            is_served=served is not None and number in served.numbers,
            is_wanted=number in wanted,
            reasons=tuple(_reasons(plan, policy, model, number)),
        )
        for number in sorted(numbers, reverse=True)
    )
    return Explanation(
        environment.name,
        model,
        tuple(sorted(paths)),
        tuple(_rules(policy)),
        tuple(fates),
        tuple(_notes(plan, model)),
    )


def _wanted(plan: Plan, model: str) -> Sequence[int]:
    """Return the versions of a model that the policy wants in the end."""
    later = _later(plan, model)
    state = plan.lock.by_name.get(model)
    return later.versions if later else state.numbers if state else ()


def _notes(plan: Plan, model: str) -> Iterator[str]:
    """Yield the holds of a model as a whole, and what of it is deferred."""
    for hold in plan.held:
        if hold.model == model and hold.version is None:
            yield from (f"{hold.code}: {problem}" for problem in hold.problems)
    if later := _later(plan, model):
        yield f"later: {_deferred(later)}"


def _later(plan: Plan, model: str) -> Deferred | None:
    return next((item for item in plan.deferred if item.model == model), None)


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
    return ""


def _reasons(plan: Plan, policy: ModelPolicy | None, model: str, number: int) -> Iterator[str]:
    holds = [hold for hold in plan.held if (hold.model, hold.version) == (model, number)]
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
