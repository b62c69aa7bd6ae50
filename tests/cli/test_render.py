"""`render --target compose`: one machine's folder, of which only our files change."""

from pathlib import Path

import pytest

from tests.kit.compose_projects import mounts, numbers, render, server_of, unversioned


@pytest.fixture
def project(tmp_path):
    """A project with one published model, and no repository at all."""
    return unversioned(tmp_path / "project")


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Each file with its content and the time at which it was written."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_render_writes_the_project_and_no_cluster_files(project):
    """The store's folder is mounted, and the config names what was proven."""
    result = render(project)

    assert result.exit_code == 0, result.output
    assert set(tree(project.root / "machine")) == {
        "compose.yaml",
        "generated/models/models.config",
        "generated/models/models.lock.json",
        "generated/prometheus/prometheus.yml",
        "generated/start/monitoring.config",
    }
    files = {name: data for name, (data, _) in tree(project.root / "machine").items()}
    assert mounts(server_of(files))["/models"] == str(project.store)
    assert numbers(project) == [1]
    assert "compose.yaml" in result.stdout


def test_a_second_render_changes_nothing(project):
    """Not even the time of a file."""
    render(project)
    before = tree(project.root / "machine")
    result = render(project)

    assert "no change" in result.stdout
    assert tree(project.root / "machine") == before


def test_stale_files_of_ours_go_and_a_persons_stay(project):
    """`generated` holds what is rendered; what a person adds beside it is theirs."""
    render(project)
    own = project.root / "machine" / "compose.override.yaml"
    own.write_text("services: {}\n")
    project.environment()
    render(project)

    assert own.exists()
    assert not (project.root / "machine/generated/start").exists()
    assert not (project.root / "machine/generated/prometheus").exists()


def test_only_files_that_differ_are_written(project):
    """The lock has the settings; the config keeps its time, and so does what did not change."""
    render(project)
    before = tree(project.root / "machine")
    project.environment(serving={"monitoring": {"enabled": True}, "image": "x/y:2.19.2"})
    render(project)
    after = tree(project.root / "machine")

    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"compose.yaml", "generated/models/models.lock.json"}


def test_a_machine_goes_in_the_same_steps_as_a_cluster(project):
    """A new version is added beside the served one; the old one waits until it has settled."""
    render(project)
    project.publish("a", 2)
    result = render(project)

    assert numbers(project) == [1, 2]
    assert "due" in result.stdout


def test_an_empty_store_does_not_empty_a_machine(project):
    """The same guard as for a repository: exit 6, and nothing is written."""
    render(project)
    for index in project.store.glob("index-*.csv"):
        index.unlink()
    result = render(project)

    assert result.exit_code == 6
    assert numbers(project) == [1]


def test_an_environment_with_nothing_to_serve_writes_nothing(project):
    """A server that starts from an empty list is of no use."""
    project.environment("new", policy=[{"match": "none", "versions": {"latest": 1}}])

    assert render(project, "new").exit_code == 0
    assert not (project.root / "machine").exists()


def test_the_project_of_another_environment_is_refused(project):
    """Two environments are two machines, or two folders."""
    render(project)
    project.environment("prod")
    before = tree(project.root / "machine")
    result = render(project, "prod")

    assert result.exit_code == 3
    assert "'dev', not 'prod'" in result.stderr
    assert tree(project.root / "machine") == before


@pytest.mark.parametrize("file", ["compose.yaml", "generated/models/models.config"])
def test_a_project_without_a_lock_is_not_ours(project, file):
    """A person's own project is not overwritten; a deleted lock is not taken for nothing."""
    own = project.root / "machine" / file
    own.parent.mkdir(parents=True)
    own.write_text("services: {}\n")
    result = render(project)

    assert result.exit_code == 3
    assert "--output" in result.stderr
    assert own.read_text() == "services: {}\n"


def test_a_broken_lock_is_told_by_its_place(project):
    """The file that a person must look at."""
    render(project)
    lock = project.root / "machine/generated/models/models.lock.json"
    lock.write_text("{")
    result = render(project)

    assert result.exit_code == 3
    assert str(lock) in result.stderr
