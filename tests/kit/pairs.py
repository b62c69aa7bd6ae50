"""Two projects that share a store, and to which the same happens: one is synced with its cache.

With it come receipts. Whatever happens, both are to end alike: the same trees, the same words.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pygit2

from generator.cli.project import Project
from tests.kit.project import EXAMPLES, ProjectFolder
from tests.servers.origin import Origin

MODEL = {
    path.relative_to(EXAMPLES / "half-plus-two/1").as_posix(): path.read_bytes()
    for path in (EXAMPLES / "half-plus-two/1").rglob("*")
    if path.is_file()
}
POLICIES = [
    {"latest": 1},
    {"latest": 2},
    {"pin": [1]},
    {"pin": [1, 3]},
    {"latest": 1, "minAge": "1h"},
]
OBJECT = "{}/saved_model.pb"
_CHANGES = re.compile(
    r"http://127\.0\.0\.1:[0-9]+|\b[0-9a-f]{12,40}\b|\b\d\d:\d\d(:\d\d)?Z?\b"
    r"|in \d+ ?\w+( \d+ ?\w+)?"
)

Act = tuple[str, int, int]
"""What happens, to which model, and to which version or by how much."""


@dataclass
class Pair:
    """Two projects, one store, and one clock."""

    folder: Path
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    silent: int = 0
    """The syncs that opened no branch."""
    opened: int = 0

    def __post_init__(self) -> None:
        """Make the projects."""
        self.projects: list[ProjectFolder] = []
        self.origins: list[Origin] = []
        self.deliveries: list[dict[str, Any]] = [{}, {}]
        for name in ("cached", "whole"):
            self.add(self.folder / name)
        self.store = self.projects[0].store
        for project in self.projects:
            object.__setattr__(project, "store", self.store)
        self.windows: list[dict[str, str]] = []
        self.policy("m0", 0)

    def add(self, folder: Path) -> None:
        """Make one project, and the repository that it delivers to."""
        project = ProjectFolder.create(folder, "origin.git")
        self.origins.append(Origin.create(project.root / "origin.git"))
        self.projects.append(project)

    def play(self, act: Act) -> None:
        """Let something happen to both."""
        what, model, number = act
        getattr(self, what)(f"m{model}", number)

    def publish(self, model: str, number: int) -> None:
        """Upload a version, and its index."""
        self.projects[0].craft(model, number, MODEL)

    def overwrite(self, model: str, number: int) -> None:
        """Overwrite an object with another of the same size."""
        if (file := self.store / OBJECT.format(f"{model}/{number}")).exists():
            file.write_bytes(b"x" * file.stat().st_size)

    def lose(self, model: str, number: int) -> None:
        """Delete an object, or put it there again."""
        file = self.store / OBJECT.format(f"{model}/{number}")
        if file.exists():
            file.unlink()
        elif file.parent.exists():
            file.write_bytes(MODEL["saved_model.pb"])

    def withdraw(self, model: str, number: int) -> None:
        """Delete an index."""
        (self.store / f"index-{model}-{number}.csv").unlink(missing_ok=True)

    def spoil(self, model: str, number: int) -> None:
        """Write an index that is none, or take it away."""
        file = self.store / f"index-bad-{model}-{number % 2}.csv"
        if file.exists():
            file.unlink()
        else:
            file.write_text(f"{model}\n")

    def policy(self, _: str, number: int) -> None:
        """Edit the policy; production takes what development has."""
        self.versions = POLICIES[number % len(POLICIES)]
        self._write()

    def window(self, _: str, number: int) -> None:
        """Let changes go out in every second hour only, or at any time."""
        self.windows = [{"cron": f"{number} */2 * * *", "duration": "1h"}] if number % 3 else []
        self._write()

    def freeze(self, _: str, number: int) -> None:
        """Freeze development for some hours, or end that."""
        until = (self.now + timedelta(hours=number)).replace(microsecond=0).isoformat()
        entry = {"environments": ["d*"], "until": until, "who": "me", "why": "no reason"}
        text = {"apiVersion": "tfs-gitops/v1", "kind": "Freeze", "spec": {"freezes": [entry]}}
        for project in self.projects:
            file = project.root / "freeze.yaml"
            if file.exists():
                file.unlink()
            else:
                file.write_text(json.dumps(text))

    def _write(self) -> None:
        from_dev = {"latest": 1, "from": "dev"}
        for project, delivery in zip(self.projects, self.deliveries, strict=True):
            for name, versions in (("dev", self.versions), ("prod", from_dev)):
                policy = [{"match": "*", "versions": versions}]
                project.environment(name, policy, delivery={**delivery, "windows": self.windows})

    def revert(self, _: str, number: int) -> None:
        """Take the newest commit back, as a person would, or commit elsewhere."""
        for origin in self.origins:
            tip = origin.repo.revparse_single("main").peel(pygit2.Commit)
            now = origin.files()
            before = origin.files("main~1") if number % 2 and tip.parents else now
            gone = dict.fromkeys(now.keys() - before.keys())
            origin.commit({"note": str(number).encode(), **before, **gone}, "a person's commit")

    def propose(self, _: str, __: int) -> None:
        """Make the branch of a pull request, or delete it."""
        for origin in self.origins:
            if (branch := origin.repo.branches.local.get("tfs-gitops/dev")) is not None:
                branch.delete()
            else:
                tip = origin.repo.revparse_single("main").peel(pygit2.Commit)
                origin.repo.branches.create("tfs-gitops/dev", tip)

    def wait(self, _: str, number: int) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=[1, 20, 70, 400][number % 4])

    def sync(self, _: str, number: int) -> None:
        """Sync both, and compare what they came to."""
        words = [("sync",), ("sync", "--format", "json", "--strict")][number % 2]
        plain = Project.branch

        def branch(project, environment):
            self.opened += 1
            return plain(project, environment)

        with patch.object(Project, "now", lambda _: self.now):
            with patch.object(Project, "branch", branch):
                before = self.opened
                cached = self.projects[0].run(*words)
                self.silent += self.opened == before
            whole = self.projects[1].run(*words, "--no-cache")
        assert _seen(cached) == _seen(whole)
        trees = [tree(origin) for origin in self.origins]
        assert trees[0] == trees[1]
        logs = [[it.splitlines()[0] for it in origin.log()] for origin in self.origins]
        assert logs[0] == logs[1]
        self.compare()

    def compare(self) -> None:
        """Compare what else the two have come to."""


def tree(origin: Origin, branch: str = "main") -> dict[str, bytes]:
    """Return the files of a branch, without the ports of servers."""
    files = origin.files(branch).items()
    return {path: re.sub(rb"127\.0\.0\.1:[0-9]+", b"", data) for path, data in files}


def masked(text: str) -> str:
    """Return *text* without what the moment of a commit, or its place, makes of it."""
    return _CHANGES.sub("…", text)


def _seen(result) -> tuple[int, str, str]:
    """Return what a person sees."""
    return result.exit_code, masked(result.stdout), masked(result.stderr)


def play(
    acts: list[Act],
    check: Callable[[Pair], None] = lambda _: None,
    make: Callable[[Path], Pair] = Pair,
) -> None:
    """Play a history, which ends with two syncs, to the pair that *make* makes."""
    folder = Path(tempfile.mkdtemp())
    try:
        pair = make(folder)
        for act in [*acts, ("sync", 0, 0), ("sync", 0, 0)]:
            pair.play(act)
        check(pair)
    finally:
        shutil.rmtree(folder)
