"""A stand-in for GitHub's API, as an Enterprise server has it below /api.

It is written from GitHub's documentation, is held to GitHub's descriptions by github_rules.py,
and has the calls that generator/delivery/forge/github_pulls.py makes, with the answers and refusals
that matter to it. Faults that a test puts in, and redirects to another host, are held to
nothing. It knows no permissions but one, no checks, no draft, no merge queue, and one
repository. Labels are made as they are used.
"""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.servers import github_issues
from tests.servers.forge import Pull, Reply, Request
from tests.servers.forge_http import RefusedError, Route, routed, serve, unless_unchanged
from tests.servers.github_bodies import (
    branch,
    check_run,
    comment,
    label,
    pull_request,
    repository,
    short,
    status,
)
from tests.servers.github_rules import rules
from tests.servers.github_state import GitHub
from tests.servers.origin import Origin

_DOCUMENTATION = {"documentation_url": "https://docs.github.com/rest"}
_LONGEST_LABEL = 50


@contextmanager
def github(origin: Origin, tls: ssl.SSLContext | None = None) -> Iterator[GitHub]:
    """Run the stand-in over *origin*, for as long as the context."""
    state = GitHub(origin)
    with serve(state, lambda request: _answer(state, request), rules(state), tls) as url:
        state.url = url
        yield state


def _answer(state: GitHub, request: Request) -> Reply:
    limits = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4999"}
    if request.headers.get("Authorization") not in (
        f"token {state.token}",
        f"Bearer {state.token}",
    ):
        return Reply(401, {"message": "Bad credentials", **_DOCUMENTATION}, limits)
    try:
        reply = _route(state, request)
        scopes = {} if state.scopes is None else {"X-OAuth-Scopes": state.scopes}
        return replace(reply, headers={**reply.headers, **scopes})
    except RefusedError as error:
        status, message, *errors = error.args
        body = {"message": message, **_DOCUMENTATION}
        return Reply(status, body | ({"errors": errors} if errors else {}), limits)


def _route(state: GitHub, request: Request) -> Reply:
    root, path = f"/api/v3/repos/{state.project}", request.path
    if path == "/api/graphql":
        asked = github_issues.query(state, request.body)
        return Reply(200, _automatic(state, request.body) if asked is None else asked)
    if path in (f"/api/v3/repos/{state.moved}", "/api/v3/repositories/1"):
        if path.endswith("/1"):
            return Reply(200, repository(state))
        location = {"Location": f"{state.api_url}/repositories/1"}
        return Reply(301, {"message": "Moved Permanently"}, location)
    if not path.startswith(root):
        raise RefusedError(404, "Not Found")
    below = path.removeprefix(root)
    if (told := github_issues.answer(state, request, below)) is not None:
        return told
    routes: list[Route] = [
        ("GET", "", lambda: Reply(200, repository(state))),
        ("GET", "/branches/main", lambda: Reply(200, branch(state, "main"))),
        ("GET", "/rules/branches/main", lambda: _rules(state)),
        (
            "GET",
            r"/collaborators/[^/]+/permission",
            lambda: github_issues.permission(state, path.split("/")[-2]),
        ),
        ("GET", r"/commits/([0-9a-f]{40})/statuses", lambda: _statuses(state, request)),
        ("GET", r"/commits/([0-9a-f]{40})/check-runs", lambda: _checks(state, request)),
        ("GET", "/pulls", lambda: _list(state, request)),
        ("POST", "/pulls", lambda: _create(state, request)),
        ("GET", r"/pulls/(\d+)", lambda: Reply(200, pull_request(state, _found(state, path)))),
        ("PATCH", r"/pulls/(\d+)", lambda: _edit(state, request)),
        ("POST", r"/pulls/(\d+)/requested_reviewers", lambda: _ask(state, request)),
        ("POST", r"/issues/(\d+)/labels", lambda: _label(state, request)),
        ("POST", r"/issues/(\d+)/comments", lambda: _comment(state, request)),
    ]
    if (
        reply := routed(state, request, below, routes, "Resource not accessible by integration")
    ) is not None:
        return reply
    raise RefusedError(404, "Not Found")


def _rules(state: GitHub) -> Reply:
    if not state.has_rulesets:
        raise RefusedError(404, "Not Found")
    return Reply(200, [{"type": "pull_request"}] if state.protected else [])


def _commit(state: GitHub, request: Request) -> str:
    sha = request.path.split("/")[-2]
    if sha not in state.origin.repo:
        raise RefusedError(404, "Not Found")
    return sha


def _statuses(state: GitHub, request: Request) -> Reply:
    sha, size = _commit(state, request), int(request.query.get("per_page", 30))
    found = state.told(sha)[:size]
    return Reply(200, [status(state, sha, it, number) for number, it in found])


