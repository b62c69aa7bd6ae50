"""The issues of the stand-in for GitLab."""

from typing import Any

from tests.servers.forge import Forge, Reply, Request
from tests.servers.forge_http import RefusedError
from tests.servers.issues import Ticket

ROBOT = 9
"""The number of whose token asks."""


def answer(state: Forge, request: Request) -> Reply:
    """Return the answer to a request for issues, or for a member of the project."""
    parts = request.path.removeprefix("/api/v4/projects/1/").split("/")
    if parts[0] == "members":
        return _member(state, int(parts[-1]))
    parts = parts[1:]
    if not state.has_issues:
        raise RefusedError(404, "404 Not Found")
    if request.method != "GET" and not state.may_write_issues:
        raise RefusedError(403, "403 Forbidden")
    if not parts:
        return _list(state, request) if request.method == "GET" else _create(state, request)
    ticket = state.issue(int(parts[0]))
    if ticket is None:
        raise RefusedError(404, "404 Not found")
    if parts[1:] == ["notes"]:
        return _said(state, ticket, request)
    if request.method == "PUT":
        _edit(ticket, request)
        return Reply(200, _issue(state, ticket))
    if request.headers.get("If-None-Match") == ticket.version:
        return Reply(304, "", {"ETag": ticket.version})
    return Reply(200, _issue(state, ticket), {"ETag": ticket.version})


def _said(state: Forge, ticket: Ticket, request: Request) -> Reply:
    """Return the notes, or write one."""
    if request.method == "GET":
        return Reply(200, _notes(state, ticket))
    ticket.comments.append(request.body["body"])
    return Reply(201, {"id": 1, "body": request.body["body"]})


def _member(state: Forge, number: int) -> Reply:
    """Return a member of the project."""
    name = next((name for name, its in state.users.items() if its == number), None)
    if name is None:
        raise RefusedError(404, "404 Not found")
    return Reply(200, {"id": number, "access_level": 30 if name in state.writers else 20})


def _notes(state: Forge, ticket: Ticket) -> list[dict[str, Any]]:
    """Return the notes, newest first; what people wrote themselves comes before what they did."""
    numbers = {"robot": ROBOT, **state.users}
    told = [
        {
            "id": number,
            "system": True,
            "body": body,
            "author": {"id": numbers.get(who, 99), "username": who},
        }
        for number, (who, body) in enumerate(ticket.edits)
    ]
    said = {"id": 99, "system": False, "body": "changed the description, I did", "author": told}
    return [said, *told[::-1]]


def _list(state: Forge, request: Request) -> Reply:
    query = request.query
    found = [
        one
        for one in reversed(state.issues)
        if query.get("author_id") in (None, str(ROBOT)) and one.author == "robot"
    ]
    size, page = int(query.get("per_page", 20)), int(query.get("page", 1))
    headers = {}
    if len(found) > size * page:
        rest = "&".join(f"{key}={value}" for key, value in query.items() if key != "page")
        url = f"{state.url}{request.path}?{rest}&page={page + 1}"
        headers["Link"] = f'<{url}>; rel="next"'
    return Reply(
        200, [_issue(state, one) for one in found[size * (page - 1) : size * page]], headers
    )


def _create(state: Forge, request: Request) -> Reply:
    made = state.write_issue(request.body["title"], request.body["description"], "robot")
    return Reply(201, _issue(state, made))


def _edit(ticket: Ticket, request: Request) -> None:
    body = request.body
    if "description" in body:
        ticket.edit("robot", body["description"])
    event = body.get("state_event")
    ticket.state = {"close": "closed", "reopen": "open"}.get(event, ticket.state)


def _issue(state: Forge, ticket: Ticket) -> dict[str, Any]:
    return {
        "id": 2000 + ticket.number,
        "iid": ticket.number,
        "project_id": 1,
        "title": ticket.title,
        "description": ticket.body or None,
        "state": "opened" if ticket.state == "open" else "closed",
        "web_url": f"{state.url}/{state.project}/-/issues/{ticket.number}",
    }
