"""Tell the history of one environment on a long branch, and measure seconds and memory.

The branch is made by `git fast-import`: most commits are of others, every hundredth one is a
sync of the environment, and every tenth a merge: a pull request that was cut before the last
sync, or a `git pull` by which what the branch had became the second parent. The program is the
real command line. Run from the repository's root: `python -m benchmarks.history`.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.delivered import make_origin
from benchmarks.measure import run
from benchmarks.published import write_environment
from generator.catalog.catalog import IndexRef, Version
from generator.lock.lock import Lock, ServedModel
from generator.lock.lock_file import dump
from generator.text.digest import json_digest

LOCK = "tf-serving/overlays/prod/generated/models.lock.json"
MODELS = 100
SYNC_EVERY, MERGE_EVERY, PULL_EVERY = 100, 10, 50
_STARTED = 1_700_000_000
_APART = 60
"""Seconds between two commits."""


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

    def _sync(self, tip: int) -> Iterator[str]:
        name = f"m{self._synced % MODELS:03}"
        versions = tuple(_version(name, self._synced // MODELS + it) for it in (1, 2))
        changed = ServedModel(name, name, versions, inputs=json_digest(self._synced))
        models = sorted({**self._lock.by_name, name: changed}.values(), key=lambda it: it.name)
        self._lock = self._lock.succeeded_by(replace(self._lock, models=tuple(models)))
        self._synced += 1
        message = f"models(prod): {name} +1\n\nTfs-Environment: prod"
        return (yield from self._commit((tip,), message, {LOCK: dump(self._lock)}))

    def _others(self, parent: int) -> Iterator[str]:
        number = self._mark + 1
        return (yield from self._commit((parent,), "of others", {f"{number % 50}.md": f"{number}"}))

    def _commit(
        self, parents: tuple[int, ...], message: str, files: Mapping[str, str]
    ) -> Iterator[str]:
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


def main() -> None:
    """Make the branch, and print what each command took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=200_000)
    parser.add_argument("--origin", type=Path, help="keep the branch here, or use the one there")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        origin = asked.origin or Path(folder, "origin.git")
        if not origin.exists():
            make_branch(origin, asked.commits)
        project = Path(folder, "project")
        write_prod(project, origin)
        program = (sys.executable, "-m", "generator", "-C", str(project), "history", "prod")
        count = ("git", "-C", str(origin), "rev-list", "--count", "main")
        found = subprocess.run(count, check=True, capture_output=True, text=True).stdout.strip()
        print(f"{int(found):,} commits")
        for what, command in (
            ("the newest 20", program),
            ("all of a model", (*program, "m000", "--limit", "100000")),
            ("all", (*program, "--limit", "100000")),
            (
                "git log -- LOCK",
                ("git", "-C", str(origin), "log", "--format=%H", "main", "--", LOCK),
            ),
        ):
            used = run(*command, env=os.environ)
            print(f"{used.seconds:>8.2f} s {used.peak / 1e6:>6.0f} MB  {what}")


def write_prod(project: Path, origin: Path) -> None:
    """Write a project whose environment `prod` is delivered to the repository *origin*."""
    source = {"url": "s3://models", "region": "us-east-1"}
    write_environment(project, "prod", origin, source, path="tf-serving")


if __name__ == "__main__":
    main()
