"""A fleet that is delivered by pull request: a project, its origin, and a stand-in forge."""

import dataclasses
import gc
import json
from contextlib import contextmanager
from typing import Any

from tests.kit.forges import STAND_INS
from tests.kit.project import ProjectFolder
from tests.servers.forge import TOKEN
from tests.servers.git_http import git_http
from tests.servers.github_state import GitHub
from tests.servers.gitlab import GitLab
from tests.servers.origin import Origin

BRANCH = "tfs-gitops/dev"
LOCK = "tf-serving/overlays/dev/generated/models.lock.json"


@dataclasses.dataclass
class Fleet:
    """A project that delivers by pull request, its origin and its forge."""

    project: ProjectFolder
    origin: Origin
    forge: GitHub | GitLab
    delivery: dict[str, Any]

    def sync(self, *words):
        """Run a sync."""
        return self.project.run("sync", *words)

    def tick(self, box, who="ada"):
        """Tick a box of the dashboard, as a person does in a browser."""
        self.forge.issues[0].tick(who, f"<!-- tfs-gitops {box} ")

    def write(self, *policy, **delivery):
        """Write the environment."""
        rules = list(policy) or [{"match": "*", "versions": {"latest": 2}}]
        self.project.environment(policy=rules, delivery=self.delivery | delivery)

    @property
    def pulls(self):
        """The pull requests as the forge has them."""
        return self.forge.pulls

    @property
    def said(self):
        """The newest comment on the dashboard."""
        return self.forge.issues[0].comments[-1]

    @property
    def written(self):
        """The requests that change something on the forge."""
        asked = (it for it in self.forge.requests if not it.startswith("GET"))
        return [it for it in asked if "graphql" not in it]

    def lock(self, branch=BRANCH):
        """Return the lock on the branch of the pull request, or on another one."""
        return json.loads(self.origin.files(branch)[LOCK])

    def proposed(self):
        """Return the versions of the model `a` on the branch of the pull request."""
        return self.served(BRANCH)

    def served(self, branch="main"):
        """Return the versions of the model `a` on the branch that servers follow."""
        return [line["version"] for line in self.lock(branch)["models"]["a"]["versions"]]


@contextmanager
def reviewed(kind, folder, monkeypatch):
    """Run a fleet on the forge *kind*: one version is published, and nothing is delivered."""
    root = folder / "git"
    (root / "acme").mkdir(parents=True)
    origin = Origin.create(root / "acme" / "fleet.git")
    monkeypatch.setenv("TFS_GITOPS_TOKEN", TOKEN)
    with git_http(root) as server, STAND_INS[kind](origin) as forge:
        delivery: dict[str, Any] = {
            "repository": f"{server.url}/acme/fleet.git",
            "mode": "pull-request",
            "settle": "0s",
            "forge": {"type": kind, "apiUrl": forge.api_url},
        }
        fleet = Fleet(ProjectFolder.create(folder / "project", ""), origin, forge, delivery)
        fleet.write()
        fleet.project.publish("a", 1)
        yield fleet
        gc.collect()  # the client's connections, before their server is gone


def closing(fleet):
    """Return the start of the request that closes, or changes, the second pull request."""
    if fleet.delivery["forge"]["type"] == "github":
        return "PATCH /api/v3/repos/acme/fleet/pulls/2"
    return "PUT /api/v4/projects"


def comments(fleet):
    """Return the start of the request that comments on the first pull request."""
    if fleet.delivery["forge"]["type"] == "github":
        return "POST /api/v3/repos/acme/fleet/issues"
    return "POST /api/v4/projects"


def nothing():
    """Return a policy that serves nothing."""
    return [{"match": "*", "exclude": True}]


def release(fleet):
    """Make another branch."""
    main = fleet.origin.repo.revparse_single("main").id
    fleet.origin.repo.references.create("refs/heads/release", main)
