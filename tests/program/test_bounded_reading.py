"""Whatever comes from outside is read through the modules that know a bound, on every way."""

import ast
import os
from pathlib import Path

import pygit2
import pytest
from click.testing import CliRunner

from generator.cli import main
from tests.kit.project import ProjectFolder

PACKAGE = Path(__file__).parents[2] / "generator"

PARSERS = {
    "json": {"load", "loads"},
    "yaml": {"load", "load_all", "safe_load", "safe_load_all", "compose", "compose_all", "parse"},
}

OURS = {
    "text/bounded_json.py": "it has the bound",
    "text/bounded_yaml.py": "it has the bound",
    "environment/yaml_document.py": "it counts the events first",
    "environment/edit/yaml_nodes.py": "what it parses was loaded before",
    "environment/project_folder.py": "it reads the head of a file",
    "catalog/rules.py": "files of the package",
    "catalog/inventory/data_files.py": "it reads batches of a bounded size",
    "catalog/store/proxied.py": "it sends a file of any size piece by piece",
    "environment/verdicts.py": "a file of the package",
    "environment/windows.py": "a file of the package tzdata",
    "environment/schema_keys.py": "a file of the package",
    "render/pages.py": "files of the package",
    "render/fleet/files.py": "a file of the package",
    "cli/commands/check.py": "a file of the package",
    "cli/init/report.py": "a file of the package",
    "cli/init/requirement.py": "what the installer of this program wrote",
    "cli/site_folder.py": "it looks at the size, or reads the head",
    "cli/receipt/files.py": "it looks at the kind and the size first",
    "cli/demo/pod.py": "files of its own processes",
    "cli/demo/releases.py": "a file that it has written itself",
    "cli/github/runner.py": "it adds to a file",
    "catalog/export/uploaded.py": "it reads a file of any size piece by piece",
    "catalog/export/walk.py": "it reads nothing",
    "catalog/savedmodel/version_files.py": "it reads a range",
    "catalog/store/kept_checksums.py": "it reads a file of any size piece by piece",
    "agent/download/download.py": "it writes a file",
    "agent/download/models_folder.py": "it locks a file",
    "simulated_server/folder.py": "versions of a demo or a test, as the server reads its own",
    "simulated_server/process.py": "the config of a demo or a test, as the server reads its own",
    "simulated_server/rest.py": "requests of a demo or a test",
}
"""Modules that read or parse without them, and why nothing has to be bounded there."""


def unbounded(path):
    """Return the calls of a module that read or parse to its end whatever is there."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
            continue
        if isinstance(node.func, ast.Name):
            found |= {"open"} & {node.func.id}
            continue
        name, of = node.func.attr, node.func.value
        module = of.id if isinstance(of, ast.Name) else ""
        if name in PARSERS.get(module, ()):
            found.add(f"{module}.{name}")
            continue
        is_whole = name in {"read_bytes", "read_text"} and module != "bounded_file"
        is_opened = name == "open" and module != "os" and node.args and _is_mode(node.args[0])
        if is_whole or is_opened:
            found.add(name)
    return found


def _is_mode(argument):
    """Say whether a method `open` is that of a path."""
    return isinstance(argument, ast.Constant) and str(argument.value).strip("rwxab+") == ""


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=str)
def test_no_module_reads_or_parses_what_has_no_bound(path):
    """`bounded_file`, `bounded_json` and `bounded_yaml` do; what need not is named here."""
    name = path.relative_to(PACKAGE).as_posix()
    found = unbounded(path)

    if name in OURS:
        assert found, f"{name}: nothing is left to be excused"
    else:
        assert not found


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a project folder with the environment dev."""
    monkeypatch.chdir(tmp_path)
    project = ProjectFolder.create(tmp_path / "fleet", "fleet.git")
    project.environment("dev")
    pygit2.init_repository(str(project.root / "fleet.git"), bare=True)
    return project


def make_pipe(path):
    """Put a pipe there, which nobody writes to."""
    os.mkfifo(path)


def make_device(path):
    """Put a device there that has no end."""
    path.symlink_to("/dev/zero")


def make_folder(path):
    """Put a folder there."""
    path.mkdir()


def make_endless(path):
    """Put a file of a terabyte there."""
    with path.open("wb") as file:
        file.truncate(2**40)


def make_deep(path):
    """Put brackets in thousands there."""
    path.write_text("[" * 100_000)


def make_no_text(path):
    """Put bytes there that are no text."""
    path.write_bytes(b"\xff\xfe\x00" * 100)


KINDS = [make_pipe, make_device, make_folder, make_endless, make_deep, make_no_text]


def refused(result, *codes):
    """Assert that a command has ended with a message and one of *codes*, and not with a bug."""
    assert result.exit_code in codes, (result.output, result.stderr)
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output + result.stderr
    assert len(result.output + result.stderr) < 5000


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("command", [("check",), ("plan", "dev"), ("check", "fleet")])
def test_an_environment_that_is_no_such_file_is_exit_3(project, make, command):
    """Whatever stands in its place."""
    file = project.root / "environments/dev.yaml"
    file.unlink()
    make(file)

    refused(project.run(*command), 3)


@pytest.mark.parametrize("make", KINDS)
def test_a_file_of_check_is_refused_or_told_as_it_is(project, make, tmp_path):
    """By name, and by `--config`; a pipe that nobody writes to is waited for some seconds."""
    make(tmp_path / "models.config")
    run = CliRunner().invoke

    refused(run(main, ["check", "models.config"]), 3)
    if make is not make_pipe:
        refused(run(main, ["check", "--config", "models.config"]), 2, 3)


@pytest.mark.parametrize("make", KINDS)
def test_a_lock_of_pull_that_is_none_is_exit_3(project, make, tmp_path):
    """As the agent reads it."""
    make(tmp_path / "models.lock.json")

    result = CliRunner().invoke(main, ["pull", "--desired", ".", "--models", "models"])

    refused(result, 3)
    assert "models.lock.json" in result.stderr


@pytest.mark.parametrize("make", KINDS)
def test_a_template_that_is_none_is_exit_3(project, make):
    """A folder of templates may be anybody's proposal."""
    place = project.root / "templates/base"
    place.mkdir(parents=True)
    make(place / "service.yaml")
    project.publish("a", 1)

    refused(project.run("sync", "dev"), 3)


@pytest.mark.parametrize("make", [kind for kind in KINDS if kind is not make_pipe])
def test_a_probe_that_is_no_body_is_exit_3(project, make, tmp_path):
    """It is read before anybody is asked."""
    make(tmp_path / "probe.json")

    result = project.run(
        "status", "dev", "--server", "http://127.0.0.1:9", "--probe", tmp_path / "probe.json"
    )

    refused(result, 2, 3)
