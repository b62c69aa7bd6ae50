"""The origin of a test, on disk and behind a server."""

from collections.abc import Iterator

import pytest

from tests.servers.git_http import git_http
from tests.servers.origin import Origin


@pytest.fixture(params=["path", "http"])
def url(request: pytest.FixtureRequest, origin: Origin) -> Iterator[str]:
    """Return each kind of address of the origin."""
    if request.param == "path":
        yield str(origin.path)
        return
    with git_http(origin.path.parent) as server:
        yield f"{server.url}/{origin.path.name}"
