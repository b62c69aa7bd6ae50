"""Measure commands on an environment whose branch is long: its history, and a change.

The branch is made by `git fast-import`: most commits are of others, every hundredth one is a
sync of the environment, and every tenth a merge: a pull request that was cut before the last
sync, or a `git pull` by which what the branch had became the second parent. The program is the
real command line. Run from the repository's root: `python -m benchmarks.history`.
"""

import argparse
import hashlib
import os
import subprocess
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from benchmarks.delivered import make_origin
from benchmarks.measure import Usage, program, run
from benchmarks.published import write_environment
from benchmarks.table import Row, markdown
from generator.catalog.catalog import IndexRef, Version
from generator.catalog.claim import Blob
from generator.catalog.index import write
from generator.lock.lock import Lock, ServedModel
from generator.lock.lock_file import dump
from generator.text.digest import json_digest
from tests.kit.savedmodels import constant

LOCK = "tf-serving/overlays/prod/generated/models.lock.json"
MODELS = 100
SYNC_EVERY, MERGE_EVERY, PULL_EVERY = 100, 10, 50
COMMITS = 200_000
NEWEST = (9_001, 9_002)
"""Versions that no commit of the branch has."""
AIM, MEMORY = 2, 100
"""Seconds of CPU, and MB."""
_UNTIL_QUIET = 4
_STARTED = 1_700_000_000
_APART = 60
"""Seconds between two commits."""

_Commit = Generator[str, None, int]
"""Yields the commands of a commit, and returns its mark."""


