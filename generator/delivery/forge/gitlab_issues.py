"""Issues on GitLab, on python-gitlab's client."""

from collections.abc import Iterator
from functools import cached_property
from http import HTTPStatus
from itertools import count

from generator.delivery.editors import Editors
from generator.delivery.forge.access import Access, Refusal
from generator.delivery.forge.gitlab import (
    FAILURES,
    Project,
    ProjectIssue,
    open_client,
    project_of,
    refusal,
)
from generator.delivery.issue import Issue

_PAGE = 50

_NOTES = 200
"""The newest notes that are looked through for edits of the text."""

_EDITED = ("changed the description", "marked the checklist item", "marked the task")
"""The beginning of a note of GitLab's own that tells of an edit of the text."""

_DEVELOPER = 30
"""The access level from which on one may write the repository; a Reporter may edit issues."""


class GitLabIssues:
    """An IssueClient on GitLab's REST API."""

    failures = FAILURES

    def __init__(self, access: Access) -> None:
        self._access = access
        self._client = open_client(access, _PAGE)

    def refusal(self, error: Exception) -> Refusal:
        """Return why a request failed."""
        return refusal(error)

    def written(self) -> Iterator[list[Issue]]:
        """Yield the issues that who asks has written by page, the newest change first."""
        for page in count(1):
            found = self._project.issues.list(
                author_id=self._user, order_by="updated_at", sort="desc", page=page, get_all=False
            )
            yield [self._issue(one) for one in found]
            if len(found) < _PAGE:
                return

    def read(self, number: int) -> Issue:
        """Return one issue."""
        return self._issue(self._project.issues.get(number))

    def open(self, title: str, body: str) -> Issue:
        """Open an issue."""
        made = self._project.issues.create({"title": title, "description": body})
        return self._issue(made)

    def update(self, issue: Issue, body: str) -> Issue:
        """Give *issue* another text, and open it again where it is closed."""
        found = self._project.issues.get(issue.number, lazy=True)
        found.description = body
        if not issue.is_open:
            found.state_event = "reopen"
        found.save()
        return self._issue(found)

    def close(self, issue: Issue) -> None:
        """Close *issue*."""
        found = self._project.issues.get(issue.number, lazy=True)
        found.state_event = "close"
        found.save()

    def comment(self, issue: Issue, text: str) -> None:
        """Write a comment on *issue*."""
        self._project.issues.get(issue.number, lazy=True).notes.create({"body": text})

    def editors(self, issue: Issue) -> Editors:
        """Return who edited the text of *issue* since who asks wrote it last."""
        notes = self._project.issues.get(issue.number, lazy=True).notes
        newest = notes.list(order_by="created_at", sort="desc", iterator=True)
        since: dict[str, int] = {}
        unknown: list[str | None] = []
        for seen, note in enumerate(newest):
            if seen == _NOTES:
                unknown = [None]  # somebody may have edited it before all that
                break
            if not (note.system and note.body.startswith(_EDITED)):
                continue
            if note.author["id"] == self._user:
                break
            since[note.author["username"]] = note.author["id"]
        return Editors.judged([*since, *unknown], lambda name: self._may_write(since[name]))

    def are_on(self) -> bool | None:
        """Return whether the project has issues; None where it does not tell."""
        told = self._project.attributes.get("issues_access_level")
        return None if told is None else told != "disabled"

    def _may_write(self, user: int) -> bool:
        try:
            return int(self._project.members_all.get(user).access_level) >= _DEVELOPER
        except FAILURES as error:
            if refusal(error).status == HTTPStatus.NOT_FOUND:
                return False  # no member: its author, or who was assigned, may edit it too
            raise

    @cached_property
    def _project(self) -> Project:
        return project_of(self._client, self._access)

    @cached_property
    def _user(self) -> int:
        """The number of whose token asks."""
        return int(self._client.http_get("/user")["id"])  # type: ignore[index]

    def _issue(self, found: ProjectIssue) -> Issue:
        root = f"{self._access.address.api_url}/projects/{self._project.encoded_id}"
        return Issue(
            number=found.iid,
            url=found.web_url,
            api_url=f"{root}/issues/{found.iid}",
            title=found.title,
            body=(found.description or "").replace("\r\n", "\n"),
            is_open=found.state == "opened",
        )
