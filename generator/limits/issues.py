"""Limits of dashboard issues."""

from generator.limits.limit import Limit

ISSUES_SEEN = Limit(
    500,
    "issues",
    "the issues of one author that are looked through for a dashboard",
    reason="a bot of many jobs writes some hundreds, each with up to 64 KiB of text",
    told="a notice: where none of those is the dashboard, none is opened",
)
