"""Render and commit one environment, by the program and by public tools."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from benchmarks.measure import Usage, alternate
from benchmarks.published import OBJECTS, VERSIONS, Fleet
from generator.catalog.catalog import Catalog, IndexRef, Version
from generator.catalog.findings import Findings
from generator.delivery.git import open_branch
from generator.delivery.ports import Branch
from generator.delivery.publish import CommitPublisher
from generator.environment import load, project_folder
from generator.environment.environment import Environment
from generator.lock import branch as delivered
from generator.lock.lock import Lock
from generator.pipeline import pipeline
from generator.pipeline.run import Options, Run
from generator.plan.context import Facts, Inputs
from generator.plan.facts import FactFinder
from generator.plan.shared_store import SharedStore
from generator.render.templates import Templates
from generator.text.digest import json_digest


def render_and_commit(fleet: Fleet, project: Path, times: int) -> tuple[Usage, Usage]:
    """Return the program's time, and that of `kubectl kustomize`, `git add`, `git commit`.

    The program starts from a proven catalog and an empty repository, and ends with the
    commit; the tools start from the files that it has rendered. Its own start is not in
    its time: a sync of several environments starts once.
    """
    environment = load.load(project_folder.texts(project), fleet.environments[0])
    origin = Path(environment.delivery.repository)
    catalog = _catalog([name for name in fleet.names if name.startswith(f"{environment.name}-")])
    files: dict[str, bytes] = {}

    def ours() -> Usage:
        make_origin(origin)
        start = time.perf_counter()
        branch = open_branch(environment.delivery, project)
        run = _run_of(environment, catalog, branch)
        publisher = CommitPublisher(Templates())
        outcome = pipeline.sync(run, lambda: run, publisher, Templates(), Options())
        seconds = time.perf_counter() - start
        if outcome.commit is None:
            raise SystemExit("render and commit: nothing was committed")
        files.update(outcome.files)
        return Usage(seconds)

    return alternate(times, ours, lambda: _tools(environment, files))


class _UnreadStore:
    """In place of the store: it is asked for facts that are missing, and none is."""


def _run_of(environment: Environment, catalog: Catalog, branch: Branch) -> Run:
    """Return a run that lacks no fact: all is proven, handed out and inspected."""
    facts = Facts(
        looked=frozenset(version.path for version in catalog.versions),
        findings={version.digest: Findings() for version in catalog.versions},
        taken=frozenset(),
    )
    lock = Lock(environment.name, environment.source.url)
    inputs = Inputs(environment, lock, catalog, facts=facts)
    generated = delivered.generated_digest(environment, branch)
    store = cast("SharedStore", _UnreadStore())
    return Run(inputs, FactFinder(store, branch), branch, generated)


def make_origin(path: Path) -> None:
    """Make an empty bare repository, in place of what is at *path*."""
    shutil.rmtree(path, ignore_errors=True)
    subprocess.run(["git", "init", "--quiet", "--bare", "-b", "main", str(path)], check=True)


def _tools(environment: Environment, files: Mapping[str, bytes]) -> Usage:
    with TemporaryDirectory() as folder:
        for name, data in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        _run(folder, "git", "init", "--quiet")
        start = time.perf_counter()
        _run(folder, "kubectl", "kustomize", f"overlays/{environment.name}")
        _run(folder, "git", "add", ".")
        _run(folder, "git", "commit", "--quiet", "-m", "models")
        return Usage(time.perf_counter() - start)


def _run(folder: str, *command: str) -> None:
    identity = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", "Benchmark"), ("EMAIL", "benchmark@example.com"))
    }
    env = os.environ | identity
    subprocess.run(command, check=True, cwd=folder, env=env, stdout=subprocess.DEVNULL)


def _catalog(names: list[str]) -> Catalog:
    published = datetime(2026, 1, 1, tzinfo=UTC)
    return Catalog(
        tuple(
            Version(
                base_path=name,
                directory=str(number),
                index=IndexRef(f"index-{name}-{number}.csv", json_digest(name)[-32:]),
                digest=json_digest([name, number]),
                objects=len(OBJECTS),
                bytes=60,
                published=published,
                warmup=True,
            )
            for name in names
            for number in VERSIONS
        )
    )
