"""Limits of dashboard issues."""

from generator.limits.limit import Limit

ISSUES_SEEN = Limit(
    2500,
    "issues and pull requests",
    "those of one author that are looked through for a dashboard, before there is one",
    reason="a robot opens hundreds of pull requests, and each answer has fifty of them",
    told="a notice: where none of those is the dashboard, none is opened",
)
