"""The stand-ins for forges are held to what the services publish of their APIs."""

import json
import os

import pytest
import requests

from tests.servers.descriptions import QUERIES, REST
from tests.servers.forge import TOKEN, Reply, Request
from tests.servers.github import github
from tests.servers.gitlab import gitlab
from tests.servers.graphql_schema import GraphQl
from tests.servers.openapi import OpenApi

IN_CI = os.environ.get("CI") == "true"
JSON = {"Content-Type": "application/json"}

COPY = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "due": {"type": "string", "format": "date-time", "nullable": True},
        "url": {"type": "string", "format": "uri"},
    },
    "required": ["title"],
}
DESCRIPTION = {
    "openapi": "3.0.3",
    "paths": {
        "/copies": {
            "get": {
                "parameters": [
                    {"$ref": "#/components/parameters/page"},
                    {"name": "of", "in": "query", "required": True, "schema": {"type": "string"}},
                ],
                "responses": {"200": {"$ref": "#/components/responses/copies"}},
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/copy"}}
                    },
                },
                "responses": {"201": {}},
            },
        },
        "/copies/{id}": {
            "get": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
                ],
                "responses": {"200": {}},
            },
        },
        "/copies/newest": {"get": {"responses": {"200": {}}}},
    },
    "components": {
        "parameters": {"page": {"name": "page", "in": "query", "schema": {"type": "integer"}}},
        "responses": {
            "copies": {
                "content": {
                    "application/json": {
                        "schema": {"type": "array", "items": {"$ref": "#/components/schemas/copy"}}
                    }
                }
            }
        },
        "schemas": {
            "copy": COPY,
            "basic-error": {"type": "object", "properties": {"message": {"type": "string"}}},
        },
    },
}
SCHEMA = """
type Query { copies: Int }
type Copy { title: String! }
type Mutation { copy(id: ID!): Copy }
"""


@pytest.fixture(scope="module")
def openapi(tmp_path_factory):
    """Return the rules of a small description."""
    path = tmp_path_factory.mktemp("published") / "openapi.json"
    path.write_text(json.dumps(DESCRIPTION))
    return OpenApi(path)


@pytest.fixture(scope="module")
def graphql(tmp_path_factory):
    """Return the rules of a small schema."""
    path = tmp_path_factory.mktemp("published") / "schema.graphql"
    path.write_text(SCHEMA)
    return GraphQl(path)


def asked(openapi, method, path, query=None, body=None, headers=JSON):
    """Return what is wrong with a request."""
    return list(openapi.request(Request(method, path, query or {}, body, headers), path))


def answered(openapi, status, body):
    """Return what is wrong with an answer to `GET /copies`."""
    request = Request("GET", "/copies", {"of": "x"}, None, {})
    return list(openapi.answer(request, "/copies", Reply(status, body)))


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/copies", {"of": "x", "page": "2"}, None),
        ("GET", "/copies/1", {}, None),
        ("GET", "/copies/newest", {}, None),
        ("POST", "/copies", {}, {"title": "x", "due": None, "url": "http://127.0.0.1/x"}),
    ],
)
def test_a_request_as_described_passes(openapi, method, path, query, body):
    """The most literal path counts; null is a value where the description says so."""
    assert asked(openapi, method, path, query, body) == []


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "problem"),
    [
        ("GET", "/originals", {}, None, "GET /originals: there is no such operation"),
        ("PUT", "/copies", {}, None, "PUT /copies: there is no such operation"),
        ("GET", "/copies/one", {}, None, "'id' of the path: $: 'one' is not of type 'integer'"),
        (
            "GET",
            "/copies",
            {"of": "x", "page": "two"},
            None,
            "'page' of the query: $: 'two' is not",
        ),
        ("GET", "/copies", {}, None, "the parameter 'of' of the query is missing"),
        ("GET", "/copies", {"of": "x", "size": "1"}, None, "no parameter 'size' of the query"),
        ("GET", "/copies/1", {}, {}, "the request has a body: there is none"),
        ("POST", "/copies", {}, None, "the request has no body"),
        ("POST", "/copies", {}, {"title": 1}, "the request: $.title: 1 is not of type 'string'"),
        ("POST", "/copies", {}, {"due": None}, "the request: $: 'title' is a required property"),
        ("POST", "/copies", {}, {"title": None}, "$.title: None"),
        ("POST", "/copies", {}, {"title": "", "tilte": ""}, "$: there is no property 'tilte'"),
        ("POST", "/copies", {}, ["title"], "$: ['title'] is not of type 'object'"),
    ],
)
def test_a_request_that_is_not_as_described_is_found(openapi, method, path, query, body, problem):
    """By its operation, its place and the reason."""
    found = asked(openapi, method, path, query, body)

    assert problem in "\n".join(found)
    assert all(line.startswith(f"{method} /") for line in found)


def test_a_body_is_json(openapi):
    """Also by its header."""
    (problem,) = asked(openapi, "POST", "/copies", body={"title": "x"}, headers={})

    assert problem == "POST /copies: the request is None, not application/json"


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (200, [{"due": None}], "the answer 200: $[0]: 'title' is a required property"),
        (200, [{"title": "x", "due": "soon"}], "$[0].due: 'soon' is not a 'date-time'"),
        (200, [{"title": "x", "url": "here"}], "$[0].url: 'here' is not a 'uri'"),
        (200, [{"title": "x", "tilte": "x"}], "$[0]: there is no property 'tilte'"),
        (200, {}, "$: {} is not of type 'array'"),
        (201, [], "the answer 201: there is no such answer"),
        (404, {"message": 1}, "the answer 404: $.message: 1 is not of type 'string'"),
    ],
)
def test_an_answer_that_is_not_as_described_is_found(openapi, status, body, problem):
    """A stand-in that answers what the service does not is worth nothing."""
    assert problem in "\n".join(answered(openapi, status, body))


