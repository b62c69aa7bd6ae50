"""Plans of tests: a model m with three versions, moves from a to b, and what plans say."""

from generator.environment.environment import Choice
from generator.plan.plan import Plan
from tests.kit.strategies import environment, rule, served, version

NOTHING = served()
ONE, TWO, THREE = (version("m", number) for number in (1, 2, 3))
LATEST = environment(rule(versions=Choice(latest=1)))
MOVE = environment(rule("a", name="old"), rule("b", name="m"))
A1, B1, B2 = version("a", 1), version("b", 1), version("b", 2)


def numbers(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Return the versions that a plan leads to, by model."""
    return {item.name: item.numbers for item in plan.lock.models}


def labels(plan: Plan, name: str = "m") -> dict[str, int]:
    """Return the labels that a plan leads to."""
    return dict(plan.lock.by_name[name].labels)


def holds(plan: Plan) -> set[tuple[str, str | None, int | None]]:
    """Return the holds of a plan as code, model and version."""
    return {(hold.code.value, hold.model, hold.version) for hold in plan.held}
