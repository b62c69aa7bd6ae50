"""One issue for each environment, kept up to date in place.

It is told apart by a marker in its text and by its author. Two syncs that meet may both open one:
then the older is kept, and each of them closes the other.
"""

from urllib.parse import quote

from msgspec import Struct

from generator.delivery.issue import Issue
from generator.delivery.issue_ports import Issues
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment
from generator.errors import PublishError

_LATER = "the next sync writes it"


class Kept(Struct, frozen=True):
    """An issue after a sync, and what people should know of it."""

    issue: Issue
    notices: tuple[str, ...] = ()


class Text(Struct, frozen=True):
    """The text that an issue is to have."""

    title: str
    """The one that it is opened with."""
    body: str
    marker: str
    """The comment in the body by which it is found."""


def marker_of(environment: Environment) -> str:
    """Return the marker of the issue of *environment*: a comment that readers do not see.

    Projects that deliver to other folders, or other branches, of the repository have issues of
    their own: what is ticked for one is not for another.
    """
    delivery = environment.delivery
    where = quote(delivery.path.strip("/"), safe="/") or "/"
    if delivery.branch != Delivery().branch:
        where = f"{where} {quote(delivery.branch, safe='/')}"
    return f"<!-- tfs-gitops dashboard {environment.name} {where} -->"


def found(issues: Issues, marker: str) -> tuple[Issue | None, tuple[str, ...]]:
    """Return the issue with *marker*, the oldest of several, and notices; the others are closed.

    Raises:
        PublishError: The forge refuses, or does not answer.
    """
    own = issues.own(marker)
    notices = []
    for other in own[1:]:
        if other.is_open:
            issues.close(other, f"A duplicate of {own[0].url}, which is kept up to date.")
            notices.append(f"closed {other.url}: a duplicate of {own[0].url}")
    return (own[0] if own else None), tuple(notices)


def keep(issues: Issues, text: Text, before: Issue | None, answers: str = "") -> Kept:
    """Bring the issue to *text*, with *answers* in a comment; *before* is how it was found.

    One that says so is not written. Nor is one that somebody has edited since it was found: what
    was ticked there must not be lost, and is answered by who writes it. One that takes no comment
    is written all the same, or what was ticked would be obeyed for ever.

    Raises:
        PublishError: The forge refuses, or does not answer.
    """
    if before is None:
        return _opened(issues, text)
    now = issues.read(before.number)
    if now.body != before.body:
        return Kept(now, (f"{now.url} was edited meanwhile: {_LATER}",))
    notices = _answered(issues, now, answers) if answers else ()
    if now.says(text.body) and now.is_open:
        return Kept(now, notices)
    return Kept(issues.update(now, text.body), notices)


def _answered(issues: Issues, issue: Issue, answers: str) -> tuple[str, ...]:
    """Comment on *issue*; return why that is not taken, if so."""
    try:
        issues.comment(issue, answers)
    except PublishError as error:
        return tuple(f"no answer to what was ticked: {it}" for it in error.problems)
    return ()


def _opened(issues: Issues, text: Text) -> Kept:
    made = issues.open(text.title, text.body)
    kept, notices = found(issues, text.marker)
    opened = f"opened {made.url}"
    return Kept(kept or made, (opened, *notices))
