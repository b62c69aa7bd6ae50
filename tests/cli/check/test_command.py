"""`check`: its targets by name and by path, and what each form prints."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli import main
from tests.kit.github_runner import obeyed
from tests.kit.project import ProjectFolder
from tests.kit.schemas import schema

CONFIG = (
    'model_config_list { config { name: "m" base_path: "/m" model_platform: "tensorflow" '
    "model_version_policy { specific { versions: 1 } } } }\n"
)


@pytest.fixture
def fleet(tmp_path, monkeypatch):
    """Return a project folder below the current one: prod extends dev."""
    monkeypatch.chdir(tmp_path)
    project = ProjectFolder.create(tmp_path / "fleet", "fleet.git")
    project.environment("dev")
    dev = (project.root / "environments/dev.yaml").read_text()
    prod = dev.replace("name: dev", "name: prod").partition("  source:")[0]
    prod += "  extends: dev\n  serving: {namespace: prod}\n  policy: [{match: a}]\n"
    (project.root / "environments/prod.yaml").write_text(prod)
    return project


def check(*arguments: str):
    """Run the command in the current folder."""
    return CliRunner().invoke(main, ["check", *arguments])


def break_dev(fleet: ProjectFolder) -> None:
    """Give dev, and so prod, a value of the wrong type."""
    path = fleet.root / "environments/dev.yaml"
    path.write_text(path.read_text().replace("  serving:", "  serving:\n    replicas: many"))


def test_a_file_is_checked_wherever_one_stands(fleet):
    """As a shell completes it, and as a hook hands it over; with those that extend it."""
    dev, prod = (f"fleet/environments/{name}.yaml: ok\n" for name in ("dev", "prod"))
    prod += "  from fleet/environments/dev.yaml: delivery, serving.image, source\n"

    assert check("fleet/environments/dev.yaml").stdout == dev + prod
    assert check("fleet/environments/prod.yaml").stdout == prod
    assert check("fleet").stdout == dev + prod
    assert check("fleet/environments/").stdout == dev + prod
    assert check("-C", "fleet", "environments/prod.yaml").stdout == prod


def test_what_an_environment_takes_over_is_told_with_the_file_that_says_it(fleet):
    """Whoever edits that file edits this environment too."""
    told = json.loads(check("-C", "fleet", "prod", "--format", "json").stdout)

    assert told["files"][0]["inherited"] == {
        "fleet/environments/dev.yaml": ["delivery", "serving.image", "source"]
    }
    schema("check").validate(told)


def test_a_file_needs_no_project(tmp_path, monkeypatch, fleet):
    """Whoever runs the program without installing it has a file, and nothing else."""
    (tmp_path / "alone/below").mkdir(parents=True)
    (tmp_path / "alone/.git").mkdir()
    text = (fleet.root / "environments/dev.yaml").read_text()
    (tmp_path / "alone/dev.yaml").write_text(text)
    (tmp_path / "alone/models.config").write_text(CONFIG)
    monkeypatch.chdir(tmp_path / "alone")

    result = check("dev.yaml", "models.config")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "dev.yaml: ok",
        "models.config: a fresh server takes it",
        "models.config: a live server with any list takes it",
    ]
    monkeypatch.chdir(tmp_path / "alone/below")
    assert check("../dev.yaml", "../models.config").exit_code == 0


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("DEV", "no environment 'DEV': environments/DEV.yaml does not exist; did you mean 'dev'?"),
        ("dev.yaml", "dev.yaml: no such file; did you mean 'environments/dev.yaml'?"),
        ("environments/dve.yaml", "no such file; did you mean 'environments/dev.yaml'?"),
        ("batching.config", "(`model_config_list`); servers read it by --batching_parameters_file"),
        ("notes.md", "notes.md: neither an environment (`apiVersion: tfs-gitops/v1`) nor"),
        ("prod.yml", "prod.yml: no command reads it: rename it to prod.yaml"),
        ("latin.config", "latin.config:2: byte 1 is not UTF-8"),
        ("link.config", "link.config: leads out of "),
        ("empty", "empty: a folder without environments"),
        ("", "no environment ''"),
        ("x" * 5000, "xxx.yaml: cannot be read: File name too long"),
        ("x" * 5000 + "/y", "xxx/y: cannot be read: File name too long"),
        ("a\n\x1b[31m.yaml", "error: a\\n\\x1b[31m.yaml: no such file"),
    ],
)
def test_what_cannot_be_checked_is_told_and_the_rest_is_checked(fleet, monkeypatch, target, says):
    """With what was meant, where that is near."""
    monkeypatch.chdir(fleet.root)
    Path("batching.config").write_text("max_batch_size { value: 8 }\n")
    Path("notes.md").write_text("# Notes\n")
    Path("prod.yml").write_text("apiVersion: tfs-gitops/v1\n")
    Path("latin.config").write_bytes(b"\n\xe9")
    Path("link.config").symlink_to("/proc/self/environ")
    Path("empty").mkdir()

    result = check(target, "prod")

    assert result.exit_code == 3
    assert says in result.stderr
    assert "environments/prod.yaml: ok" in result.stdout


def test_the_schema_beside_environments_is_none_of_them(fleet):
    """A shell hands it over with `environments/*`."""
    file = fleet.root / "environments/environment.schema.json"
    file.write_text(check("--schema").stdout)

    result = check(*map(str, sorted(file.parent.iterdir())))

    assert result.exit_code == 0
    assert "schema.json" not in result.output


def test_an_inherited_error_is_told_once(fleet):
    """At the file that has it; and prod, which has it from there, is not said to be good."""
    break_dev(fleet)

    result = check("-C", "fleet")

    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr.count("replicas") == 1
    assert 'found "many", expected a whole number (inherited by prod)\n' in result.stderr
    assert result.stderr.count("hint: ") == 1


def test_json_tells_files_and_diagnostics_by_its_schema(fleet):
    """Each file from where one stands, so that a program opens it."""
    break_dev(fleet)
    Path("models.config").write_text(CONFIG.replace("/m", "m"))
    Path("fleet/environments/eu.yml").write_text("{}")

    result = check("-C", "fleet", "--format", "json")
    told = json.loads(result.stdout)

    schema("check").validate(told)
    assert (result.exit_code, result.stderr) == (3, "")
    assert (told["ok"], told["exitCode"]) == (False, 3)
    assert [(one["file"], one["ok"]) for one in told["files"]] == [
        ("fleet/environments/dev.yaml", False),
        ("fleet/environments/prod.yaml", False),
    ]
    error, warning = told["diagnostics"]
    assert error["file"] == "fleet/environments/dev.yaml"
    assert error["environments"] == ["dev", "prod"]
    text = Path(error["file"]).read_text().splitlines()
    assert text[error["line"] - 1][error["column"] - 1 :].startswith("replicas")
    assert (warning["code"], warning["line"]) == ("misnamed-environment", None)

    told = json.loads(check("models.config", "--format", "json").stdout)
    schema("check").validate(told)
    assert told["files"][0]["takes"] == {"fresh": False, "live": False}
    assert {one["code"] for one in told["diagnostics"]} == {"refused-fresh", "refused-live"}


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_a_program_that_asks_gets_its_form_also_where_nothing_can_be_checked(
    tmp_path, monkeypatch, form
):
    """A folder without environments, or a name that is none, is what was found."""
    monkeypatch.chdir(tmp_path)
    for targets, says in (
        ([], "no environments"),
        (["nosuch"], "no environment 'nosuch'"),
        (["no/such.yaml"], "no such file"),
    ):
        result = check(*targets, "--format", form)

        assert (result.exit_code, result.stderr) == (3, "")
        assert says in result.stdout
        assert result.stdout.startswith("::error" if form == "github" else "{")


def test_sarif_names_files_from_the_root_of_the_repository(fleet, monkeypatch):
    """Wherever the step of a workflow stands."""
    break_dev(fleet)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(Path.cwd()))
    monkeypatch.chdir(fleet.root)

    result = check("environments/dev.yaml", "--format", "sarif")
    [found] = json.loads(result.stdout)["runs"][0]["results"]

    location = found["locations"][0]["physicalLocation"]["artifactLocation"]
    assert result.exit_code == 3
    assert location["uri"] == "fleet/environments/dev.yaml"


@pytest.mark.parametrize("on_runner", [True, False])
def test_github_gets_one_annotation_for_each_diagnostic(fleet, monkeypatch, on_runner):
    """On stdout, on a runner and elsewhere; no text of a file becomes a command of its own."""
    monkeypatch.setenv("GITHUB_ACTIONS", str(on_runner).lower())
    (fleet.root / "environments/prod.yaml").write_text("kind: 'x%0A::add-mask::y ##[set-env]z'\n")
    break_dev(fleet)

    result = check("-C", "fleet", "--format", "github")
    commands = obeyed(result.stdout)

    assert not obeyed(result.stderr)
    assert len(commands) == len(result.stdout.splitlines()) > 2
    assert {level for level, _, _ in commands} == {"error"}
    assert commands[0][1]["file"] == "fleet/environments/dev.yaml"
    assert {"line", "col"} < commands[0][1].keys()


def test_a_runner_is_told_each_problem_once(fleet, monkeypatch):
    """Also where the output is for people."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    break_dev(fleet)

    result = check("fleet/environments/dev.yaml")

    [(level, told, message)] = obeyed(result.stderr)
    assert (level, told["file"]) == ("error", "fleet/environments/dev.yaml")
    assert "(inherited by prod)" in message


def test_applied_compares_with_any_models_config_that_is_named(fleet):
    """As `--config` does; and is refused where there is none."""
    Path("old.config").write_text(CONFIG)
    Path("new.config").write_text(CONFIG.replace("versions: 1", "versions: 2"))

    compared = check("new.config", "--applied", "old.config")

    assert "all versions of model 'm' are replaced in one step" in compared.stdout
    assert check("fleet", "--applied", "old.config").exit_code == 2
