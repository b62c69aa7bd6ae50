"""Each command that talks to a server ends within a minute where that one does not answer."""

import itertools
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from tests.kit.project import EXAMPLES, ProjectFolder
from tests.servers.git_http import git_http
from tests.servers.idle import idle
from tests.servers.origin import Origin

# Each case is most of a minute of silence; the rule itself is tested where each port is.
pytestmark = pytest.mark.nightly

AT_ONCE = 4
BOUND = 90.0
"""Seconds: a minute, and what the start of the program takes beside other tests."""
KINDS = ("silent", "drip")
AWS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_EC2_METADATA_DISABLED": "true"}
OF_STORE = {
    "sync": ("sync",),
    "plan": ("plan", "dev"),
    "catalog": ("catalog",),
    "explain": ("explain", "dev", "a"),
    "doctor": ("doctor",),
}
OF_GIT = {
    "sync": ("sync",),
    "plan": ("plan",),
    "status": ("status",),
    "history": ("history", "dev"),
    "explain": ("explain", "dev", "a"),
    "rollback": ("rollback", "dev", "a", "--write"),
    "promote": ("promote", "a@1", "--from", "dev", "--to", "prod", "--write"),
    "label": ("label", "dev", "a", "stable=1", "--write"),
    "doctor": ("doctor",),
}


@dataclass(frozen=True)
class Case:
    """One run of the program, and who does not answer it."""

    root: str
    words: tuple[str, ...]
    server: str
    codes: frozenset[int]
    environ: dict[str, str] = field(default_factory=dict)

    def run(self):
        """Return what is wrong with the run; empty if nothing is."""
        program = [sys.executable, "-m", "generator", "-C", self.root, *self.words]
        started = time.monotonic()
        done = subprocess.run(
            program, capture_output=True, text=True, check=False, env={**os.environ, **self.environ}
        )
        took = time.monotonic() - started
        wrong = []
        if took > BOUND:
            wrong.append(f"{took:.0f} s")
        if done.returncode not in self.codes:
            wrong.append(f"exit {done.returncode}")
        if self.server not in done.stdout + done.stderr or "Traceback" in done.stderr:
            wrong.append(done.stderr[-500:])
        return f"{' '.join(self.words)} at {self.server}: {', '.join(wrong)}" if wrong else ""


def all_of(cases):
    """Return what is wrong with *cases*, which run side by side."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [wrong for wrong in pool.map(Case.run, cases) if wrong]


def fleet(tmp_path, origin, name, **spec):
    """Return the folder of a fleet of two environments that were synced, and then changed."""
    project = ProjectFolder.create(tmp_path / name, str(origin.path))
    for one in ("dev", "prod"):
        project.environment(one, delivery={"path": f"{name}/{one}"})
    project.publish("a", 1)
    assert project.run("sync").exit_code == 0
    for one in ("dev", "prod"):
        project.environment(one, **{"delivery": {"path": f"{name}/{one}"}, **spec})
    return str(project.root)


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_that_does_not_answer(tmp_path, origin, kind):
    """Whatever is asked of it: exit 4, and its address."""
    with idle(kind) as port:
        server = f"127.0.0.1:{port}"
        source = {"url": "s3://models", "endpoint": f"http://{server}", "region": "us-east-1"}
        root = fleet(tmp_path, origin, "s", source=source)
        upload = ("--store", "s3://models", "--endpoint", f"http://{server}", "--upload")
        uploaded = ("index", str(EXAMPLES / "half-plus-two"), *upload, "--region", "us-east-1")
        every = [*OF_STORE.values(), uploaded]
        cases = [Case(root, words, server, frozenset({4}), AWS) for words in every]
        # The edit asks no store; that the plan after it is not known is a note.
        cases.append(Case(root, OF_GIT["promote"], server, frozenset({0}), AWS))
        assert not all_of(cases)


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_that_does_not_answer_a_pull(tmp_path, origin, kind):
    """A pod, or a machine with Docker, is told who is silent."""
    root = fleet(tmp_path, origin, "p")
    with idle(kind) as port:
        server = f"127.0.0.1:{port}"
        path = "p/dev/overlays/dev/generated/models.lock.json"
        lock = json.loads(origin.files()[path])
        lock["source"] = "s3://models"
        folder = tmp_path / "generated"
        folder.mkdir()
        (folder / "models.lock.json").write_text(json.dumps(lock))
        places = ("--desired", str(folder), "--models", str(tmp_path / "models"))
        words = ("pull", *places, "--endpoint", f"http://{server}", "--region", "us-east-1")
        assert not all_of([Case(root, words, server, frozenset({4}), AWS)])


@pytest.mark.parametrize(
    ("scheme", "kind"), [*itertools.product(("http", "ssh"), ("silent", "drip"))]
)
def test_a_git_server_that_does_not_answer(tmp_path, origin, scheme, kind):
    """Whatever is asked of it, for two environments or one: exit 5, and its address."""
    with idle(kind, scheme) as port:
        server = f"127.0.0.1:{port}"
        user = "git@" if scheme == "ssh" else ""
        there = {"repository": f"{scheme}://{user}{server}/fleet.git"}
        root = fleet(tmp_path, origin, "g", delivery=there)
        assert not all_of(Case(root, words, server, frozenset({5})) for words in OF_GIT.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_forge_that_does_not_answer(tmp_path, kind):
    """A sync that would open a pull request, and what asks for one; Git itself answers."""
    (tmp_path / "acme").mkdir()
    origin = Origin.create(tmp_path / "acme/fleet.git")
    with idle(kind) as port, git_http(tmp_path) as git:
        server = f"127.0.0.1:{port}"
        forge = {"type": "github", "apiUrl": f"http://{server}/api/v3"}
        there = {"repository": f"{git.url}/acme/fleet.git", "mode": "pull-request", "forge": forge}
        root = fleet(tmp_path, origin, "f", delivery={**there, "path": "f"})
        token = {"TFS_GITOPS_TOKEN": "x", "TFS_GITOPS_TOKEN_HOST": "127.0.0.1"}
        every = [("sync",), ("doctor",)]
        assert not all_of(Case(root, words, server, frozenset({5}), token) for words in every)
