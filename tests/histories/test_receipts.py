"""Whatever happens, a sync with a cache ends as one without: the same trees, the same words.

Two projects share a store, and have a policy and a repository each. What happens to one happens
to the other; one is synced with its cache, and so with receipts, the other without.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from generator.cli.project import Project
from tests.kit.examples import costly
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
_CHANGES = re.compile(r"\b[0-9a-f]{12,40}\b|\b\d\d:\d\d(:\d\d)?Z?\b|in \d+ ?\w+( \d+ ?\w+)?")

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
        self.projects = []
        self.origins = []
        for name in ("cached", "whole"):
            project = ProjectFolder.create(self.folder / name, "origin.git")
            self.origins.append(Origin.create(project.root / "origin.git"))
            self.projects.append(project)
        self.store = self.projects[0].store
        for project in self.projects:
            object.__setattr__(project, "store", self.store)
        self.windows: list[dict[str, str]] = []
        self.policy("m0", 0)

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
        delivery = {"windows": self.windows}
        from_dev = {"latest": 1, "from": "dev"}
        for project in self.projects:
            for name, versions in (("dev", self.versions), ("prod", from_dev)):
                policy = [{"match": "*", "versions": versions}]
                project.environment(name, policy, delivery=delivery)

    def revert(self, _: str, number: int) -> None:
        """Take the newest commit back, as a person would, or commit elsewhere."""
        for origin in self.origins:
            tip = origin.repo.revparse_single("main")
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
                origin.repo.branches.create("tfs-gitops/dev", origin.repo.revparse_single("main"))

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
        trees = [origin.files() for origin in self.origins]
        assert trees[0] == trees[1]
        logs = [[it.splitlines()[0] for it in origin.log()] for origin in self.origins]
        assert logs[0] == logs[1]


def _seen(result) -> tuple[int, str, str]:
    """Return what a person sees, without what the moment of a commit makes of it."""
    return result.exit_code, _CHANGES.sub("…", result.stdout), _CHANGES.sub("…", result.stderr)


def play(acts: list[Act], check: Callable[[Pair], None] = lambda _: None) -> None:
    """Play a history, which ends with two syncs."""
    folder = Path(tempfile.mkdtemp())
    try:
        pair = Pair(folder)
        for act in [*acts, ("sync", 0, 0), ("sync", 0, 0)]:
            pair.play(act)
        check(pair)
    finally:
        shutil.rmtree(folder)


CHANGES = ["publish", "overwrite", "lose", "withdraw", "spoil", "policy", "revert", "propose"]
CHANGES += ["window", "freeze"]
ACTS = st.one_of(
    st.tuples(st.sampled_from(CHANGES), st.integers(0, 1), st.integers(1, 3)),
    st.tuples(st.just("wait"), st.just(0), st.integers(0, 3)),
    st.tuples(st.just("sync"), st.just(0), st.integers(0, 1)),
)
SYNC, WAIT = ("sync", 0, 0), ("wait", 0, 1)
QUIET = [("publish", 0, 1), SYNC, SYNC, SYNC, WAIT, SYNC, SYNC]
HELD = [("publish", 0, 1), ("publish", 1, 1), ("lose", 1, 1), *[SYNC] * 4, ("lose", 1, 1), SYNC]
YOUNG = [("policy", 0, 4), ("publish", 0, 1), SYNC, SYNC, ("wait", 0, 2), SYNC, SYNC, SYNC]
SHUT = [("publish", 0, 1), *[SYNC] * 2, ("window", 0, 1), ("publish", 0, 2), *[SYNC] * 4]
SHUT += [("wait", 0, 2), SYNC, SYNC, ("wait", 0, 2), SYNC]
FROZEN = [("publish", 0, 1), SYNC, ("freeze", 0, 2), ("publish", 0, 2), *[SYNC] * 4]
FROZEN += [*[("wait", 0, 2), SYNC] * 2]
slow = settings(
    max_examples=costly(30, night=600),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
)


@pytest.mark.parametrize(
    "history", [QUIET, HELD, YOUNG, SHUT, FROZEN], ids=["quiet", "held", "young", "shut", "frozen"]
)
def test_a_cached_sync_ends_as_one_without_a_cache(history):
    """And some of them read no branch: else nothing would be compared."""
    silent = []

    play(history, lambda pair: silent.append(pair.silent))

    assert silent[0] >= 2


@pytest.mark.slow
@slow
@example(QUIET)
@given(st.lists(ACTS, min_size=4, max_size=24))
def test_random_histories_with_and_without_a_cache_end_in_the_same_commits(history):
    """After each sync: trees, subjects of commits, exit codes, and every word that was said."""
    play(history)
