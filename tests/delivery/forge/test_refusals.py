"""What a forge refuses, and what is no forge: the errors say what to do."""

import pytest

from tests.kit.forges import HEAD, STAND_INS, at_once, opened, refused
from tests.servers.forge import Fault


def test_a_branch_that_is_not_there_cannot_be_proposed(forge):
    """The forge's own words say what it misses."""
    error = refused(opened(forge).open, "tfs-gitops/none", "title", "body")

    assert f"{forge.url}/acme/fleet.git: " in str(error)
    assert "'tfs-gitops/none' cannot be opened: HTTP 422: " in str(error)
    assert any(words in str(error) for words in ("head is invalid", "source_branch: does not"))
    assert forge.pulls == []


def test_a_refused_token_is_named_by_its_variable(forge):
    """And not by itself."""
    error = refused(opened(forge, token="expired-one").pull_requests, HEAD)

    assert "HTTP 401" in str(error)
    assert "TFS_GITOPS_TOKEN" in error.hint
    assert "expired-one" not in str(error)


def test_a_project_that_is_not_there(forge):
    """It may be one that the token may not see: forges do not tell the two apart."""
    forge.project = "acme/other"
    port = opened(forge)
    forge.project = "acme/fleet"

    error = refused(port.pull_requests, HEAD)

    assert "HTTP 404" in str(error)
    assert "acme/other exists" in error.hint


def test_a_token_that_may_not_write(forge):
    """Which right it misses is the next step."""
    forge.may_write = False

    error = refused(opened(forge).open, HEAD, "title", "body")

    assert "HTTP 403" in str(error)
    assert "pull-requests: write" in error.hint or "scope `api`" in error.hint
    assert len(forge.requests) <= 2  # nothing was tried again


@pytest.mark.parametrize("body", ["<html>Sign in</html>", '{"hello": "world"}'])
def test_what_is_no_forge(forge, body):
    """A login page answers 200, too."""
    forge.faults = [Fault(200, body)]

    error = refused(opened(forge).pull_requests, HEAD)

    assert "cannot be read: " in str(error)
    assert forge.api_url in error.hint


def test_nobody_listens(origin):
    """The reason is the system's; a few attempts, and no more."""
    for kind, run in STAND_INS.items():
        with run(origin) as state:
            port = opened(state, sleep=at_once)

        error = refused(port.pull_requests, HEAD)

        assert "refused" in str(error), kind
        assert "HTTPS_PROXY" in error.hint


def test_a_project_that_has_moved_is_followed(forge):
    """The repository's URL in the environment still works for Git, too."""
    forge.moved, forge.project = "acme/old", "acme/old"
    port = opened(forge)
    forge.project = "acme/fleet"

    request = port.open(HEAD, "title", "body")

    assert port.pull_requests(HEAD) == (request,)
