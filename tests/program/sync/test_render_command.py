"""`tfs-gitops render` writes what a sync would commit."""

import json


def test_render_writes_what_a_sync_would_commit(project, origin, tmp_path):
    """The folder is the delivery root, byte for byte."""
    project.publish("a", 1)
    project.run("sync")

    result = project.run("render", "dev", "--output", tmp_path / "out")

    rendered = {
        f"tf-serving/{path.relative_to(tmp_path / 'out').as_posix()}": path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert result.exit_code == 0
    assert rendered == origin.files()


def test_render_keeps_a_base_that_is_there(project, tmp_path):
    """A second render updates generated/ and nothing else."""
    project.publish("a", 1)
    out = tmp_path / "out"
    project.run("render", "dev", "--output", out)
    (out / "base/service.yaml").write_text("theirs\n")
    (out / "overlays/dev/generated/stray.yaml").write_text("x\n")
    project.publish("a", 2)

    project.run("render", "dev", "--output", out)

    assert (out / "base/service.yaml").read_text() == "theirs\n"
    assert not (out / "overlays/dev/generated/stray.yaml").exists()
    assert "versions: 2" in (out / "overlays/dev/generated/models.config").read_text()


def test_render_steps_as_a_sync_does(project, tmp_path):
    """Somebody may commit what it writes."""
    out = tmp_path / "out"
    for number in (1, 2):
        project.publish("a", number)
        labels = {"stable": number}
        rule = {"match": "a", "versions": {"pin": [number]}, "labels": labels}
        project.environment(policy=[rule])
        project.run("render", "dev", "--output", out)

    text = (out / "overlays/dev/generated/models.lock.json").read_text()
    model = json.loads(text)["models"]["a"]
    assert [line["version"] for line in model["versions"]] == [1, 2]
    assert model["labels"] == {"stable": 1}
