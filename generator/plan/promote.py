"""A promotion: what to ask of one environment, so that it serves what another one serves."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from generator.catalog.catalog import Catalog
from generator.catalog.version_directory import default_name
from generator.environment.environment import Environment
from generator.environment.matching import matches
from generator.environment.policy import ModelPolicy, policy_for
from generator.errors import GeneratorError, InvalidInputError
from generator.lock.lock import Lock, ServedModel
from generator.plan.pin import ModelChoice, listed, refuse_hold, unknown
from generator.text import phrases

_MOST = 5
"""Environments that are named."""


class Promotion(Struct, frozen=True):
    """One version on its way from one environment to another."""

    asked: ModelChoice
    pinned: tuple[int, ...]
    """The versions that the pin names, sorted."""
    version: int
    notes: tuple[str, ...]
    """Notes for the operator, though nothing stands in the way."""


def promote(
    name: str,
    version: int | None,
    origin: tuple[Environment, Lock],
    target: tuple[Environment, Lock],
    *,
    replaces: bool,
    labels: Iterable[str] = (),
) -> Promotion:
    """Return what *target* is asked, to serve a version that *origin* serves; default: its newest.

    The version gets *labels*, beside those that the rules give already.

    Raises:
        InvalidInputError: *origin* does not serve it, or *target* cannot.
    """
    (here, origin_lock), (there, target_lock) = origin, target
    model = _served(here, origin_lock, name)
    if version is None:
        version = model.numbers[-1]
    if version not in model.numbers:
        raise InvalidInputError(
            f"{here.name} does not serve {name} {version}",
            hint=f"it serves {listed(model.numbers)}: only what is served can be promoted",
        )
    policy = policy_for(there.policy, model.base_path)
    _can_serve(there, target_lock, model, policy)
    named = dict(policy.labels) if policy else {}
    if replaces:
        stay: set[int] = set()
        named |= {label: version for label, aim in named.items() if isinstance(aim, int)}
    elif policy is not None and policy.choice.pin:
        stay = set(policy.choice.pin)
    else:
        now = [one for one in target_lock.models if one.base_path == model.base_path]
        stay = {number for one in now for number in one.numbers}
    named |= dict.fromkeys(labels, version)
    pinned = tuple(sorted({*stay, version}))
    asked = ModelChoice(model.base_path, pinned, named, keeps_gates=True)
    return Promotion(asked, pinned, version, tuple(_notes(here, there, model, policy, asked)))


def sources(environment: Environment) -> tuple[str, ...]:
    """Return the environments that rules take versions from, in the order of the rules."""
    found = (rule.versions.source for rule in environment.policy if rule.versions)
    return tuple(dict.fromkeys(source for source in found if source))


def origin_of(
    name: str, there: Environment, locks: Mapping[str, Lock], others: Iterable[str]
) -> str:
    """Return the environment that the last rule of a model with a `from` takes it from.

    *locks* are those of the `sources` of *there*: they tell where the model is. *others* are all
    environments beside it.

    Raises:
        InvalidInputError: No rule takes it from an environment that serves it.
    """
    for rule in reversed(there.policy):
        source = rule.versions.source if rule.versions else None
        model = locks[source].by_name.get(name) if source else None
        if source and model is not None and matches(rule, model.base_path):
            return source
    known = {model for lock in locks.values() for model in lock.by_name}
    ask = "" if name in known else phrases.did_you_mean(name, sorted(known))
    raise InvalidInputError(
        f"{there.name}: no rule takes {name!r} from an environment that serves it{ask}",
        hint=f"say which one does, with --from: {phrases.listed([*others], _MOST) or 'none yet'}",
    )


def absence(
    promotion: Promotion, here: Environment, there: Environment, found: Catalog | GeneratorError
) -> str:
    """Return what keeps a promoted version out of *there*, by its store; empty if it is proven.

    *found* is what the store proves, or why it cannot be asked.
    """
    path, version = promotion.asked.base_path, promotion.version
    apart = (here.source.url, here.source.endpoint) != (there.source.url, there.source.endpoint)
    reads = f"{here.name} reads {here.source.url}, and " if apart else ""
    reads += f"{there.name} reads {there.source.url}"
    waits = "the pin waits until one does"
    if isinstance(found, GeneratorError):
        return f"{reads}, which cannot be asked: {'; '.join(found.problems)}"
    there_now = sorted({one.version for one in found.versions if one.base_path == path})
    if version in there_now:
        return ""
    for hold in found.held:
        if (hold.base_path, hold.version) == (path, version):
            problem = "; ".join(hold.problems[:1])
            return f"{reads}, which has {path} {version}, but held: {hold.code}: {problem}"
    proves = f" (of {listed(there_now)} one does)" if there_now else ""
    return f"{reads}, where no index proves {path} {version}{proves}: {waits}"


def _served(environment: Environment, lock: Lock, name: str) -> ServedModel:
    if name in lock.by_name:
        return lock.by_name[name]
    raise unknown(f"{environment.name} serves no model {name!r}", name, lock.by_name)


def _can_serve(
    environment: Environment, lock: Lock, model: ServedModel, policy: ModelPolicy | None
) -> None:
    if policy is not None and policy.excluded:
        raise InvalidInputError(
            f"{environment.name} excludes {model.name} {policy.because('exclude')}",
            hint="take `exclude: true` out of that rule, or override it, then promote",
        )
    refuse_hold(environment, policy)
    name = policy.name if policy else default_name(model.base_path)
    other = lock.by_name.get(name)
    if other is not None and other.base_path != model.base_path:
        raise InvalidInputError(
            f"{environment.name} serves {other.base_path!r} as {name!r}, "
            f"so {model.base_path!r} cannot have that name",
            hint=f"set another `name:` in a rule with `match: {model.base_path}`, then promote",
        )


def _notes(
    here: Environment,
    there: Environment,
    model: ServedModel,
    policy: ModelPolicy | None,
    asked: ModelChoice,
) -> Iterator[str]:
    name = policy.name if policy else default_name(model.base_path)
    if name != model.name:
        yield (
            f"{there.name} will serve {model.base_path!r} as {name!r}, {here.name} serves it as "
            f"{model.name!r}: `name: {model.name}` in its rule makes them one"
        )
    gated = policy is not None and (policy.choice.min_age or policy.choice.source)
    own = {rule.position for rule in there.policy if rule.match in asked.of_own_rule(()).names}
    if policy is not None and gated and policy.positions["versions"] not in own:
        yield f"the pin goes before `{policy.choice}` and its gates {policy.because('versions')}"
