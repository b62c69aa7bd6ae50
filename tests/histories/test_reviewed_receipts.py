"""With pull requests, too, a sync with a cache ends as one without, whatever people do to them."""

import gc
import os
import re
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from functools import partial
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.kit.examples import costly
from tests.kit.forges import STAND_INS
from tests.kit.pairs import Act, Pair, masked, play, tree
from tests.kit.project import ProjectFolder
from tests.servers.forge import TOKEN
from tests.servers.git_http import git_http
from tests.servers.origin import Origin

BRANCH = "tfs-gitops/dev"


class ReviewedPair(Pair):
    """Two projects that deliver by pull request, each with a forge of its own."""

    def __init__(self, folder, kind, stack):
        self.kind, self.stack = kind, stack
        self.forges = []
        super().__init__(folder)
        self._write()

    def __post_init__(self):
        """Make the projects, and say where each of them delivers to."""
        super().__post_init__()
        self.deliveries = [
            {
                "repository": f"{git.url}/acme/fleet.git",
                "mode": "pull-request",
                "settle": "0s",
                "forge": {"type": self.kind, "apiUrl": forge.api_url},
            }
            for git, forge in self.forges
        ]

    def add(self, folder):
        """Make one project, its repository behind a URL, and its forge."""
        root = folder.with_name(f"{folder.name}-git")
        (root / "acme").mkdir(parents=True)
        origin = Origin.create(root / "acme" / "fleet.git")
        git = self.stack.enter_context(git_http(root))
        self.forges.append((git, self.stack.enter_context(STAND_INS[self.kind](origin))))
        self.origins.append(origin)
        self.projects.append(ProjectFolder.create(folder, ""))

    def _write(self):
        """Write the one environment."""
        for project, delivery in zip(self.projects, self.deliveries, strict=True):
            policy = [{"match": "*", "versions": self.versions}]
            project.environment("dev", policy, delivery={**delivery, "windows": self.windows})

    def _pulls(self):
        """Yield the forges that have a pull request of development, with the newest of it."""
        for _, forge in self.forges:
            forge.follow()
            found = [it for it in forge.pulls if it.head == BRANCH]
            if found:
                yield forge, found[-1]

    def merge(self, _, number):
        """Merge it, or squash it."""
        for forge, pull in self._pulls():
            if pull.state == "open":
                forge.merge(pull.number, squash=number % 2 == 0)

    def close(self, _, __):
        """Close it, or open it again."""
        for forge, pull in self._pulls():
            if pull.state != "merged" and forge.tip(BRANCH):
                pull.state = {"open": "closed", "closed": "open"}[pull.state]

    def write(self, _, number):
        """Edit its title, its text or its labels."""
        for _, pull in self._pulls():
            match number:
                case 1:
                    pull.title += " by a person"
                case 2:
                    pull.body = pull.body.replace("unchanged", "as ever")
                case 3:
                    pull.labels.append("urgent")

    def push(self, _, number):
        """Commit to its branch, force-push it back, or delete it."""
        for forge, _ in self._pulls():
            if (branch := forge.origin.repo.branches.local.get(BRANCH)) is None:
                continue
            match number:
                case 1:
                    forge.origin.commit({"mine": b"x"}, "a person's commit", branch=BRANCH)
                case 2:
                    branch.set_target(branch.peel().parents[0].id)
                case 3:
                    branch.delete()
            forge.follow()

    def compare(self):
        """Compare the branches of the pull requests, and what people see of these."""
        branches = [[*origin.repo.branches.local] for origin in self.origins]
        assert branches[0] == branches[1]
        for name in branches[0]:
            assert tree(self.origins[0], name) == tree(self.origins[1], name)
        told = [
            [(it.state, it.title, masked(_marked(it.body)), it.labels) for it in forge.pulls]
            for _, forge in self.forges
        ]
        assert told[0] == told[1]


def _marked(body):
    """Return a text without the digests in its marker: they are of URLs, too."""
    return re.sub("<!-- tfs-gitops .*-->", "", body)


@contextmanager
def paired(kind) -> Callable:
    """Yield what makes a pair on forges of one *kind*."""
    with ExitStack() as stack, patch.dict(os.environ, {"TFS_GITOPS_TOKEN": TOKEN, "CI": "true"}):
        yield partial(ReviewedPair, kind=kind, stack=stack)
        gc.collect()  # the clients' connections, before their servers are gone


CHANGES = ["publish", "overwrite", "lose", "withdraw", "spoil", "policy", "revert"]
CHANGES += ["window", "freeze", "merge", "merge", "close", "write", "push"]
ACTS = st.one_of(
    st.tuples(st.sampled_from(CHANGES), st.integers(0, 1), st.integers(1, 3)),
    st.tuples(st.just("wait"), st.just(0), st.integers(0, 3)),
    st.tuples(st.just("sync"), st.just(0), st.integers(0, 1)),
)
SYNC, WAIT, MERGE = ("sync", 0, 0), ("wait", 0, 1), ("merge", 0, 1)
SERVED = [("publish", 0, 1), SYNC, MERGE, SYNC, ("policy", 0, 1), ("publish", 0, 2), *[SYNC] * 2]


def then(*acts: Act) -> list[Act]:
    """Return a history in which all that happens to a pull request that is open for a while."""
    return [*SERVED, SYNC, WAIT, SYNC, *acts, *[SYNC] * 3]


HISTORIES = {
    "merged": then(MERGE),
    "squashed": then(("merge", 0, 2)),
    "closed": then(("close", 0, 1)),
    "opened again": then(("close", 0, 1), SYNC, SYNC, ("close", 0, 1)),
    "titled": then(("write", 0, 1)),
    "rewritten": then(("write", 0, 2)),
    "labelled": then(("write", 0, 3)),
    "pushed to": then(("push", 0, 1)),
    "forced back": then(("push", 0, 2)),
    "deleted": then(("push", 0, 3)),
    "frozen": then(("freeze", 0, 1), SYNC, SYNC, ("wait", 0, 2), SYNC, ("wait", 0, 2)),
    "windows": then(("window", 0, 1), SYNC, ("wait", 0, 2), SYNC, ("wait", 0, 2)),
    "in steps": [*SERVED[:4], ("publish", 0, 2), *[SYNC] * 4, MERGE, *[SYNC] * 3, MERGE, SYNC],
}
slow = settings(
    max_examples=costly(10, night=200),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
)
QUICK = {"merged", "closed", "forced back"}


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", ["github", pytest.param("gitlab", marks=pytest.mark.nightly)])
@pytest.mark.parametrize(
    "name", [it if it in QUICK else pytest.param(it, marks=pytest.mark.nightly) for it in HISTORIES]
)
def test_a_cached_sync_ends_as_one_without_a_cache_whatever_happens_to_a_pull_request(name, kind):
    """And some of them read no branch while it is open: else nothing would be compared."""
    silent = []

    with paired(kind) as make:
        play(HISTORIES[name], lambda pair: silent.append(pair.silent), make)

    assert silent[0] >= 2


@pytest.mark.nightly
@slow
@example("github", HISTORIES["merged"])
@given(st.sampled_from(["github", "gitlab"]), st.lists(ACTS, min_size=4, max_size=24))
def test_random_histories_of_pull_requests_end_alike_with_and_without_a_cache(kind, history):
    """After each sync: trees, commits, exit codes, every word, and all of the pull requests."""
    with paired(kind) as make:
        play(history, make=make)
