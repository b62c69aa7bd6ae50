"""Limits of texts of others that a message shows."""

from generator.limits.limit import Limit

QUOTED_CHARACTERS = Limit(
    200,
    "characters",
    "a name or a value in a message",
    reason="a report is for people, and one name may have megabytes",
    told="cut off, with its length",
)
LINE_CHARACTERS = Limit(
    2000,
    "characters",
    "a line that another program wrote",
    reason="likewise; the longest lines of Git and kubectl have some hundreds",
    told="cut off",
)
OVERRIDE_CHARACTERS = Limit(
    200,
    "characters",
    "the reason of an override",
    reason="it is one line of a commit's message",
    told="exit 2",
)
ERROR_PROBLEMS = Limit(
    1000,
    "problems",
    "what one error tells",
    reason="a report is for people, and a file may have as many as keys",
    told="`and 119,000 problems more`",
)
