"""A stand-in for GitLab's API.

It is written from GitLab's documentation and has the calls that generator/delivery/forge/gitlab.py
makes, with the answers and refusals that matter to it. It knows no permissions but one, no
approvals and no pipelines beyond "there is one" and "not yet", and one project.
"""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.servers import gitlab_issues
from tests.servers.forge import CREATED, Forge, Pull, Reply, Request
from tests.servers.forge_http import RefusedError, Route, routed, serve, unless_unchanged
from tests.servers.gitlab_rules import GitLabRules
from tests.servers.origin import Origin

_COMMITS = "/api/v4/projects/1/repository/commits"
_STATES = {"open": "opened", "closed": "closed", "merged": "merged"}


@dataclass(slots=True)
class GitLab(Forge):
    """The state of one project on GitLab."""

    most_reviewers: int = 100
    """One, without a licence for more."""
    outsiders: frozenset[str] = frozenset()
    """Users who may not see the project: asking them does nothing."""
    no_labels: frozenset[str] = frozenset()
    """Labels that the token may not make."""
    not_ready: int = 0
    """How many more times the merge of a new merge request is not allowed yet."""
    moved: str | None = None
    """An earlier path, from which the project was moved."""
    push_ends_automatic: bool = True

    @property
    def api_url(self) -> str:
        """What `apiUrl` is to be."""
        return f"{self.url}/api/v4"


@contextmanager
def gitlab(origin: Origin, tls: ssl.SSLContext | None = None) -> Iterator[GitLab]:
    """Run the stand-in over *origin*, for as long as the context."""
    state = GitLab(origin)
    with serve(state, lambda request: _answer(state, request), GitLabRules(), tls) as url:
        state.url = url
        yield state


def _answer(state: GitLab, request: Request) -> Reply:
    given = (request.headers.get("Authorization"), request.headers.get("PRIVATE-TOKEN"))
    if given not in ((f"Bearer {state.token}", None), (None, state.token)):
        return Reply(401, {"message": "401 Unauthorized"})
    try:
        return _route(state, request)
    except RefusedError as error:
        status, message = error.args
        return Reply(status, {"message": message})


def _route(state: GitLab, request: Request) -> Reply:
    path = request.path
    if path.startswith("/api/v4/user") and request.method == "GET":
        return _users(state, request)
    if re.match(r"/api/v4/projects/1/(issues|members)", path):
        return gitlab_issues.answer(state, request)
    name = unquote(path).removeprefix("/api/v4/projects/")
    if name == state.moved:
        return Reply(301, {}, {"Location": f"{state.api_url}/projects/1"})
    if name in (state.project, "1"):
        level = {"access_level": 30 if state.may_write else 20}
        rights = {"project_access": level, "group_access": None}
        found = {"id": 1, "path_with_namespace": state.project, "permissions": rights}
        level = "enabled" if state.has_issues else "disabled"
        return Reply(200, found | {"issues_access_level": level})
    if path.startswith("/api/v4/projects/1/repository/"):
        return _of_repository(state, request)
    root = "/api/v4/projects/1/merge_requests"
    if not path.startswith(root):
        raise RefusedError(404, "404 Project Not Found")
    routes: list[Route] = [
        ("GET", "", lambda: _list(state, request)),
        ("POST", "", lambda: _create(state, request)),
        ("GET", r"/(\d+)", lambda: Reply(200, _merge_request(state, _found(state, path)))),
        ("PUT", r"/(\d+)", lambda: _edit(state, request)),
        ("PUT", r"/(\d+)/merge", lambda: _merge(state, request)),
        ("POST", r"/(\d+)/notes", lambda: _comment(state, request)),
    ]
    below = path.removeprefix(root)
    if (reply := routed(state, request, below, routes, "403 Forbidden")) is not None:
        return reply
    raise RefusedError(404, "404 Not Found")


def _of_repository(state: GitLab, request: Request) -> Reply:
    if request.path == "/api/v4/projects/1/repository/branches/main":
        return Reply(200, _branch(state))
    if found := re.fullmatch(rf"{_COMMITS}/([0-9a-f]{{40}})/statuses", request.path):
        return _statuses(state, found[1], request)
    raise RefusedError(404, "404 Not Found")


def _users(state: GitLab, request: Request) -> Reply:
    if request.path == "/api/v4/user":
        return Reply(200, {"id": gitlab_issues.ROBOT, "username": "robot"})
    found = [name for name in state.users if name == request.query["username"].lower()]
    return Reply(200, [_user(state, name) for name in found])


def _branch(state: GitLab) -> dict[str, Any]:
    """Return main, where only maintainers push if it is protected: the token is of none."""
    is_open = not state.protected
    return {
        "name": "main",
        "commit": {"id": state.tip("main")},
        "merged": False,
        "protected": state.protected,
        "default": True,
        "developers_can_push": False,
        "developers_can_merge": state.protected,
        "can_push": state.may_write and is_open,
        "web_url": f"{state.url}/{state.project}/-/tree/main",
    }


def _statuses(state: GitLab, sha: str, request: Request) -> Reply:
    if sha not in state.origin.repo:
        raise RefusedError(404, "404 Commit Not Found")
    size = int(request.query.get("per_page", 20))
    rows = [
        {
            "id": number,
            "sha": sha,
            "ref": "main",
            "status": it.state,
            "name": it.context,
            "target_url": None,
            "description": it.description,
            "created_at": CREATED,
            "started_at": None,
            "finished_at": None,
            "allow_failure": False,
            "coverage": None,
            "author": _user(state, it.by),
        }
        for number, it in state.told(sha, newest=request.query.get("all") != "True")
    ]
    rows.sort(key=lambda row: row["id"], reverse=request.query.get("sort") == "desc")
    return Reply(200, rows[:size])


