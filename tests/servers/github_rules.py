"""The rules of the stand-in for GitHub: GitHub's own descriptions of its API, if they are there."""

import gc
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from tests.servers.descriptions import QUERIES, REST
from tests.servers.forge import Forge, Reply, Request
from tests.servers.graphql_schema import GraphQl
from tests.servers.openapi import OpenApi

_GRAPHQL = "/api/graphql"

_JOINED = re.compile(r"GET .*/rules/branches/|PATCH .*/issues/\d+$")
"""Answers whose schemas join two lists of properties, so they can be held to neither."""


class GitHubRules:
    """Hold what is asked of a stand-in, and what it answers, to GitHub's descriptions."""

    def __init__(self, state: Forge, rest: OpenApi, queries: GraphQl) -> None:
        self._state, self._rest, self._queries = state, rest, queries

    def request(self, request: Request) -> Iterator[str]:
        """Yield what GitHub does not describe of a request."""
        if request.path == _GRAPHQL:
            yield from self._queries.request(request)
        else:
            yield from self._rest.request(_described(request), self._path(request))

    def answer(self, request: Request, reply: Reply) -> Iterator[str]:
        """Yield what GitHub does not describe of an answer."""
        if _JOINED.match(f"{request.method} {request.path}"):
            return
        if request.path != _GRAPHQL:
            yield from self._rest.answer(request, self._path(request), reply)
        elif "data" in reply.body:
            yield from self._queries.answer(request, reply)

    def _path(self, request: Request) -> str:
        path = request.path.removeprefix("/api/v3")
        # GitHub sends who asks for an earlier name there, and does not describe it.
        return path.replace("/repositories/1", f"/repos/{self._state.project}", 1)


def _described(request: Request) -> Request:
    """Return *request*; PyGithub sends a bare list of labels, as GitHub took them at first."""
    if request.path.endswith("/labels") and isinstance(request.body, list):
        return replace(request, body={"labels": request.body})
    return request


def rules(state: Forge) -> GitHubRules | None:
    """Return the rules; None if nobody has fetched the descriptions."""
    there = REST.path.exists() and QUERIES.path.exists()
    return GitHubRules(state, *_loaded()) if there else None


@cache
def _loaded() -> tuple[OpenApi, GraphQl]:
    loaded = OpenApi(REST.path), GraphQl(QUERIES.path)
    # They stay as long as the process: no collection of garbage is to look through them again.
    gc.collect()
    gc.freeze()
    return loaded
