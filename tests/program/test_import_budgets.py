"""What each command imports: a start of Python costs as much as what it loads.

Counts and names, no times: those are told by `python -m benchmarks.starts`.
"""

import pytest

from tests.kit.imports import ALL, CLOUDS, SCHEMA, imported
from tests.kit.project import EXAMPLES, ProjectFolder
from tests.kit.reviewed_fleet import reviewed


def refuse(modules: set[str], forbidden: set[str], most: int) -> None:
    """Fail if *modules* are more than *most*, or one of them is *forbidden*."""
    assert modules & forbidden == set()
    assert len(modules) <= most, sorted(modules)


@pytest.fixture
def project(tmp_path, origin):
    """Return a project with one model, which is synced, and then has nothing to do."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    for _ in range(2):
        assert project.run("sync").exit_code == 0
    return project


def test_help_loads_click_and_little_else(tmp_path):
    """Not even what reads and writes JSON, nor what opens a project."""
    unused = {"json", "logging", "subprocess", "pathlib", "generator.cli.project"}
    refuse(imported(tmp_path, "--help"), ALL | unused, 145)


def test_a_models_config_is_checked_with_the_parser_of_the_server_alone(tmp_path):
    """No YAML is in it, and no schema."""
    file = tmp_path / "models.config"
    file.write_text(
        'model_config_list { config { name: "a" base_path: "/models/a" '
        'model_platform: "tensorflow" model_version_policy { specific { versions: 1 } } } }'
    )

    modules = imported(tmp_path, "check", "--config", file)

    refuse(modules, ALL - {"google.protobuf"}, 231)
    assert not {name for name in modules if name.startswith("generator.catalog")}


def test_a_check_of_what_was_checked_before_loads_no_schema(project):
    """A verdict is remembered by the text, the schema and its rules."""
    imported(project.root, "check")

    refuse(imported(project.root, "check"), ALL - {"yaml"}, 267)


def test_a_sync_with_nothing_to_do_reads_a_folder_and_asks_git(project):
    """With a receipt: no document is parsed, and no repository is opened."""
    refuse(imported(project.root, "sync"), ALL | {"socket"}, 258)


def test_a_sync_with_nothing_to_do_lists_a_bucket_without_boto3(tmp_path, origin, s3):
    """With keys of the environment."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    for file in EXAMPLES.joinpath("half-plus-two/1").rglob("*"):
        if file.is_file():
            s3.put(f"a/1/{file.relative_to(EXAMPLES / 'half-plus-two/1')}", file.read_bytes())
    rows = [
        f"a,{item['Key']},{item['ETag']}\n"
        for item in s3.client.list_objects_v2(Bucket=s3.name)["Contents"]
    ]
    s3.put("index-a.csv", "".join(rows).encode())
    source = {"url": s3.url, "endpoint": s3.endpoint, "access": None, "mount": None}
    project.environment(source=source)
    for _ in range(2):
        result = project.run("sync")
        assert result.exit_code == 0, result.output
    opened = imported(project.root, "sync")

    assert "obstore" in opened
    refuse(opened, ALL - {"obstore"}, 252)


def test_a_sync_whose_pull_request_is_open_asks_a_forge_without_its_library(tmp_path, monkeypatch):
    """Beside Git, one question of what comes with Python: people take days to read."""
    monkeypatch.setenv("CI", "true")
    with reviewed("github", tmp_path, monkeypatch) as fleet:
        for _ in range(2):
            assert fleet.sync().exit_code == 0
        fleet.forge.requests.clear()
        opened = imported(fleet.project.root, "sync")

        assert len(fleet.forge.requests) == 1
    refuse(opened, ALL - {"http.client", "ssl", "email"}, 293)


def test_a_plan_of_a_folder_loads_no_client_of_a_server(project):
    """What it reads is on this machine; nothing is new, so no record is judged."""
    project.run("check")

    modules = imported(project.root, "plan")

    unused = {"email", "google_crc32c", "github", "gitlab", "zoneinfo", "generator.report.markdown"}
    refuse(modules, CLOUDS | SCHEMA | unused, 582)
    assert "generator.catalog.savedmodel.servable" not in modules