def _checks(state: GitHub, request: Request) -> Reply:
    sha, size = _commit(state, request), int(request.query.get("per_page", 30))
    if not state.shows_checks:
        raise RefusedError(403, "Resource not accessible by integration")
    found = state.told(sha, checks=True, newest=request.query.get("filter") != "all")
    # In which order they are is published nowhere.
    runs = [check_run(state, sha, it, number) for number, it in [*reversed(found)][:size]]
    return Reply(200, {"total_count": len(found), "check_runs": runs})


def _list(state: GitHub, request: Request) -> Reply:
    query = request.query
    found = [
        pull
        for pull in reversed(state.pulls)
        if query.get("state", "open") in ("all", "open" if pull.state == "open" else "closed")
        and pull.base == query.get("base", pull.base)
        # GitHub leaves a head without its owner out of account.
        and (":" not in query.get("head", "") or query["head"] == state.label(pull))
    ]
    size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
    headers = {}
    if len(found) > size * page:
        rest = "&".join(f"{key}={value}" for key, value in query.items() if key != "page")
        url = f"{state.pages or state.url}{request.path}?{rest}&page={page + 1}"
        headers["Link"] = f'<{url}>; rel="next"'
    shown = found[size * (page - 1) : size * page]
    reply = Reply(200, [short(state, pull) for pull in shown], headers)
    return unless_unchanged(request, reply)


def _create(state: GitHub, request: Request) -> Reply:
    body = request.body
    for side in ("base", "head"):
        if state.tip(body[side]) is None:
            error = {"resource": "PullRequest", "field": side, "code": "invalid"}
            raise RefusedError(422, "Validation Failed", error)
    sha = state.tip(body["head"]) or ""
    problem = None
    if state.contains(body["base"], sha):
        problem = f"No commits between {body['base']} and {body['head']}"
    if any(
        (pull.state, pull.head, pull.base, pull.fork) == ("open", body["head"], body["base"], None)
        for pull in state.pulls
    ):
        problem = f"A pull request already exists for {state.owner}:{body['head']}."
    if problem:
        error = {"resource": "PullRequest", "code": "custom", "message": problem}
        raise RefusedError(422, "Validation Failed", error)
    pull = Pull(state.number, body["title"], body["body"], body["head"], body["base"], sha)
    state.pulls.append(pull)
    return Reply(201, pull_request(state, pull))


def _edit(state: GitHub, request: Request) -> Reply:
    pull = _found(state, request.path)
    pull.title = request.body.get("title", pull.title)
    pull.body = request.body.get("body", pull.body)
    pull.state = request.body.get("state", pull.state)
    return Reply(200, pull_request(state, pull))


def _ask(state: GitHub, request: Request) -> Reply:
    pull = _found(state, request.path)
    users = request.body.get("reviewers", [])
    teams = request.body.get("team_reviewers", [])
    if state.author in users:
        raise RefusedError(422, "Review cannot be requested from pull request author.")
    if not (set(users) <= state.users.keys() and set(teams) <= state.teams):
        raise RefusedError(
            422,
            "Reviews may only be requested from collaborators. One or more of the users or teams "
            f"you specified is not a collaborator of the {state.project} repository.",
        )
    pull.reviewers += [*users, *(f"{state.owner}/{team}" for team in teams)]
    return Reply(201, short(state, pull))


def _label(state: GitHub, request: Request) -> Reply:
    pull, body = _found(state, request.path), request.body
    names = body if isinstance(body, list) else body["labels"]
    if any(len(name) > _LONGEST_LABEL for name in names):
        error = {"resource": "Label", "code": "invalid", "field": "name"}
        raise RefusedError(422, "Validation Failed", error)
    pull.labels += [name for name in names if name not in pull.labels]
    return Reply(200, [label(state, name) for name in pull.labels])


def _comment(state: GitHub, request: Request) -> Reply:
    pull = _found(state, request.path)
    pull.comments.append(request.body["body"])
    return Reply(201, comment(state, pull, len(pull.comments)))


def _automatic(state: GitHub, body: Any) -> Any:
    """Answer the one mutation there is: 200, also when it is refused."""
    wanted, problem = body["variables"]["input"], state.refuses_automatic
    if "enablePullRequestAutoMerge" not in body["query"]:
        problem = "Field does not exist on type 'Mutation'"
    elif wanted["mergeMethod"] not in state.allows:
        problem = "Merge method is not allowed on this repository"
    if problem:
        error = {"type": "UNPROCESSABLE", "path": ["enablePullRequestAutoMerge"]}
        return {
            "data": {"enablePullRequestAutoMerge": None},
            "errors": [error | {"message": problem}],
        }
    number = int(wanted["pullRequestId"].removeprefix("PR_"))
    state.pull(number).automatic = wanted["mergeMethod"]
    return {"data": {"enablePullRequestAutoMerge": {"actor": None, "clientMutationId": None}}}


def _found(state: GitHub, path: str) -> Pull:
    number = int(re.findall(r"/(?:pulls|issues)/(\d+)", path)[0])
    if not 0 < number < state.number:
        raise RefusedError(404, "Not Found")
    return state.pull(number)