def _list(state: GitLab, request: Request) -> Reply:
    query = request.query
    found = [
        pull
        for pull in reversed(state.pulls)
        if query.get("state", "all") in ("all", _STATES[pull.state])
        and pull.head == query.get("source_branch", pull.head)
        and pull.base == query.get("target_branch", pull.base)
    ]
    if query.get("sort", "desc") == "asc":
        found.reverse()
    size, page = int(query.get("per_page", 20)), int(query.get("page", 1))
    more = len(found) > size * page
    headers = {
        "X-Page": str(page),
        "X-Per-Page": str(size),
        "X-Next-Page": str(page + 1) if more else "",
        "X-Total": str(len(found)),
        "X-Total-Pages": str(-(-len(found) // size)),
    }
    if more:
        rest = "&".join(f"{key}={value}" for key, value in query.items() if key != "page")
        url = f"{state.pages or state.url}{request.path}?{rest}&page={page + 1}"
        headers["Link"] = f'<{url}>; rel="next"'
    shown = found[size * (page - 1) : size * page]
    reply = Reply(200, [_merge_request(state, pull) for pull in shown], headers)
    return unless_unchanged(request, reply)


def _create(state: GitLab, request: Request) -> Reply:
    body = request.body
    head, base = body["source_branch"], body["target_branch"]
    for side, branch in (("source_branch", head), ("target_branch", base)):
        if state.tip(branch) is None:
            raise RefusedError(422, {side: ["does not exist"]})
    for pull in state.pulls:
        if (pull.state, pull.head, pull.base, pull.fork) == ("open", head, base, None):
            problem = (
                f"Another open merge request already exists for this source branch: !{pull.number}"
            )
            raise RefusedError(409, [problem])
    description = body.get("description", "")
    pull = Pull(state.number, body["title"], description, head, base, state.tip(head) or "")
    state.pulls.append(pull)
    _set(state, pull, body)
    return Reply(201, _merge_request(state, pull))


def _edit(state: GitLab, request: Request) -> Reply:
    pull = _found(state, request.path)
    _set(state, pull, request.body)
    return Reply(200, _merge_request(state, pull))


def _set(state: GitLab, pull: Pull, body: Any) -> None:
    """Set what *body* has; labels and reviewers that cannot be are left out in silence."""
    pull.title = body.get("title", pull.title)
    pull.body = body.get("description", pull.body)
    if body.get("state_event") == "close":
        pull.state = "closed"
    if "labels" in body:
        pull.labels = _names(state, body["labels"])
    added = _names(state, body.get("add_labels", ""))
    pull.labels += [name for name in added if name not in pull.labels]
    if "reviewer_ids" in body:
        asked = [name for name, user in state.users.items() if user in body["reviewer_ids"]]
        asked = [name for name in asked if name not in state.outsiders]
        pull.reviewers = asked[: state.most_reviewers]


def _names(state: GitLab, text: str) -> list[str]:
    return [name for name in text.split(",") if name and name not in state.no_labels]


def _merge(state: GitLab, request: Request) -> Reply:
    pull, wanted = _found(state, request.path), {**request.query, **(request.body or {})}
    automatic = {
        str(wanted.get(key)).lower() for key in ("auto_merge", "merge_when_pipeline_succeeds")
    }
    if state.not_ready or "true" not in automatic:
        state.not_ready -= 1
        raise RefusedError(405, "405 Method Not Allowed")
    if wanted.get("sha", pull.sha) != pull.sha:
        raise RefusedError(409, "SHA does not match HEAD of source branch: the commit is not it")
    pull.automatic = "MERGE"
    return Reply(200, _merge_request(state, pull))


def _comment(state: GitLab, request: Request) -> Reply:
    _found(state, request.path).comments.append(request.body["body"])
    return Reply(201, {"id": 1, "body": request.body["body"]})


def _found(state: GitLab, path: str) -> Pull:
    number = int(re.findall(r"/merge_requests/(\d+)", path)[0])
    if not 0 < number < state.number:
        raise RefusedError(404, "404 Not found")
    return state.pull(number)


def _user(state: GitLab, name: str) -> dict[str, Any]:
    return {
        "id": state.users.get(name, 99),
        "username": name,
        "name": name.title(),
        "state": "active",
    }


def _merge_request(state: GitLab, pull: Pull) -> dict[str, Any]:
    return {
        "id": 1000 + pull.number,
        "iid": pull.number,
        "project_id": 1,
        "source_project_id": 2 if pull.fork else 1,
        "target_project_id": 1,
        "title": pull.title,
        "description": pull.body or None,
        "state": _STATES[pull.state],
        "source_branch": pull.head,
        "target_branch": pull.base,
        "sha": pull.sha,
        "labels": sorted(pull.labels),
        "reviewers": [_user(state, name) for name in pull.reviewers],
        "created_at": CREATED,
        "merged_at": CREATED if pull.state == "merged" else None,
        "merge_when_pipeline_succeeds": pull.automatic is not None,
        "web_url": f"{state.url}/{state.project}/-/merge_requests/{pull.number}",
    }
