"""The issues that one author has written, looked through for those with a marker."""

from collections.abc import Iterable

from generator.delivery.issue import Issue
from generator.limits.issues import ISSUES_SEEN


def with_marker(written: Iterable[Issue], marker: str) -> tuple[Issue, ...]:
    """Return the issues whose text has *marker*, oldest first.

    Raises:
        ValueError: There may be some beyond those that are looked through, and none among them.
    """
    found: list[Issue] = []
    for number, issue in enumerate(written, start=1):
        if marker in issue.body:
            found.append(issue)
        if number == ISSUES_SEEN and found:
            break
        if number > ISSUES_SEEN:
            raise ValueError(f"its author has written {ISSUES_SEEN.over}, and it is not among them")
    return tuple(sorted(found, key=lambda issue: issue.number))
