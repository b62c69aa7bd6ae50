"""The pods of a demo run what Git says of them."""

from generator.cli.demo import rendered
from tests.kit.project import ProjectFolder


def test_a_pod_has_the_flags_the_rollout_and_the_files_of_its_commit(tmp_path, origin):
    """As they are rendered, and nothing that the demo would know better."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment(
        serving={"agent": True, "replicas": 3, "polling": {"config": 1}, "rollout": {"soak": "4s"}}
    )
    project.publish("a", 1)
    assert project.run("sync", "dev").exit_code == 0

    found = rendered.read(origin.path, "tf-serving", "dev")

    assert "model_config_file_poll_wait_seconds=1" in found.flags
    assert "allow_version_labels_for_unavailable_models=1" in found.flags
    assert found.rollout.startswith("first=1,soak=4s,then=one-by-one")
    assert found.generation == 1
    assert sorted(found.mounted) == ["models.config", "models.lock.json"]
    assert len(found.commit) == 40
