"""Syncs to be killed: to a repository at a path, over HTTP, and by a pull request."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pygit2

from generator.text import leftovers
from tests.campaigns.forks import Forks
from tests.campaigns.surroundings import SURROUNDINGS, environment
from tests.kit import versions
from tests.kit.project import ProjectFolder
from tests.kit.savedmodels import constant
from tests.servers.git_http import git_http
from tests.servers.github import github
from tests.servers.github_state import GitHub
from tests.servers.origin import Origin

NAMES = ("dev", "prod")
_HOUR = 3600
REPOSITORY = "git/acme/fleet.git"
KINDS = {
    "path": "a sync to a path",
    "http": "a sync over HTTP",
    "review": "a sync by pull request",
}
Files = Mapping[str, bytes]

SETTLED = 3.0
"""Seconds after which a Git server whose client was killed has done what it does."""


@contextmanager
def syncs(kind: str, root: Path, program: Forks) -> Iterator["Syncs"]:
    """Make a project that has something to deliver, in the way of *kind*."""
    with ExitStack() as stack:
        origin = Origin.create(root / REPOSITORY)
        url, forge = str(origin.path), None
        if kind != "path":
            url = f"{stack.enter_context(git_http(root / 'git')).url}/acme/fleet.git"
        if kind == "review":
            forge = stack.enter_context(github(origin))
        project = ProjectFolder.create(root / "project", url)
        yield Syncs.create(KINDS[kind], project, origin, forge, program)


@dataclass
class Syncs:
    """A sync of two environments, of which both have changes; the state before it is kept."""

    what: str
    project: ProjectFolder
    origin: Origin
    forge: GitHub | None
    env: dict[str, str]
    before: Files = field(default_factory=dict)
    expected: Files = field(default_factory=dict)
    """What main has, or with a forge the branches of both pull requests, in the end."""

    @classmethod
    def create(
        cls,
        what: str,
        project: ProjectFolder,
        origin: Origin,
        forge: GitHub | None,
        program: Forks,
    ) -> "Syncs":
        """Serve some models, and publish more, and withdraw one."""
        made = cls(what, project, origin, forge, environment(project.root.parent / SURROUNDINGS))
        log = project.root.parent / "log"
        made._write(is_reviewed=False)
        put = versions.folder(project.store)
        for model in "abcd":
            versions.publish(put, f"{model}/1", {"saved_model.pb": constant(model)})
        assert program.run(made.words, made.env, log).code == 0, log.read_text()
        made._write(is_reviewed=forge is not None)
        for path in ("a/2", "b/2", "e/1"):
            versions.publish(put, path, {"saved_model.pb": constant(path)})
        (project.store / "index-d-1.csv").unlink()
        made.before = origin.files()
        shutil.copytree(origin.path, made._kept)
        assert program.run(made.words, made.env, log).code == 0, log.read_text()
        made.expected = made._delivered()
        assert made.expected != made.before
        return made

    @property
    def words(self) -> list[str]:
        """The command, of both environments."""
        return ["-C", str(self.project.root), "sync", *NAMES]

    def lay(self) -> None:
        """Let the repository be as before; the cache stays as it is, and leftovers do."""
        shutil.rmtree(self.origin.path)
        shutil.copytree(self._kept, self.origin.path)
        self.origin = Origin(self.origin.path, pygit2.Repository(self.origin.path))
        if self.forge:
            self.forge.origin = self.origin
            self.forge.pulls.clear()

    def problems(self) -> Iterator[str]:
        """Yield what is broken in the repository, or there in part."""
        if broken := self._broken_for_good():
            yield from broken  # and nothing there is worth to be read
            return
        found = self._delivered()
        for name in NAMES:
            part = _of(found, name)
            if part not in (_of(self.before, name), _of(self.expected, name)):
                yield f"{name} is there in part"
        if _of(found, None) != _of(self.before, None):
            yield "files beside the overlays have changed"

    def problems_in_the_end(self) -> Iterator[str]:
        """Yield what is not as without a kill: files, and commits or pull requests."""
        if broken := [*self._broken()]:
            yield from broken
            return
        if self._delivered() != self.expected:
            yield "the files are not those of a run that nobody killed"
        if self.forge:
            heads = sorted(pull.head for pull in self.forge.pulls if pull.state == "open")
            if heads != [f"tfs-gitops/{name}" for name in NAMES]:
                yield f"the open pull requests are {heads}"
        elif (commits := len(self.origin.log())) != 1 + 2 * len(NAMES):
            yield f"{commits} commits"

    def left_over(self) -> int:
        """Return how many folders the kills have left in the temporary folder."""
        return len([*Path(self.env["TMPDIR"]).iterdir()])

    def untidied(self) -> Iterator[str]:
        """Yield which of them a run does not take away that comes an hour later."""
        folder = Path(self.env["TMPDIR"])
        leftovers.tidy(folder, time.time() + _HOUR)
        yield from (f"{path.name} is left in the temporary folder" for path in folder.iterdir())

    @property
    def _kept(self) -> Path:
        return self.project.root.parent / "before.git"

    def _write(self, *, is_reviewed: bool) -> None:
        review = {"mode": "pull-request"} if is_reviewed else {}
        for number, name in enumerate(NAMES, 1):
            api = {"forge": {"type": "github", "apiUrl": self.forge.api_url}} if self.forge else {}
            self.project.environment(name, delivery=api | review, serving={"replicas": number})

    def _delivered(self) -> Files:
        """Return the files of main; of an environment that has a branch of its own, those there."""
        found = self.origin.files()
        for name in NAMES:
            if f"tfs-gitops/{name}" in self.origin.repo.branches.local:
                found |= _of(self.origin.files(f"tfs-gitops/{name}"), name)
        return found

    def _broken_for_good(self) -> list[str]:
        """Return what is broken, and stays so.

        The Git server outlives its client: it may be taking in what that has sent, and an object
        is then there before the one that it names.
        """
        end = time.monotonic() + SETTLED
        while (broken := [*self._broken()]) and time.monotonic() < end:
            time.sleep(0.5)
        return broken

    def _broken(self) -> Iterator[str]:
        words = ["git", "-C", self.origin.path, "fsck", "--strict", "--no-dangling"]
        checked = subprocess.run(words, capture_output=True, text=True, check=False, env=self.env)
        if checked.returncode or "error" in checked.stderr:
            yield f"git fsck: {checked.stdout}{checked.stderr}"
        # A walk passes over the folders that the server takes away meanwhile.
        for folder, _, names in os.walk(self.origin.path):
            for name in names:
                if name.endswith(".lock"):
                    left = Path(folder, name).relative_to(self.origin.path)
                    yield f"{left} is left behind"


def _of(files: Files, name: str | None) -> Files:
    """Return the files of one environment's overlay; those of none with None."""
    mine = {path: path.partition("/overlays/")[2].partition("/")[0] for path in files}
    return {path: data for path, data in files.items() if mine[path] == (name or "")}
