"""The issues of the stand-in for GitHub."""

from typing import Any

from tests.servers.forge import CREATED, Reply, Request
from tests.servers.forge_http import RefusedError
from tests.servers.github_bodies import user
from tests.servers.github_state import GitHub
from tests.servers.issues import FIRST, Ticket


def answer(state: GitHub, request: Request, below: str) -> Reply | None:
    """Return the answer to *request*, of a path *below* the repository; None if it is no issue."""
    parts = below.split("/")[1:]
    if parts[:1] != ["issues"] or (len(parts) > 1 and int(parts[1]) < FIRST):
        return None
    if not state.has_issues and request.method != "GET":
        raise RefusedError(410, "Issues has been disabled in this repository.")
    if request.method != "GET" and not state.may_write_issues:
        raise RefusedError(403, "Resource not accessible by integration")
    if len(parts) == 1:
        return _list(state, request) if request.method == "GET" else _create(state, request)
    ticket = state.issue(int(parts[1]))
    if ticket is None:
        raise RefusedError(404, "Not Found")
    if len(parts) == 3:
        ticket.comments.append(request.body["body"])
        return Reply(201, _comment(state, ticket))
    if request.method == "PATCH":
        return _edit(state, ticket, request)
    if request.headers.get("If-None-Match") == ticket.version:
        return Reply(304, "", {"ETag": ticket.version})
    return Reply(200, _issue(state, ticket), {"ETag": ticket.version})


def query(state: GitHub, body: Any) -> Any:
    """Return the answer to a query of GraphQL; None if it is not of issues."""
    if "viewer" in body["query"]:
        return {"data": {"viewer": {"login": state.author}}}
    if "userContentEdits" in body["query"]:
        return _edits(state, body["variables"]["number"])
    return None


def _edits(state: GitHub, number: int) -> Any:
    """Return who edited the text of an issue and when, newest first, by GraphQL."""
    ticket = state.issue(number)
    nodes = [
        {"editedAt": f"2026-01-01T00:{minute:02}:00Z", "editor": _actor(state, who)}
        for minute, (who, _) in enumerate(ticket.edits if ticket else ())
    ]
    told = {
        "author": _actor(state, state.author),
        "userContentEdits": {"pageInfo": {"hasNextPage": False}, "nodes": nodes[::-1]},
    }
    return {"data": {"repository": {"issue": told}}}


def permission(state: GitHub, login: str) -> Reply:
    """Return what a person may do in the repository."""
    may = "write" if login in state.writers else "read"
    role = "write" if login in state.writers else "triage"
    return Reply(200, {"permission": may, "role_name": role, "user": None})


def _actor(state: GitHub, who: str) -> dict[str, str]:
    kind = "Bot" if who in state.apps else "User"
    return {"__typename": kind, "login": who}


def _list(state: GitHub, request: Request) -> Reply:
    query = request.query
    found = [
        one
        for one in reversed(state.issues)
        if query.get("state", "open") in ("all", one.state)
        and query.get("creator", one.author) == one.author
    ]
    size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
    shown = found[size * (page - 1) : size * page]
    return Reply(200, [_issue(state, one) for one in shown])


def _create(state: GitHub, request: Request) -> Reply:
    made = state.write_issue(request.body["title"], request.body["body"], state.author)
    return Reply(201, _issue(state, made))


def _edit(state: GitHub, ticket: Ticket, request: Request) -> Reply:
    if "body" in request.body:
        ticket.edit(state.author, request.body["body"])
    ticket.title = request.body.get("title", ticket.title)
    ticket.state = request.body.get("state", ticket.state)
    return Reply(200, _issue(state, ticket))


def _issue(state: GitHub, ticket: Ticket) -> dict[str, Any]:
    root = f"{state.api_url}/repos/{state.project}"
    url = f"{root}/issues/{ticket.number}"
    return {
        "id": 2000 + ticket.number,
        "node_id": f"I_{ticket.number}",
        "url": url,
        "repository_url": root,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": f"{state.url}/{state.project}/issues/{ticket.number}",
        "number": ticket.number,
        "state": ticket.state,
        "title": ticket.title,
        "body": ticket.body or None,
        "user": user(state, ticket.author, 9),
        "labels": [],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "comments": len(ticket.comments),
        "closed_at": None if ticket.state == "open" else CREATED,
        "created_at": CREATED,
        "updated_at": CREATED,
        "author_association": "CONTRIBUTOR",
    }


def _comment(state: GitHub, ticket: Ticket) -> dict[str, Any]:
    number = len(ticket.comments)
    root = f"{state.api_url}/repos/{state.project}/issues"
    page = f"{state.url}/{state.project}/issues/{ticket.number}"
    return {
        "id": number,
        "node_id": f"IC_{number}",
        "url": f"{root}/comments/{number}",
        "html_url": f"{page}#issuecomment-{number}",
        "issue_url": f"{root}/{ticket.number}",
        "body": ticket.comments[-1],
        "user": user(state, state.author, 9),
        "created_at": CREATED,
        "updated_at": CREATED,
        "author_association": "CONTRIBUTOR",
    }
