"""Syncs at once: real processes that push to one repository end where one after the other does."""

import contextlib
import gc
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.kit.project import ProjectFolder
from tests.servers.forge import TOKEN
from tests.servers.git_http import git_http
from tests.servers.github import github
from tests.servers.origin import Origin

ENVIRONMENTS = ("dev", "prod", "staging")
# Between the check of a push and its end: others get there first.
SLOW = "#!/bin/sh\nsleep 0.3\n"


@pytest.fixture(params=["path", "http"])
def url(request: pytest.FixtureRequest, origin: Origin) -> Iterator[str]:
    """Return where the origin is, on disk and behind a server whose pushes take their time."""
    if request.param == "path":
        yield str(origin.path)
        return
    hook = origin.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(SLOW)
    hook.chmod(0o755)
    with git_http(origin.path.parent) as server:
        yield f"{server.url}/{origin.path.name}"


@pytest.fixture
def project(tmp_path: Path, url: str) -> ProjectFolder:
    """Return a project with several environments, which all deliver to the origin."""
    return with_environments(ProjectFolder.create(tmp_path / "project", url))


def with_environments(project: ProjectFolder, names: Sequence[str] = ENVIRONMENTS) -> ProjectFolder:
    """Write the environments, which differ."""
    for number, name in enumerate(names, 1):
        project.environment(name, delivery={"settle": "1h"}, serving={"replicas": number})
    return project


def at_once(project: ProjectFolder, *runs: tuple[str, ...]) -> list[str]:
    """Start a `sync` for each of *runs*; return what they say when all have ended well."""
    command = [sys.executable, "-m", "generator", "-C", str(project.root), "sync"]
    pipe = subprocess.PIPE
    started = [
        subprocess.Popen([*command, *names], stdout=pipe, stderr=pipe, text=True) for names in runs
    ]
    said = [(process.communicate(timeout=400), process.returncode) for process in started]
    assert [code for _, code in said] == [0] * len(runs), said
    return [out for (out, _), _ in said]


def one_after_the_other(
    folder: Path, project: ProjectFolder, names: Sequence[str] = ENVIRONMENTS
) -> Origin:
    """Return a repository that got the same from the same store, without a race."""
    folder.mkdir()
    alone = Origin.create(folder / "origin.git")
    own = ProjectFolder(folder / "project", project.store, str(alone.path))
    (own.root / "environments").mkdir(parents=True)
    with_environments(own, names)
    for name in names:
        assert own.run("sync", name).exit_code == 0
    return alone


def promised(said: list[str]) -> set[str]:
    """Return the starts of the commits that the syncs say they made."""
    return {
        found
        for out in said
        for found in re.findall(r"^committed (\w+) to main$", out, re.MULTILINE)
    }


def commits(origin: Origin) -> set[str]:
    """Return the starts of the commits of main, but for the first."""
    ids = [str(one.id)[:12] for one in origin.repo.walk(origin.repo.revparse_single("main").id)]
    return set(ids[:-1])


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "runs",
    [
        pytest.param(
            [(name,) for name in ENVIRONMENTS], id="one-environment-each", marks=pytest.mark.slow
        ),
        pytest.param([("dev",)] * 3, id="the-same-environment", marks=pytest.mark.slow),
        pytest.param([(), ()], id="all-environments-twice", marks=pytest.mark.slow),
        pytest.param([(), ("staging",), ("prod", "dev")], id="overlapping"),
    ],
)
def test_syncs_at_once_end_as_one_after_the_other(project, origin, tmp_path, runs):
    """The same tree, every commit that was told on the branch, and one for each environment."""
    project.publish("a", 1)
    project.publish("b", 1)

    said = at_once(project, *runs)
    alone = one_after_the_other(tmp_path / "alone", project)

    names = {name for chosen in runs for name in chosen or ENVIRONMENTS}
    expected = {
        path: data
        for path, data in alone.files().items()
        if "/overlays/" not in path or path.split("/overlays/")[1].split("/")[0] in names
    }
    assert origin.files() == expected
    assert promised(said) == commits(origin)
    assert len(commits(origin)) == len(names)


@pytest.mark.no_cover
def test_a_change_is_taken_once_by_syncs_at_once(project, origin):
    """Whoever is slower sees that the step is made, and that the next one is not due."""
    project.publish("a", 1)
    at_once(project, ())
    project.publish("a", 2)

    said = at_once(project, (), ())

    assert len(promised(said)) == len(ENVIRONMENTS)
    assert promised(said) < commits(origin)
    assert len(commits(origin)) == 2 * len(ENVIRONMENTS)


@pytest.mark.slow
def test_a_person_who_commits_meanwhile_loses_nothing(project, origin):
    """What is not ours stays as it was, under the commits of the sync."""
    project.publish("a", 1)
    command = [sys.executable, "-m", "generator", "-C", str(project.root), "sync"]
    written = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for pause in (0.4, 0.7, 1.1, 0.6):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(pause)
            origin.commit({f"notes/{written}.txt": b"x"}, f"note {written}")
            written += 1
        out, _ = process.communicate(timeout=120)

    files = origin.files()
    assert process.returncode == 0
    assert promised([out]) < commits(origin)
    assert sum(path.startswith("notes/") for path in files) == written
    assert sum(path.endswith("models.lock.json") for path in files) == len(ENVIRONMENTS)


@pytest.mark.parametrize("mode", ["commit", "pull-request"])
def test_a_run_that_always_loses_names_the_branch(tmp_path, monkeypatch, mode):
    """The one that it pushes to: the base branch, or that of the pull request."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", TOKEN)
    origin = Origin.create(tmp_path / "git/acme/fleet.git")
    lost = {"commit": "main", "pull-request": "tfs-gitops/dev"}[mode]
    lock = origin.path / f"refs/heads/{lost}.lock"  # to a server, somebody else's push
    lock.parent.mkdir(exist_ok=True)
    lock.touch()
    with git_http(tmp_path / "git") as server, github(origin) as forge:
        project = ProjectFolder.create(tmp_path / "p", f"{server.url}/acme/fleet.git")
        api = {"forge": {"type": "github", "apiUrl": forge.api_url}} if mode != "commit" else {}
        project.environment(delivery={"mode": mode, **api})
        project.publish("a", 1)
        result = project.run("sync", "dev", "--timeout", "2s")
        gc.collect()  # the client's connections, before their server is gone

    assert result.exit_code == 5
    told = re.search(r"others pushed to '(.*)' first, (\d+) times in 2 seconds", result.stderr)
    assert told
    assert told[1] == lost
    assert int(told[2]) > 0


@pytest.mark.nightly
def test_many_syncs_at_once_end_as_one_after_the_other(tmp_path, origin):
    """Two for each of twelve environments, behind a server whose pushes take their time."""
    hook = origin.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(SLOW)
    hook.chmod(0o755)
    names = [f"env-{number}" for number in range(12)]
    with git_http(origin.path.parent) as server:
        project = ProjectFolder.create(tmp_path / "p", f"{server.url}/{origin.path.name}")
        with_environments(project, names)
        project.publish("a", 1)
        said = at_once(project, *((name,) for name in names * 2))

    assert origin.files() == one_after_the_other(tmp_path / "alone", project, names).files()
    assert len(promised(said)) == len(names)
    assert promised(said) == commits(origin)
