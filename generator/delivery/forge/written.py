"""The issues that one author has written, looked through for those with a marker."""

from collections.abc import Iterable, Sequence

from generator.delivery.issue import Issue
from generator.limits.issues import ISSUES_SEEN


def with_marker(pages: Iterable[Sequence[Issue | None]], marker: str) -> tuple[Issue, ...]:
    """Return the issues whose text has *marker*, oldest first.

    Those that were changed last come first; it is read to the end of the first page that has
    one. None is a pull request, which forges list beside.

    Raises:
        ValueError: There may be some beyond those that are looked through, and none among them.
    """
    seen = 0
    for page in pages:
        found = [issue for issue in page if issue is not None and marker in issue.body]
        if found:
            return tuple(sorted(found, key=lambda issue: issue.number))
        seen += len(page)
        if seen > ISSUES_SEEN:
            raise ValueError(f"its author has written {ISSUES_SEEN.over}, and it is not among them")
    return ()