@dataclass(slots=True)
class Stream:
    """The commands of `git fast-import` for a branch of so many *commits*."""

    commits: int
    _mark: int = 0
    _lock: Lock = field(default_factory=partial(Lock, "prod", "s3://models"))
    _synced: int = 0

    def lines(self) -> Iterator[str]:
        """Yield the commands."""
        tip = yield from self._commit((), "start", {"README.md": "0"})
        while self._mark < self.commits:
            if self._mark % SYNC_EVERY == 0:
                tip = yield from self._sync(tip)
            elif self._mark % PULL_EVERY == 1 and self._mark > SYNC_EVERY:
                mine = yield from self._others(tip - 3)
                tip = yield from self._commit((mine, tip), "Merge branch 'main' of origin", {})
            elif self._mark % MERGE_EVERY == 0:
                head = yield from self._others(max(1, tip - 4))
                tip = yield from self._commit((tip, head), f"Merge pull request #{head} from x", {})
            else:
                tip = yield from self._others(tip)
        yield f"reset refs/heads/main\nfrom :{tip}\n"

    def _sync(self, tip: int) -> _Commit:
        name = f"m{self._synced % MODELS:03}"
        versions = tuple(_version(name, self._synced // MODELS + it) for it in (1, 2))
        changed = ServedModel(name, name, versions, inputs=json_digest(self._synced))
        models = sorted({**self._lock.by_name, name: changed}.values(), key=lambda it: it.name)
        self._lock = self._lock.succeeded_by(replace(self._lock, models=tuple(models)))
        self._synced += 1
        message = f"models(prod): {name} +1\n\nTfs-Environment: prod"
        return (yield from self._commit((tip,), message, {LOCK: dump(self._lock)}))

    def _others(self, parent: int) -> _Commit:
        number = self._mark + 1
        return (yield from self._commit((parent,), "of others", {f"{number % 50}.md": f"{number}"}))

    def _commit(self, parents: tuple[int, ...], message: str, files: Mapping[str, str]) -> _Commit:
        self._mark += 1
        who = f"Ann <ann@example.com> {_STARTED + self._mark * _APART} +0000"
        yield f"commit refs/heads/work\nmark :{self._mark}\ncommitter {who}\n{_data(message)}"
        for word, parent in zip(("from", *["merge"] * len(parents)), parents, strict=False):
            yield f"{word} :{parent}\n"
        if len(parents) > 1:  # fast-import takes the files of the first parent
            yield f"M 100644 inline merged.md\n{_data(str(self._mark))}"
            yield f"M 100644 inline {LOCK}\n{_data(dump(self._lock))}"
        for path, text in files.items():
            yield f"M 100644 inline {path}\n{_data(text)}"
        yield "\n"
        return self._mark


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"


def _version(name: str, number: int) -> Version:
    index = IndexRef(f"index-{name}-{number}.csv", json_digest(number)[-32:])
    published = datetime(2026, 1, 1, tzinfo=UTC)
    digest = json_digest([name, number])
    return Version(name, str(number), index, digest, 6, 60, published, warmup=True)


def make_branch(origin: Path, commits: int) -> None:
    """Make a bare repository whose branch `main` has some *commits*."""
    make_origin(origin)
    command = ["git", "-C", str(origin), "fast-import", "--quiet", "--force"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as importing:
        assert importing.stdin is not None  # noqa: S101  it is a pipe
        importing.stdin.writelines(Stream(commits).lines())
    if importing.returncode:
        raise SystemExit(f"git fast-import: exit {importing.returncode}")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A project whose environment `prod` has been delivered to a long branch, of 100 models."""

    root: Path
    origin: Path

    @property
    def project(self) -> Path:
        """The folder of environments."""
        return self.root / "project"

    def sync(self) -> None:
        """Publish the newest versions, and bring the branch to them."""
        (self.root / "store").mkdir()
        for number in range(MODELS):
            for version in NEWEST:
                self.publish(f"m{number:03}", version)
        write_prod(self.project, self.origin, (self.root / "store").as_uri())
        for _ in range(_UNTIL_QUIET):
            self.run("sync")

    def publish(self, model: str, version: int) -> None:
        """Write a version of one object, and its index."""
        key = f"{model}/{version}/saved_model.pb"
        data = constant(key)
        path = self.root / "store" / key
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        blob = Blob(key, hashlib.md5(data, usedforsecurity=False).hexdigest())
        (self.root / "store" / f"index-{model}-{version}.csv").write_bytes(write(model, [blob]))

    def run(self, *words: str) -> Usage:
        """Run the real command line; what it took."""
        env = {**os.environ, "XDG_CACHE_HOME": str(self.root / "cache"), "HOME": str(self.root)}
        return program("-C", str(self.project), *words, env=env)

    def measured(self) -> Iterator[tuple[str, Usage]]:
        """Yield what commands took, each on what those before it have left."""
        yield "`history prod`, the newest 20", self.run("history", "prod")
        everything = ("history", "prod", "--limit", "100000")
        yield "`history prod`, of a model", self.run(*everything, "m000")
        yield "`history prod`, all", self.run(*everything)
        self.publish("m000", NEWEST[-1] + 1)
        yield "`plan` of a change", self.run("plan", "prod")
        yield "`sync` of a change", self.run("sync", "prod")
        yield "`rollback prod m000`", self.run("rollback", "prod", "m000", "--write")
        yield "`sync` of what is rolled back", self.run("sync", "prod")


def rows(commits: int = COMMITS, kept: Path | None = None) -> Iterator[Row]:
    """Yield what commands took on a branch of so many *commits*, or the one that is *kept*."""
    with TemporaryDirectory() as folder:
        origin = kept or Path(folder, "origin.git")
        if not origin.exists():
            make_branch(origin, commits)
        delivered = Delivered(Path(folder), origin)
        delivered.sync()
        against = "`git log -- LOCK`"
        log = run(
            "git", "-C", str(origin), "log", "--format=%H", "main", "--", LOCK, env=os.environ
        )
        for what, used in delivered.measured():
            told = f"{what}, on {commits:,} commits"
            yield Row(MODELS, f"CPU, {told}", used.cpu, against, log.cpu, AIM, absolute=True)
            peaks = used.peak / 1e6, log.peak / 1e6
            yield Row(
                MODELS, f"memory, {told}", peaks[0], against, peaks[1], MEMORY, "MB", absolute=True
            )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=COMMITS)
    parser.add_argument("--origin", type=Path, help="keep the branch here, or use the one there")
    asked = parser.parse_args()
    print(markdown(rows(asked.commits, asked.origin)))


def write_prod(project: Path, origin: Path, store: str = "s3://models") -> None:
    """Write a project whose environment `prod` is delivered to the repository *origin*."""
    source = {"url": store, "region": "us-east-1"} if store.startswith("s3:") else {"url": store}
    rule = {"match": "*", "versions": {"latest": len(NEWEST)}}
    write_environment(project, "prod", origin, source, rule, path="tf-serving", settle="0s")


if __name__ == "__main__":
    main()
