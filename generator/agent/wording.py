"""What changed between two configs, and what is wrong, each in one line. Pure."""

from collections.abc import Mapping

from generator.agent.decide.config import Config
from generator.serving.state import ModelState
from generator.text.phrases import labels, numbers, some

_SHOWN = 20
_NOTHING = ModelState(frozenset())


def change(before: Config, after: Config) -> str:
    """Return what a step does, as `a: versions 1 -> 1,2; b: labels stable=1 -> stable=2`."""
    lines = []
    for name in sorted(before.keys() | after.keys()):
        old, new = (
            config[name].state if name in config else _NOTHING for config in (before, after)
        )
        parts = [
            f"{what} {left or 'none'} -> {right or 'none'}"
            for what, left, right in (
                (
                    "versions",
                    numbers(old.versions, ","),
                    numbers(new.versions, ","),
                ),
                ("labels", labels(old.labels, ","), labels(new.labels, ",")),
            )
            if left != right
        ]
        if parts:
            lines.append(f"{name}: {', '.join(parts)}")
    return "; ".join(some(lines, _SHOWN, "models"))


def all_of(problems: Mapping[str, str], *places: str) -> str:
    """Return the problems of some *places*, or of all."""
    return "; ".join(
        f"{place}: {problem}"
        for place, problem in sorted(problems.items())
        if not places or place in places
    )
