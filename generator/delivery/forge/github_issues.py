"""Issues on GitHub, on PyGithub's client."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial
from http import HTTPStatus
from itertools import count
from typing import Any
from urllib.parse import quote

from generator.delivery.editors import Editors
from generator.delivery.forge.access import Access, Refusal
from generator.delivery.forge.github import (
    FAILURES,
    Repository,
    open_client,
    refusal,
    repository_of,
)
from generator.delivery.forge.written import ODD, with_marker
from generator.delivery.issue import Issue

_PAGE = 50
"""Issues of one answer; each may have 64 KiB of text."""

_VIEWER = "query { viewer { login } }"

_EDITS = """
query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    issue(number: $number) {
      author { __typename login }
      userContentEdits(first: 100) {
        pageInfo { hasNextPage }
        nodes { editedAt editor { __typename login } }
      }
    }
  }
}
"""

_WRITERS = frozenset({"admin", "write"})
"""What a person's permission is called who may write; GitHub calls that of triage `read`."""


class GitHubIssues:
    """Issues on GitHub's REST API; whose token asks, its GraphQL API tells."""

    def __init__(self, access: Access) -> None:
        self._errors_of = partial(access.errors_of, (*FAILURES, *ODD), _refusal)
        self._access = access
        self._client = open_client(access, _PAGE)

    def own(self, marker: str) -> tuple[Issue, ...]:
        """Return the issues by who asks whose text has *marker*, in any state, oldest first."""
        with self._errors_of("the issues cannot be read"):
            return with_marker(self._written(), marker)

    def read(self, number: int) -> Issue:
        """Return one issue."""
        with self._errors_of(f"issue #{number} cannot be read"):
            return _issue(self._asked("GET", f"/issues/{number}"))

    def open(self, title: str, body: str) -> Issue:
        """Open an issue."""
        with self._errors_of("the issue cannot be opened"):
            return _issue(self._asked("POST", "/issues", {"title": title, "body": body}))

    def update(self, issue: Issue, body: str) -> Issue:
        """Give *issue* another text, and open it again where it is closed."""
        wanted = {"body": body} | ({} if issue.is_open else {"state": "open"})
        with self._errors_of(f"issue #{issue.number} cannot be changed"):
            return _issue(self._asked("PATCH", f"/issues/{issue.number}", wanted))

    def close(self, issue: Issue, comment: str) -> None:
        """Close *issue*, and say why."""
        with self._errors_of(f"issue #{issue.number} is not closed with a comment"):
            wanted = {"state": "closed", "state_reason": "not_planned"}
            self._asked("PATCH", f"/issues/{issue.number}", wanted)
        self.comment(issue, comment)

    def comment(self, issue: Issue, text: str) -> None:
        """Write a comment on *issue*."""
        with self._errors_of(f"issue #{issue.number} takes no comment"):
            self._asked("POST", f"/issues/{issue.number}/comments", {"body": text})

    def editors(self, issue: Issue) -> Editors:
        """Return who edited the text of *issue* since who asks wrote it last."""
        with self._errors_of(f"the edits of issue #{issue.number} cannot be read"):
            repository = self._repository
            names = {"owner": repository.owner.login, "name": repository.name}
            variables = {**names, "number": issue.number}
            data = repository.requester.graphql_query(_EDITS, variables)[1]["data"]
            found = data["repository"]["issue"]
            return Editors.judged(_since_own(found), self._may_write)

    def are_on(self) -> bool | None:
        """Return whether the repository has issues."""
        with self._errors_of("the repository cannot be read"):
            return bool(self._repository.has_issues)

    def _may_write(self, login: str) -> bool:
        told = self._asked("GET", f"/collaborators/{quote(login, safe='')}/permission")
        return told["permission"] in _WRITERS

    @cached_property
    def _repository(self) -> Repository:
        return repository_of(self._client, self._access)

    @cached_property
    def _login(self) -> str:
        """The name of whose token asks; REST tells it to persons alone, and not to apps."""
        found = self._repository.requester.graphql_query(_VIEWER, {})[1]
        return str(found["data"]["viewer"]["login"])

    def _written(self) -> Iterator[list[Issue | None]]:
        """Yield the issues that who asks has written by page, the newest change first."""
        wanted = {"creator": self._login, "state": "all", "sort": "updated", "direction": "desc"}
        for page in count(1):
            query = {**wanted, "per_page": _PAGE, "page": page}
            found = self._asked("GET", "/issues", query=query)
            yield [None if "pull_request" in one else _issue(one) for one in found]
            if len(found) < _PAGE:
                return

    def _asked(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  as GitHub has it
        """Return the content of an answer."""
        repository = self._repository
        given = None if query is None else dict(query)
        url = f"{repository.url}{path}"
        return repository.requester.requestJsonAndCheck(method, url, given, input=body)[1]


def _since_own(found: Mapping[str, Any]) -> Iterator[str | None]:
    """Yield who edited an issue at or after the last edit by its author, who asks; None if unknown.

    Apps are unknown: nobody can ask what one may do for whom.
    """
    edits = found["userContentEdits"]
    own = [it["editedAt"] for it in edits["nodes"] if it["editor"] == found["author"]]
    if not own and edits["pageInfo"]["hasNextPage"]:
        yield None
    for edit in edits["nodes"]:
        editor = edit["editor"]
        if editor != found["author"] and edit["editedAt"] >= max(own, default=""):
            is_person = editor is not None and editor["__typename"] == "User"
            yield editor["login"] if is_person else None


def _issue(found: Mapping[str, Any]) -> Issue:
    return Issue(
        number=found["number"],
        url=found["html_url"],
        api_url=found["url"],
        title=found["title"],
        body=(found["body"] or "").replace("\r\n", "\n"),
        is_open=found["state"] == "open",
    )


def _refusal(error: Exception) -> Refusal:
    found = refusal(error)
    if found.status == HTTPStatus.GONE:
        return replace(found, reason=f"{found.reason} (are issues on, in its settings?)")
    return found
