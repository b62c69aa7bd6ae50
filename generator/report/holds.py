"""Holds as lines for a terminal."""

from collections.abc import Iterator, Sequence

from generator.catalog.hold import Held
from generator.report.line import Line, Tone

_PROBLEMS = 10
"""The problems of one hold that are shown: they fit a screen."""


def held_lines(held: Sequence[Held], environment: str) -> Iterator[Line]:
    """Yield the holds of an *environment*, each with what was found and what to do."""
    if held:
        yield Line(f"held ({len(held)}):")
    for hold in held:
        source = f" [{hold.index}]" if hold.model and hold.index else ""
        yield Line(f"  ! {hold.subject}{source}: {hold.code}: {hold.code.meaning}", Tone.HELD)
        yield from (Line(f"      {problem}") for problem in hold.problems[:_PROBLEMS])
        if (rest := len(hold.problems) - _PROBLEMS) > 0:
            yield Line(f"      and {rest} more; --format json has them all")
        yield Line(f"      -> {hold.remedy_in(environment)}")
