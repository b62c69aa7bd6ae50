"""The policy of one model: the rules of an environment that match it, merged.

Later rules override earlier ones, key by key, as in CODEOWNERS. Each key remembers
the rule that decided it, so that a plan can say why.
"""

from collections.abc import Collection, Iterable, Mapping
from operator import attrgetter

from msgspec import Struct, field

from generator.catalog.version_directory import default_name
from generator.environment.environment import Choice, LabelTarget, NamedProbe, Require, Rule
from generator.environment.matching import RuleIndex

DEFAULT_CHOICE = Choice(latest=1)
"""The choice of a model whose rules do not say `versions`; also a server's own default."""

_CHOICE = attrgetter(*Choice.__match_args__)
_REQUIRE = attrgetter("warmup", "signatures", "max_bytes")
"""The keys that are digested whether they are set or not; of younger ones, those that are."""


class ModelPolicy(Struct, frozen=True):
    """All rules that match one base path, merged."""

    name: str
    choice: Choice = DEFAULT_CHOICE
    labels: Mapping[str, LabelTarget] = field(default_factory=dict)
    excluded: bool = False
    require: Require = field(default_factory=Require)
    on_hold: bool = False
    """Keep exactly what is served now."""
    probe: NamedProbe | None = None
    """The probe of all versions; None leaves it to each of them."""
    positions: Mapping[str, str] = field(default_factory=dict)
    """The rule that decided, by key: `versions` -> `environments/prod.yaml:31`."""

    @property
    def canonical(self) -> list[object]:
        """The part of the policy that goes into the digest of a model's inputs: not its place."""
        choice, require = _CHOICE(self.choice), [*_REQUIRE(self.require)]
        require += ["probe"] if self.require.probe else []
        flags = [self.excluded, self.on_hold]
        probe = [self.probe.value.name] if self.probe else []
        return [self.name, choice, sorted(self.labels.items()), flags, require, *probe]

    def because(self, key: str) -> str:
        """Return the place of the rule that decided *key*, in brackets."""
        return f"({self.positions.get(key, self.positions['match'])})"


def policy_for(rules: RuleIndex | Iterable[Rule], base_path: str) -> ModelPolicy | None:
    """Return the merged rules for the model at *base_path*, or None if no rule matches.

    For many base paths, an index of the rules is made once.
    """
    index = rules if isinstance(rules, RuleIndex) else RuleIndex(rules)
    found = index.deciding(base_path)
    return merged(found, base_path) if found else None


def merged(rules: Iterable[Rule], base_path: str) -> ModelPolicy | None:
    """Return the policy of *rules* that all match *base_path*, in their order; None of none."""
    keys: dict[str, object] = {}
    positions: dict[str, str] = {}
    for rule in rules:
        positions["match"] = rule.position
        for key in rule.keys:
            keys[key], positions[key] = getattr(rule, key), rule.position
    if not positions:
        return None
    return ModelPolicy(
        name=keys.get("name", default_name(base_path)),  # type: ignore[arg-type]
        choice=keys.get("versions", DEFAULT_CHOICE),  # type: ignore[arg-type]
        labels=keys.get("labels", {}),  # type: ignore[arg-type]
        excluded=bool(keys.get("exclude", False)),
        on_hold=bool(keys.get("hold", False)),
        require=keys.get("require", Require()),  # type: ignore[arg-type]
        probe=keys.get("probe"),  # type: ignore[arg-type]
        positions=positions,
    )


def choose(choice: Choice, candidates: Collection[int]) -> tuple[int, ...]:
    """Return the versions among *candidates* that *choice* wants, sorted."""
    ordered = sorted(candidates)
    if choice.every:
        return tuple(ordered)
    if choice.pin:
        return tuple(version for version in ordered if version in choice.pin)
    return tuple(ordered[-(choice.latest or 1) :])


def resolve_labels(
    labels: Mapping[str, LabelTarget], chosen: tuple[int, ...]
) -> tuple[tuple[tuple[str, int], ...], tuple[str, ...]]:
    """Return the labels with their versions, sorted, and the problems of those that dangle.

    `latest` is the newest chosen version, `previous` the second newest.
    """
    resolved: list[tuple[str, int]] = []
    problems: list[str] = []
    for label, target in sorted(labels.items()):
        version = _target(target, chosen)
        if version is not None and version in chosen:
            resolved.append((label, version))
        else:
            versions = ", ".join(map(str, chosen)) or "none"
            problems.append(f"label {label!r} wants version {target}; chosen versions: {versions}")
    return tuple(resolved), tuple(problems)


def _target(target: LabelTarget, chosen: tuple[int, ...]) -> int | None:
    if isinstance(target, int):
        return target
    position = {"latest": 1, "previous": 2}[target]
    return chosen[-position] if len(chosen) >= position else None
