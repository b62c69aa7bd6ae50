"""Rules that can never both hold, each sensible by itself."""

from collections.abc import Iterator, Mapping, Sequence

from generator.environment.environment import Choice, LabelTarget, Rule
from generator.environment.glob import Glob
from generator.environment.matching import RuleIndex
from generator.environment.policy import policy_for


def contradictions(rules: Sequence[Rule]) -> Iterator[tuple[int, str, str]]:
    """Yield the position of a rule, its key and what is wrong with it, beside those before it.

    Only rules for one model are compared: of a glob nobody knows which models it will match.
    """
    yield from _labels_that_dangle(rules)
    yield from _names_twice(rules)


def dangling(choice: Choice, labels: Mapping[str, LabelTarget]) -> Iterator[str]:
    """Yield the labels that *choice* can never give a version."""
    only_one = choice.latest == 1 or len(choice.pin) == 1
    for label, target in sorted(labels.items()):
        if choice.pin and isinstance(target, int) and target not in choice.pin:
            yield f"label {label!r} wants version {target}, which `pin` leaves out"
        if target == "previous" and only_one:
            yield f"label {label!r} wants the previous version, but one alone is chosen"


def _labels_that_dangle(rules: Sequence[Rule]) -> Iterator[tuple[int, str, str]]:
    order = {rule.position: number for number, rule in enumerate(rules)}
    index = RuleIndex(rules)
    for match in sorted({rule.match for rule in rules if Glob(rule.match).is_literal}):
        policy = policy_for(index, match)
        if policy is None or policy.excluded:
            continue
        places = [policy.positions.get(key) for key in ("versions", "labels")]
        if None in places or places[0] == places[1]:
            continue
        later = max((place for place in places if place), key=order.__getitem__)
        key = "versions" if later == places[0] else "labels"
        other = places[1] if key == "versions" else places[0]
        for problem in dangling(policy.choice, policy.labels):
            yield order[later], key, f"{match!r}: {problem} (with {other})"


def _names_twice(rules: Sequence[Rule]) -> Iterator[tuple[int, str, str]]:
    seen: dict[str, Rule] = {}
    for number, rule in enumerate(rules):
        if rule.name is None or not Glob(rule.match).is_literal:
            continue
        first = seen.setdefault(rule.name, rule)
        if first.match != rule.match:
            problem = (
                f"{rule.match!r} is named {rule.name!r}, as {first.match!r} is ({first.position})"
            )
            yield number, "name", problem
