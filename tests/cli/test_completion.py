"""Completion: commands, environments and models, in real shells, and without a network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator import __version__
from generator.cli import main
from tests.kit.project import ProjectFolder

BASH = """\
eval "$(tfs-gitops completion bash)"
COMP_WORDS=("${@:1}"); COMP_CWORD=$(($# - 1))
_tfs_gitops_completion tfs-gitops
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """\
compdef() { :; }
compadd() { print -l -- $completions; }
eval "$(tfs-gitops completion zsh)"
words=("$@"); CURRENT=$#
_tfs_gitops_completion
"""
"""The builtins exist only while a person types, so what is handed to them is printed."""
FISH = 'tfs-gitops completion fish | source; complete -C "$argv"'


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that serves a model in dev, and has a second environment."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment("dev")
    project.environment("staging", [{"match": "named-by-a-rule"}])
    (project.root / "environments" / "_base.yaml").write_text("spec: {}\n")
    project.publish("resnet", 1)
    assert project.run("sync", "dev").exit_code == 0
    return project


def shell(*command, **more):
    """Run a shell in which `tfs-gitops` is the one of these tests; return its lines."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environ, timeout=60, **more
    )
    assert not done.stderr
    return done.stdout.split()


def completed(project, *words):
    """Return what bash completes the last of *words* to."""
    return shell("bash", "-c", BASH, "bash", "tfs-gitops", *words, cwd=project.root)


def test_bash_completes_commands_and_options(project):
    """What the program itself knows."""
    assert completed(project, "rol") == ["rollback"]
    assert "--dry-run" in completed(project, "sync", "--")
    assert completed(project, "help", "promo") == ["promote"]


def test_bash_completes_environments(project):
    """But no base, and none twice."""
    assert completed(project, "plan", "") == ["dev", "staging"]
    assert completed(project, "sync", "dev", "") == ["staging"]
    assert completed(project, "promote", "resnet", "--to", "s") == ["staging"]


def test_bash_completes_environments_and_leaves_files_to_the_shell(project):
    """`check` takes both: what begins no environment is a path."""
    script = BASH.replace(
        "_tfs_gitops_completion tfs", "compopt() { echo $*; }; _tfs_gitops_completion tfs"
    )
    words = ("bash", "-c", script, "bash", "tfs-gitops", "check")

    assert shell(*words, "d", cwd=project.root) == ["-o", "default", "dev"]
    assert shell(*words, "environments/d", cwd=project.root) == ["-o", "default"]


def test_bash_completes_the_models_of_the_environment(project):
    """Those of its rules and of its lock; where it knows none, those of all."""
    assert completed(project, "rollback", "dev", "") == ["resnet"]
    assert completed(project, "rollback", "staging", "") == ["named-by-a-rule", "resnet"]
    assert completed(project, "promote", "r") == ["resnet"]
    assert completed(project, "sync", "--retake", "r") == ["resnet"]


def test_bash_completes_environments_and_then_a_model(project):
    """Where a command takes several environments before its model."""
    assert completed(project, "explain", "") == ["dev", "staging", "named-by-a-rule", "resnet"]
    assert completed(project, "explain", "dev", "") == ["staging", "resnet"]


def test_completion_finds_the_project_as_the_command_does(project, tmp_path):
    """By -C, and from a folder of it."""
    (project.root / "a").mkdir()
    elsewhere = ProjectFolder(tmp_path, project.store, project.repository)
    inside = ProjectFolder(project.root / "a", project.store, project.repository)

    assert completed(elsewhere, "-C", "project", "plan", "d") == ["dev"]
    assert completed(elsewhere, "plan", "-C", "project", "d") == ["dev"]
    assert completed(inside, "plan", "d") == ["dev"]


def test_completion_asks_no_network_and_tells_no_error(project):
    """An address that nobody answers takes no time; a broken file completes nothing."""
    project.environment("far", delivery={"repository": "https://192.0.2.1/fleet.git"})
    (project.root / "environments" / "broken.yaml").write_text("][")

    assert completed(project, "rollback", "far", "") == ["resnet"]  # proven by an earlier run
    assert completed(project, "rollback", "broken", "res") == ["resnet"]
    assert completed(project, "plan", "b") == ["broken"]


def test_a_lock_in_the_working_tree_names_models(project):
    """In a clone of the repository that is delivered to, which is asked of no server."""
    url = "https://192.0.2.1/fleet.git"
    project.environment("far", delivery={"repository": url}, source={"url": "s3://far-away"})
    folder = project.root / "tf-serving/overlays/far/generated"
    assert project.run("render", "dev", "--output", project.root / "built").exit_code == 0
    shutil.copytree(project.root / "built/overlays/dev/generated", folder)

    assert completed(project, "rollback", "far", "") == ["resnet"]


@pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh")
def test_zsh_completes_environments(project):
    """By its own script."""
    words = ["tfs-gitops", "plan", ""]
    assert shell("zsh", "-fc", ZSH, "zsh", *words, cwd=project.root) == ["dev", "staging"]


@pytest.mark.skipif(not shutil.which("fish"), reason="there is no fish")
def test_fish_completes_environments_and_models(project):
    """By its own script."""
    assert shell("fish", "-c", FISH, "tfs-gitops plan ", cwd=project.root) == ["dev", "staging"]
    assert shell("fish", "-c", FISH, "tfs-gitops rollback dev ", cwd=project.root) == ["resnet"]


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_is_printed_for_each_shell(name):
    """Nothing but the script is on stdout: it is evaluated."""
    done = CliRunner().invoke(main, ["completion", name])

    assert done.exit_code == 0
    assert "_TFS_GITOPS_COMPLETE" in done.stdout


def test_help_and_version_are_commands_too():
    """As of git, kubectl and terraform."""
    runner = CliRunner()

    def told(*words):
        return runner.invoke(main, words, prog_name="tfs-gitops")

    assert told("help").stdout == told("--help").stdout
    assert told("help", "plan").stdout == told("plan", "--help").stdout
    assert told("help", "plam").exit_code == 2
    assert "'plan'" in told("help", "plam").stderr
    assert told("version").stdout.startswith(f"tfs-gitops {__version__} (Python ")
