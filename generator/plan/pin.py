"""The versions and labels of one model, as a promotion, a rollback or a label asks for them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog.version_directory import default_name
from generator.environment.edit.rule_edit import OwnRule
from generator.environment.environment import Choice, Environment, LabelTarget, Rule
from generator.environment.glob import literal
from generator.environment.policy import ModelPolicy, policy_for
from generator.errors import InvalidInputError
from generator.text.phrases import did_you_mean

_GATES = frozenset({"minAge", "from"})


class ModelChoice(Struct, frozen=True):
    """The versions and labels that a policy is to choose for one model."""

    base_path: str
    pin: tuple[int, ...] | None
    """None leaves the versions to the rules as they are."""
    labels: Mapping[str, LabelTarget]
    keeps_gates: bool
    """Whether `minAge` and `from` of the model's own rule stay."""

    def is_met(self, rules: Sequence[Rule]) -> bool:
        """Whether *rules* choose this."""
        policy = self._policy(rules)
        if policy.excluded or policy.on_hold or dict(policy.labels) != dict(self.labels):
            return False
        if self.pin is None:
            return True
        choice = policy.choice
        if self.keeps_gates:
            choice = replace(choice, min_age=0, source=None)
        return choice == Choice(pin=self.pin)

    def of_own_rule(self, rules: Sequence[Rule]) -> OwnRule:
        """Return what the model's own rule is to say, so that *rules* choose this."""
        own = [rule for rule in rules if rule.match in self._names()]
        below = self._policy([rule for rule in rules if rule not in own[-1:]])
        keys = dict(self._added(rules).keys)
        if not self.labels and not below.labels and "labels" in keys:
            keys["labels"] = None
        if own and not below.excluded and "exclude" in keys:
            keys["exclude"] = None
        return replace(self._added(rules), keys=keys)

    def of_last_rule(self, rules: Sequence[Rule]) -> OwnRule:
        """Return what a rule is to say that comes after all *rules*."""
        return self._added(rules)

    def _added(self, rules: Sequence[Rule]) -> OwnRule:
        policy = self._policy(rules)
        keys: dict[str, Any] = {}
        if self.pin is not None:
            keys["versions"] = {"pin": list(self.pin)}
        if dict(policy.labels) != dict(self.labels):
            keys["labels"] = dict(self.labels)
        if policy.excluded:
            keys["exclude"] = False
        kept = _GATES if self.keeps_gates else frozenset()
        return OwnRule(literal(self.base_path), self._names(), keys, kept)

    def _names(self) -> frozenset[str]:
        return frozenset({literal(self.base_path), literal(default_name(self.base_path))})

    def _policy(self, rules: Iterable[Rule]) -> ModelPolicy:
        return policy_for(rules, self.base_path) or ModelPolicy(default_name(self.base_path))


def listed(numbers: Iterable[int]) -> str:
    """Return numbers as a person lists them: `1, 2 and 3`."""
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last


def unknown(problem: str, name: str, known: Iterable[str]) -> InvalidInputError:
    """Return the error that *name* is none of the *known* models, with what was meant perhaps."""
    ask = did_you_mean(name, known)
    return InvalidInputError(
        f"{problem}{ask}", hint=f"it serves {', '.join(sorted(known)) or 'nothing yet'}"
    )


def refuse_hold(environment: Environment, policy: ModelPolicy | None) -> None:
    """Refuse a model that is on hold.

    Raises:
        InvalidInputError: With the rule that holds it.
    """
    if policy is not None and policy.on_hold:
        raise InvalidInputError(
            f"{environment.name} keeps what it serves of {policy.name} {policy.because('hold')}",
            hint="take `hold: true` out of that rule first: a pin has no effect beside it",
        )