def test_an_answer_as_described_passes(openapi):
    """So does a refusal that any operation may have."""
    copies = [{"title": "x", "due": "2026-01-01T00:00:00Z", "url": "http://127.0.0.1/"}]

    assert answered(openapi, 200, copies) == []
    assert answered(openapi, 404, {"message": "Not Found"}) == []


@pytest.mark.parametrize(
    ("query", "data", "problem"),
    [
        ("{ copy(id: 1) { title } }", {"copy": {"title": "x"}}, None),
        ("{ copy(id: 1) { title } }", {"copy": None}, None),
        ("{ copy(id: 1) { name } }", {"copy": None}, "the request: Cannot query field 'name'"),
        ("{ copy { title } }", {"copy": None}, "'ID!' is required"),
        ("{ copy(id: 1) { title } }", {"copy": {}}, "the answer: Cannot return null"),
        ("{ copy(id: 1) { title } }", {"copy": {"title": "x", "id": 1}}, "the query asks for"),
    ],
)
def test_a_query_and_its_answer_are_held_to_the_schema(graphql, query, data, problem):
    """The query by its fields, and the answer by the query."""
    request = Request("POST", "/graphql", {}, {"query": f"mutation {query}"}, {})

    found = [*graphql.request(request), *graphql.answer(request, Reply(200, {"data": data}))]

    assert problem in "\n".join(found) if problem else found == []


def ask(answers, stand_in, origin, method, path, body):
    """Run a stand-in for one request, and put what it answers into *answers*."""
    with stand_in(origin) as state, requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {TOKEN}"
        answers.append(session.request(method, f"{state.url}/api{path}", json=body))


def violation(stand_in, origin, method, path, body=None):
    """Return what a stand-in says at its end, after one request, and what it answered."""
    answers = []
    with pytest.raises(AssertionError) as caught:
        ask(answers, stand_in, origin, method, path, body)
    assert str(caught.value).startswith("not as its API is described:\n")
    return str(caught.value), answers[0]


def test_a_violation_fails_the_test_that_made_it(origin):
    """At the end of the stand-in; the client is told at once."""
    path = "/v4/projects/1/merge_requests/1"
    said, answer = violation(gitlab, origin, "PUT", path, {"titel": "x"})

    assert "PUT /api/v4/projects/1/merge_requests/1: there is no 'titel'" in said
    assert answer.status_code == 501
    assert answer.json()["message"] in said


def test_a_wrong_answer_fails_the_test_that_asked(origin, monkeypatch):
    """The stand-in's own mistakes count as the client's do."""
    monkeypatch.setattr("tests.servers.gitlab._user", lambda _, name: {"username": name})

    said, _ = violation(gitlab, origin, "GET", "/v4/users?username=ada")

    assert "GET /api/v4/users: the answer 200: 'id' is no number: None" in said


@pytest.mark.parametrize(
    ("method", "path", "body", "problem"),
    [
        ("GET", "", {}, "GET /api/v4/projects/1/snippets: there is no such call"),
        ("GET", "?branch=x", None, "there is no 'branch'"),
        ("POST", "", {"source_branch": "x", "target_branch": "y"}, "'title' is missing"),
        ("PUT", "/1/merge", {"when": "later"}, "there is no 'when'"),
        ("POST", "/1/notes", {}, "'body' is missing"),
    ],
)
def test_the_stand_in_for_gitlab_knows_the_names_of_python_gitlab(
    origin, method, path, body, problem
):
    """GitLab's own description is in no package."""
    folder = "snippets" if "snippets" in problem else "merge_requests"

    said, _ = violation(gitlab, origin, method, f"/v4/projects/1/{folder}{path}", body)

    assert problem in said


REPOSITORY = "/v3/repos/acme/fleet"
WRONG = {
    "$.title: 1 is not of type 'string'": ("POST", f"{REPOSITORY}/pulls", {"title": 1}),
    "there is no property 'labels'": ("POST", f"{REPOSITORY}/pulls", {"labels": []}),
    "'x' is not of type 'object'": ("POST", f"{REPOSITORY}/issues/1/labels", "x"),
    "'body' is a required property": ("POST", f"{REPOSITORY}/issues/1/comments", {}),
    "there is no parameter 'branch'": ("GET", f"{REPOSITORY}/pulls?branch=x", None),
    "'merged' is not one of": ("GET", f"{REPOSITORY}/pulls?state=merged", None),
    "there is no such operation": ("GET", f"{REPOSITORY}/merge_requests", None),
    "Cannot query field 'merge'": ("POST", "/graphql", {"query": "mutation { merge { id } }"}),
}


def test_the_stand_in_for_github_is_held_to_githubs_own_descriptions(origin, monkeypatch):
    """In CI always; elsewhere there may be no registry to fetch them from."""
    fetched = REST.path.exists() and QUERIES.path.exists()
    if not fetched and not IN_CI:
        pytest.skip("GitHub's descriptions of its API are not fetched: see `make published`")
    assert fetched, "GitHub's descriptions of its API are not fetched: see `make published`"
    for problem, call in WRONG.items():
        assert problem in violation(github, origin, *call)[0], call

    incomplete = {"full_name": "acme/fleet"}
    monkeypatch.setattr("tests.servers.github.repository", lambda _: incomplete)
    said, _ = violation(github, origin, "GET", REPOSITORY)
    place = "GET /repos/{owner}/{repo}: the answer 200: $: "
    assert f"{place}'clone_url' is a required property" in said
