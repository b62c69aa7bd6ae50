"""`docs/reference/limits.md`: every limit on input, printed from `generator/limits`."""

import re
from itertools import chain
from pathlib import Path

import pytest

from generator.catalog.hold import Code
from generator.limits.limit import KIB, MIB, Limit
from generator.limits.table import areas, limits

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/reference/limits.md"
HEAD = """# Limits

Everything that comes from outside has a bound. What is over it is refused before it costs memory
or time, and stops nothing else: an index is held, a file is an error with what was found and what
was expected. *Told* is how you hear of it: a [hold](holds.md), an [exit code](exit-codes.md), or
a warning of the plan. Limits are no options: a run does not depend on who starts it.
"""
EVERY = list(chain.from_iterable(map(limits, areas())))


def page():
    """Return the page as the modules have it."""
    lines = [HEAD]
    for area in areas():
        title = (area.__doc__ or "").split("\n")[0].removesuffix(".").removeprefix("Limits of ")
        lines += [f"## {title[:1].upper()}{title[1:]}", "", "| of | at most | why | told |"]
        lines += ["|---|---|---|---|"]
        lines += [f"| {it.what} | {it.shown} | {it.reason} | {it.told} |" for _, it in limits(area)]
        lines.append("")
    return "\n".join(lines)


def test_the_page_is_that_of_the_modules(request):
    """Whoever changes a limit changes the page with it."""
    if request.config.getoption("--update-golden"):
        PAGE.write_text(page(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize(("name", "limit"), EVERY, ids=[name for name, _ in EVERY])
def test_each_limit_says_why_and_is_told_and_is_used(name, limit):
    """A limit that nobody compares with is none, and a code that it is told by exists."""
    uses = re.compile(rf"\b{name}\b")
    modules = (ROOT / "generator").rglob("*.py")

    assert limit.reason
    assert any(
        uses.search(path.read_text(encoding="utf-8"))
        for path in modules
        if path.parent.name != "limits"
    )
    for code in re.findall(r"(?<!warning )`([a-z]+(?:-[a-z]+)+)`", limit.told):
        assert code in set(Code)


def test_a_limit_is_a_number_that_tells_what_is_wrong():
    """The limit itself is within; one more is told with both numbers."""
    limit = Limit(60_000, "rows", "an index", reason="r", told="t")

    assert limit.exceeded(60_000) == ""
    assert limit.exceeded(60_001) == "60,001 rows, expected at most 60,000"
    assert limit.over == "more than 60,000 rows"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(64 * MIB, "64 MiB"), (2 * KIB, "2 KiB"), (1023, "1,023 bytes"), (MIB + 1, "1,048,577 bytes")],
)
def test_bytes_are_shown_in_the_largest_unit_that_says_them_exactly(value, shown):
    """No rounding: a limit is exact."""
    assert Limit(value, "bytes", "a file", reason="r", told="t").shown == shown
