"""The rules of the stand-in for GitLab: what python-gitlab knows of its API.

GitLab keeps an OpenAPI description in its own repository, and in no package that could be fetched
as GitHub's is. So the names that a request may have are those that python-gitlab lists for its
calls, which itself lets others pass, and those of `_LATER`. Held to nothing but GitLab's
documentation, as it was read when this was written: the types and the limits of what is sent,
the status of an answer, and what an answer has beside the id of each object.
"""

import inspect
import re
from collections.abc import Iterator

from gitlab.types import RequiredOptional
from gitlab.v4.objects import (
    ProjectIssueManager,
    ProjectIssueNoteManager,
    ProjectMergeRequest,
    ProjectMergeRequestManager,
    ProjectMergeRequestNoteManager,
    UserManager,
)

from tests.servers.forge import Reply, Request

_ROOT = "/api/v4"
_ONE = rf"{_ROOT}/projects/[^/]+"
_PAGES = ("page", "per_page")
# Documented by GitLab, and not listed by python-gitlab; `auto_merge` is of GitLab 17.11.
_LATER = ("add_labels", "remove_labels", "auto_merge", "sha")


def _list(names: tuple[str, ...]) -> RequiredOptional:
    return RequiredOptional(optional=(*names, *_PAGES))


_NOTHING = RequiredOptional()
_MERGE = tuple(inspect.signature(ProjectMergeRequest.merge).parameters)
_CALLS = {
    ("GET", rf"{_ROOT}/users"): _list(UserManager._list_filters),
    ("GET", _ONE): _NOTHING,
    ("GET", rf"{_ROOT}/user"): _NOTHING,
    ("GET", rf"{_ONE}/issues"): _list(ProjectIssueManager._list_filters),
    ("POST", rf"{_ONE}/issues"): ProjectIssueManager._create_attrs,
    ("GET", rf"{_ONE}/issues/\d+"): _NOTHING,
    ("PUT", rf"{_ONE}/issues/\d+"): ProjectIssueManager._update_attrs,
    ("GET", rf"{_ONE}/issues/\d+/notes"): _list(("order_by", "sort")),
    ("GET", rf"{_ONE}/members/all/\d+"): _NOTHING,
    ("POST", rf"{_ONE}/issues/\d+/notes"): ProjectIssueNoteManager._create_attrs,
    ("GET", rf"{_ONE}/repository/branches/[^/]+"): _NOTHING,
    ("GET", rf"{_ONE}/repository/commits/[0-9a-f]+/statuses"): _list(
        ("ref", "stage", "name", "all", "order_by", "sort")
    ),
    ("GET", rf"{_ONE}/merge_requests"): _list(ProjectMergeRequestManager._list_filters),
    ("POST", rf"{_ONE}/merge_requests"): ProjectMergeRequestManager._create_attrs,
    ("GET", rf"{_ONE}/merge_requests/\d+"): _NOTHING,
    ("PUT", rf"{_ONE}/merge_requests/\d+"): ProjectMergeRequestManager._update_attrs,
    ("PUT", rf"{_ONE}/merge_requests/\d+/merge"): RequiredOptional(optional=_MERGE),
    ("POST", rf"{_ONE}/merge_requests/\d+/notes"): ProjectMergeRequestNoteManager._create_attrs,
}


class GitLabRules:
    """Hold what is asked of a stand-in to the names that python-gitlab has."""

    def request(self, request: Request) -> Iterator[str]:
        """Yield the names that a request may not have, and those that it misses."""
        place, names = f"{request.method} {request.path}: ", _names(request)
        if names is None:
            yield f"{place}there is no such call"
            return
        given = {**request.query, **(request.body or {})}
        for name in names.required:
            if name not in given:
                yield f"{place}{name!r} is missing"
        later = _LATER if request.method == "PUT" else ()
        for name in given.keys() - {*names.required, *names.optional, *later}:
            yield f"{place}there is no {name!r}"

    def answer(self, request: Request, reply: Reply) -> Iterator[str]:
        """Yield what an answer misses: objects their id, refusals their message."""
        place = f"{request.method} {request.path}: the answer {reply.status}: "
        if reply.status >= 400:
            if not reply.body.get("message"):
                yield f"{place}'message' is missing"
        elif reply.status < 300:
            found = reply.body if isinstance(reply.body, list) else [reply.body]
            key = (
                "iid"
                if re.search(r"/(merge_requests|issues)(/\d+)?(/merge)?$", request.path)
                else "id"
            )
            if "/repository/branches/" in request.path:
                return  # a branch is known by its name
            for one in found:
                if not isinstance(one.get(key), int):
                    yield f"{place}{key!r} is no number: {one.get(key)!r}"


def _names(request: Request) -> RequiredOptional | None:
    for (method, pattern), names in _CALLS.items():
        if method == request.method and re.fullmatch(pattern, request.path):
            return names
    return None
