"""What a promotion says of the store of the other environment."""

from tests.kit.project import ProjectFolder
from tests.kit.promotion import commit, policy, promote


def test_another_store_is_told(project, tmp_path):
    """The pin waits there until the version is copied."""
    other = tmp_path / "other"
    other.mkdir()
    rules = [{"match": "resnet", "versions": {"pin": [1]}}]
    project.environment("prod", rules, source={"url": other.as_uri()})
    commit(project)

    result = promote(project, "resnet")

    assert result.exit_code == 0, result.output
    assert (
        f"note: dev reads {project.store.as_uri()}, and prod reads {other.as_uri()}, where no "
        "index proves resnet 2: the pin waits until one does"
    ) in result.stderr


def copied(project, tmp_path, *versions: int) -> ProjectFolder:
    """Let prod read another store with these versions of resnet; return its project."""
    other = ProjectFolder.create(tmp_path / "other", "")
    for version in versions:
        other.publish("resnet", version)
    rules = [{"match": "resnet", "versions": {"pin": [1]}}]
    project.environment("prod", rules, source={"url": other.store.as_uri()})
    commit(project)
    return other


def test_a_version_that_the_other_store_has_needs_no_note(project, tmp_path):
    """It was copied with its index, as it is meant."""
    copied(project, tmp_path, 1, 2)

    assert "note" not in promote(project, "resnet").stderr


def test_a_version_that_is_not_there_is_told_with_what_is(project, tmp_path):
    """Also where nothing is left to edit: somebody waits for it."""
    copied(project, tmp_path, 1)
    first, second = (promote(project, "resnet", "--write") for _ in range(2))

    assert "no index proves resnet 2 (of 1 one does)" in first.stderr
    assert "prod asks for resnet 1 and 2 already" in second.stderr
    assert "no index proves resnet 2 (of 1 one does)" in second.stderr


def test_a_version_that_is_held_there_is_told_with_its_reason(project, tmp_path):
    """It is there, and would not be served."""
    other = copied(project, tmp_path, 1, 2)
    (other.store / "resnet/2/saved_model.pb").write_bytes(b"cut")
    result = promote(project, "resnet")

    assert result.exit_code == 0
    assert "which has resnet 2, but held: " in result.stderr


def test_a_version_whose_index_is_gone_from_the_shared_store_is_told(project):
    """It is served elsewhere by the lock, and a new environment could not have it."""
    [key] = [
        path.name for path in project.store.glob("index-*.csv") if "resnet/2/" in path.read_text()
    ]
    (project.store / key).unlink()
    result = promote(project, "resnet")

    assert result.exit_code == 0, result.output
    assert f"prod reads {project.store.as_uri()}, where no index proves resnet 2" in result.stderr


def test_a_store_that_cannot_be_asked_stops_no_edit(project, tmp_path):
    """A laptop may have no credentials for it; the sync will tell."""
    rules = [{"match": "resnet", "versions": {"pin": [1]}}]
    project.environment("prod", rules, source={"url": (tmp_path / "nowhere").as_uri()})
    commit(project)

    result = promote(project, "resnet", "--write")

    assert result.exit_code == 0, result.output
    assert "which cannot be asked: " in result.stderr
    assert policy(project) == [{"match": "resnet", "versions": {"pin": [1, 2]}}]
