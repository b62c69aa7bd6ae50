"""Stand-ins of forges with a branch to propose, and what opens the port to them."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, contextmanager

import pytest

from generator.delivery.forge import open_forge
from generator.delivery.forge.retry import Patience
from generator.environment.delivery import Delivery, ForgeApi, Review
from generator.errors import PublishError
from generator.limits.waits import READ_SECONDS
from tests.servers.forge import TOKEN
from tests.servers.github import github
from tests.servers.github_state import GitHub
from tests.servers.gitlab import GitLab, gitlab
from tests.servers.origin import Origin

HEAD = "tfs-gitops/prod"
STAND_INS: Mapping[str, Callable[[Origin], AbstractContextManager[GitHub | GitLab]]] = {
    "github": github,
    "gitlab": gitlab,
}
"""By the kind of a forge."""


@contextmanager
def running(kind, origin):
    """Run one stand-in with a branch to propose."""
    with STAND_INS[kind](origin) as state:
        propose(state, HEAD)
        yield state


def propose(state, branch):
    """Put a branch with one commit more than main into the repository."""
    repo = state.origin.repo
    repo.branches.local.create(branch, repo.branches.local["main"].peel(), force=True)
    state.origin.commit({"models.config": branch.encode()}, "models(prod): …", branch)


def delivery(state, **review):
    """Return a delivery to the stand-in."""
    kind = type(state).__name__.lower()
    return Delivery(
        f"{state.url}/{state.project}.git",
        forge=ForgeApi(kind, state.api_url),
        pull_request=Review(**review),
    )


def opened(state, token=TOKEN, sleep=time.sleep, timeout=READ_SECONDS, **review):
    """Return the port to the stand-in."""
    patience = Patience(timeout=timeout, sleep=sleep)
    return open_forge(delivery(state, **review), {"TFS_GITOPS_TOKEN": token}, patience)


def at_once(_):
    """Take no pause, in place of `time.sleep`."""


def carried(port, body="body"):
    """Open a pull request with all that it carries."""
    return port.apply_settings(port.open(HEAD, "title", body))


def refused(act, *arguments):
    """Return the error that a call ends with."""
    with pytest.raises(PublishError) as caught:
        act(*arguments)
    return caught.value


def path(forge, github_name, gitlab_name):
    """Return where a collection is."""
    if type(forge).__name__ == "GitHub":
        return f"/api/v3/repos/acme/fleet/{github_name}"
    return f"/api/v4/projects/1/{gitlab_name}"
