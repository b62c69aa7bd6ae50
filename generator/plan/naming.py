"""The models that an environment knows: the catalog's base paths under their served names."""

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog.catalog import Catalog, Version
from generator.catalog.hold import Code, Held
from generator.catalog.version_directory import default_name
from generator.catalog.warned import Warned
from generator.environment.environment import Rule
from generator.environment.matching import RuleIndex
from generator.environment.policy import ModelPolicy, policy_for
from generator.serving.state import SAFE_NAME

_SLIPS = 10
"""Rules that may be mistyped; where more of them match nothing, only case and hyphens are compared.

Each is compared with all names: 10,000 rules with 10,000 models would take half an hour.
"""


class Model(Struct, frozen=True):
    """A base path that the policy wants served, with its proven versions."""

    base_path: str
    policy: ModelPolicy
    versions: tuple[Version, ...]

    @property
    def name(self) -> str:
        """The name that clients ask for."""
        return self.policy.name

    def hold_all(self, code: Code, problem: str) -> list[Held]:
        """Return a hold of each version."""
        return [version.hold(code, problem, model=self.name) for version in self.versions]


class Naming(Struct, frozen=True, dict=True):
    """The catalog as one environment sees it."""

    models: tuple[Model, ...]
    held: tuple[Held, ...]
    """Those of the catalog that concern this environment, and those of naming."""
    colliding: frozenset[str]
    """Names that more than one base path claims."""
    nameless: frozenset[str]
    """Base paths whose name is unsafe or colliding."""
    excluded: Mapping[str, str]
    """The reasons why models are left out on purpose, by name."""
    unmatched: tuple[Rule, ...]
    """Rules for one model, without a wildcard, that match none."""
    policies: Mapping[str, ModelPolicy | None]
    """By every base path that the store or the lock knows; None where no rule matches it."""

    def alike(self, match: str) -> str | None:
        """Return what a rule may mean that matches nothing: a base path or a name like *match*."""
        known = self._paths if "/" in match else self._names
        if (folded := _folded(match)) in known:
            return known[folded]
        if len(self.unmatched) > _SLIPS:
            return None
        return next(iter(difflib.get_close_matches(match, sorted(known.values()), 1)), None)

    @cached_property
    def _paths(self) -> Mapping[str, str]:
        return _by_folded({*self.policies, *(model.name for model in self.models)})

    @cached_property
    def _names(self) -> Mapping[str, str]:
        names = {default_name(path) for path in self.policies}
        return _by_folded(names | {model.name for model in self.models})


def _by_folded(names: Iterable[str]) -> dict[str, str]:
    return {_folded(name): name for name in sorted(names, reverse=True)}


def _folded(name: str) -> str:
    """Return a name without what people mix up: case, hyphen and underscore."""
    return name.casefold().replace("_", "-")


def name_models(rules: Iterable[Rule], catalog: Catalog, served_paths: Iterable[str]) -> Naming:
    """Give each base path its policy and name, and hold what has no safe name.

    *served_paths* are the base paths that are served now: a model whose index cannot be
    read is known from there alone.
    """
    index, served, versions = RuleIndex(rules), set(served_paths), catalog.by_base_path
    paths = {*versions, *served} | {hold.base_path for hold in catalog.held if hold.base_path}
    everything = {path: policy_for(index, path) for path in sorted(paths)}
    policies, excluded = _served(everything)
    names = _claimants(policies, versions.keys() | served)
    models = [
        Model(path, policy, versions.get(path, ()))
        for path, policy in policies.items()
        if path in names[policy.name]
    ]
    unsafe = {path for path, policy in policies.items() if not SAFE_NAME.fullmatch(policy.name)}
    colliding = {name: paths for name, paths in names.items() if len(paths) > 1}
    nameless = frozenset(unsafe.union(*colliding.values()))
    known = [
        replace(hold, model=policies[hold.base_path].name) if hold.base_path else hold
        for hold in catalog.held
        if hold.base_path is None or hold.base_path in policies
    ]
    return Naming(
        models=tuple(model for model in models if model.base_path not in nameless),
        held=(*known, *_nameless(models, unsafe, colliding)),
        colliding=frozenset(colliding),
        nameless=nameless,
        excluded=excluded,
        policies=everything,
        unmatched=index.unmatched(paths),
    )


def _served(
    everything: Mapping[str, ModelPolicy | None],
) -> tuple[dict[str, ModelPolicy], dict[str, str]]:
    """Return the policy of each base path to serve, and why others are left out, by name."""
    policies: dict[str, ModelPolicy] = {}
    excluded: dict[str, str] = {}
    for path, policy in everything.items():
        if policy is not None and policy.excluded:
            excluded[policy.name] = f"excluded {policy.because('exclude')}"
        elif policy is not None:
            policies[path] = policy
    return policies, excluded


def _claimants(
    policies: Mapping[str, ModelPolicy], established: Collection[str]
) -> dict[str, list[str]]:
    """Return the base paths that claim each name.

    A path that is neither proven nor served, so not *established*, takes a free name only.
    """
    names: dict[str, list[str]] = defaultdict(list)
    for path, policy in policies.items():
        if path in established:
            names[policy.name].append(path)
    for path, policy in policies.items():
        names.setdefault(policy.name, [path])
    return names


def _nameless(
    models: Iterable[Model], unsafe: Collection[str], colliding: Mapping[str, list[str]]
) -> Iterator[Held]:
    """Yield a hold of each version whose model has no name to be served under."""
    for model in models:
        if model.base_path in unsafe:
            expected = "expected letters, digits, '.', '_' and '-', at most 253"
            problem = f"model name {model.name!r}: {expected}"
            yield from model.hold_all(Code.UNSAFE_NAME, problem)
        elif model.name in colliding:
            claimed = " and ".join(map(repr, colliding[model.name]))
            problem = f"{claimed} would both be served as {model.name!r}"
            yield from model.hold_all(Code.NAME_COLLISION, problem)


class Named(Struct, frozen=True):
    """A whole catalog under served names, whatever the policy leaves out."""

    versions: tuple[tuple[str, Version], ...]
    held: tuple[Held, ...]
    warnings: tuple[Warned, ...]


def name_all(rules: Iterable[Rule], catalog: Catalog) -> Named:
    """Return every version and hold of *catalog* with the name that it would be served under."""
    naming = name_models(rules, catalog, ())

    def name(base_path: str) -> str:
        policy = naming.policies[base_path]
        return policy.name if policy else default_name(base_path)

    withheld = {(hold.base_path, hold.version) for hold in naming.held}
    return Named(
        versions=tuple(
            (name(version.base_path), version)
            for version in catalog.versions
            if (version.base_path, version.version) not in withheld
        ),
        held=tuple(
            sorted(
                {
                    replace(hold, model=name(hold.base_path)) if hold.base_path else hold
                    for hold in (*catalog.held, *naming.held)
                },
                key=lambda hold: hold.order,
            )
        ),
        warnings=catalog.warnings,
    )
