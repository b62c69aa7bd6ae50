"""Issues on GitHub, on PyGithub's client."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from http import HTTPStatus
from itertools import count
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from generator.delivery.editors import Editors
from generator.delivery.forge.access import Access, Refusal
from generator.delivery.forge.github import (
    FAILURES,
    Repository,
    open_client,
    refusal,
    repository_of,
)
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
"""The permissions of those who may write; GitHub calls that of triage `read`."""


class GitHubIssues:
    """An IssueClient on GitHub's REST API; whose token asks, its GraphQL API tells."""

    failures = FAILURES

    def __init__(self, access: Access) -> None:
        self._access = access
        self._client = open_client(access, _PAGE)

    def refusal(self, error: Exception) -> Refusal:
        """Return why a request failed."""
        found = refusal(error)
        if found.status == HTTPStatus.GONE:
            return replace(found, reason=f"{found.reason} (are issues on, in its settings?)")
        return found

    def written(self) -> Iterator[list[Issue | None]]:
        """Yield the issues that who asks has written by page, the newest change first."""
        wanted = {"creator": self._login, "state": "all", "sort": "updated", "direction": "desc"}
        for page in count(1):
            query = {**wanted, "per_page": _PAGE, "page": page}
            found = self._asked("GET", "/issues", query=query)
            yield [None if "pull_request" in one else _issue(one) for one in found]
            if len(found) < _PAGE:
                return

    def read(self, number: int) -> Issue:
        """Return one issue."""
        return _issue(self._asked("GET", f"/issues/{number}"))

    def open(self, title: str, body: str) -> Issue:
        """Open an issue."""
        return _issue(self._asked("POST", "/issues", {"title": title, "body": body}))

    def update(self, issue: Issue, body: str) -> Issue:
        """Give *issue* another text, and open it again where it is closed."""
        wanted = {"body": body} | ({} if issue.is_open else {"state": "open"})
        return _issue(self._asked("PATCH", f"/issues/{issue.number}", wanted))

    def close(self, issue: Issue) -> None:
        """Close *issue*."""
        wanted = {"state": "closed", "state_reason": "not_planned"}
        self._asked("PATCH", f"/issues/{issue.number}", wanted)

    def comment(self, issue: Issue, text: str) -> None:
        """Write a comment on *issue*."""
        self._asked("POST", f"/issues/{issue.number}/comments", {"body": text})

    def editors(self, issue: Issue) -> Editors:
        """Return who edited the text of *issue* since who asks wrote it last."""
        repository = self._repository
        names = {"owner": repository.owner.login, "name": repository.name}
        variables = {**names, "number": issue.number}
        data = repository.requester.graphql_query(_EDITS, variables)[1]["data"]
        found = data["repository"]["issue"]
        return Editors.judged(_since_own(found), self._may_write)

    def are_on(self) -> bool | None:
        """Return whether the repository has issues."""
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
