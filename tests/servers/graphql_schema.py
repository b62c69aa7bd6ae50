"""Holds queries and their answers to a published GraphQL schema, with graphql-core."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import build_ast_schema, graphql_sync, parse

from tests.servers.forge import Reply, Request


class GraphQl:
    """One schema; its method yields what is not as it says."""

    def __init__(self, path: Path) -> None:
        document = parse(path.read_text("utf-8"), no_location=True)
        self._schema = build_ast_schema(document, assume_valid=True)

    def request(self, request: Request) -> Iterator[str]:
        """Yield what is wrong with a query and its variables."""
        yield from self._problems("the request", request.body, {})

    def answer(self, request: Request, reply: Reply) -> Iterator[str]:
        """Yield what is wrong with an answer: the query is run again, over the answer itself."""
        yield from self._problems("the answer", request.body, reply.body["data"], same=True)

    def _problems(self, what: str, body: Any, data: Any, *, same: bool = False) -> Iterator[str]:
        unknown = body.keys() - {"query", "variables", "operationName"}
        for key in unknown:
            yield f"POST /graphql: {what}: there is no key {key!r}"
        variables = body.get("variables")
        found = graphql_sync(self._schema, body["query"], data, variable_values=variables)
        for error in found.errors or ():
            if not same and error.message.startswith("Cannot return null for non-nullable"):
                continue  # a query is tried over no data at all
            yield f"POST /graphql: {what}: {error.message}"
        if same and not found.errors and found.data != data:
            yield f"POST /graphql: {what}: the query asks for {found.data}, not for {data}"
