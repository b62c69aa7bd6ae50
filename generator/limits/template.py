"""Limits of templates, which whoever may open a pull request can propose."""

from generator.limits.limit import KIB, MIB, Limit

TEMPLATE_BYTES = Limit(
    48 * KIB,
    "bytes",
    "a template",
    reason="eight times the longest of ours; one of short lists takes 4,000 times its bytes",
    told="exit 3",
)
TEMPLATE_TURNS = Limit(
    1_000_000,
    "turns of loops, calls and inclusions",
    "what one rendering does",
    reason="a plan of 10,000 models takes some 100,000; loops in loops have no end",
    told="exit 3",
)
TEMPLATE_CHARACTERS = Limit(
    32 * MIB,
    "characters",
    "what one rendering makes, also of what it does not print",
    reason="ten times the largest commit message; `'a' * 10**10` would fill the memory",
    told="exit 3",
)
TEMPLATE_ARGUMENT = Limit(
    10_000,
    "times",
    "what a filter repeats, such as the width of `center`",
    reason="no line of a file is longer",
    told="exit 3",
)
TEMPLATE_BITS = Limit(
    4096,
    "bits",
    "a number that a template computes",
    reason="that is some 1,200 digits; powers of powers would compute for days",
    told="exit 3",
)
