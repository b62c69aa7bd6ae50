"""Issues on GitLab, on python-gitlab's client."""

from collections.abc import Iterator
from functools import cached_property, partial
from typing import cast

from gitlab.v4.objects import Project, ProjectIssue

from generator.delivery.forge.access import Access
from generator.delivery.forge.gitlab_client import FAILURES, open_client, project_of, refusal
from generator.delivery.forge.written import with_marker
from generator.delivery.issue import Issue

_PAGE = 50


class GitLabIssues:
    """Issues on GitLab's REST API."""

    def __init__(self, access: Access) -> None:
        self._errors_of = partial(access.errors_of, FAILURES, refusal)
        self._access = access
        self._client = open_client(access, _PAGE)

    def own(self, marker: str) -> tuple[Issue, ...]:
        """Return the issues by who asks whose text has *marker*, in any state, oldest first."""
        with self._errors_of("the issues cannot be read"):
            return with_marker(map(self._issue, self._written()), marker)

    def read(self, number: int) -> Issue:
        """Return one issue."""
        with self._errors_of(f"issue #{number} cannot be read"):
            return self._issue(self._project.issues.get(number))

    def open(self, title: str, body: str) -> Issue:
        """Open an issue."""
        with self._errors_of("the issue cannot be opened"):
            made = self._project.issues.create({"title": title, "description": body})
            return self._issue(made)

    def update(self, issue: Issue, body: str) -> Issue:
        """Give *issue* another text, and open it again where it is closed."""
        with self._errors_of(f"issue #{issue.number} cannot be changed"):
            found = self._project.issues.get(issue.number, lazy=True)
            found.description = body
            if not issue.is_open:
                found.state_event = "reopen"
            found.save()
            return self._issue(found)

    def close(self, issue: Issue, comment: str) -> None:
        """Close *issue*, and say why."""
        with self._errors_of(f"issue #{issue.number} is not closed with a comment"):
            found = self._project.issues.get(issue.number, lazy=True)
            found.state_event = "close"
            found.save()
            found.notes.create({"body": comment})

    def are_on(self) -> bool | None:
        """Return whether the project has issues; None where it does not tell."""
        with self._errors_of("the project cannot be read"):
            told = self._project.attributes.get("issues_access_level")
            return None if told is None else told != "disabled"

    @cached_property
    def _project(self) -> Project:
        return project_of(self._client, self._access)

    @cached_property
    def _user(self) -> int:
        """The number of whose token asks."""
        return int(self._client.http_get("/user")["id"])  # type: ignore[index]

    def _written(self) -> Iterator[ProjectIssue]:
        """Yield the issues that who asks has written, those first that were changed last."""
        wanted = {"author_id": self._user, "order_by": "updated_at", "sort": "desc"}
        found = self._project.issues.list(**wanted, iterator=True)
        return cast("Iterator[ProjectIssue]", found)

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
