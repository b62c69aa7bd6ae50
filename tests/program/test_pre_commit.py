"""The hooks of this repository, installed and run by pre-commit as anybody would."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.kit.fleets import init
from tests.kit.workflows import ROOT

HOOKS = ROOT / ".pre-commit-hooks.yaml"
PACKAGED = ("generator", "templates", "schemas", "examples/models")


def test_the_hooks_are_what_pre_commit_expects():
    """By pre-commit's own schema; and each runs a command that is there."""
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    hooks = yaml.safe_load(HOOKS.read_text())
    assert {hook["id"] for hook in hooks} == {"tfs-gitops-check", "models-config"}
    assert {hook["entry"] for hook in hooks} == {"tfs-gitops check"}


def git(folder: Path, *words: str) -> str:
    """Run Git."""
    done = subprocess.run(
        ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", *words],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def repository(folder: Path) -> Path:
    """Return a new repository of what is in *folder*."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "--message", "all")
    return folder


@pytest.mark.slow
def test_a_commit_is_refused_for_what_is_wrong_in_it(tmp_path):
    """pre-commit installs the program from the repository, with what a package index has."""
    ours, fleet = tmp_path / "ours", tmp_path / "fleet"
    for name in PACKAGED:
        shutil.copytree(ROOT / name, ours / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", HOOKS.name):
        shutil.copy(ROOT / name, ours)
    repository(ours)
    init(fleet)
    (fleet / "models.config").write_text("model_config_list {}\n")
    (fleet / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {ours}\n  rev: {git(ours, 'rev-parse', 'HEAD')}\n"
        "  hooks: [{id: tfs-gitops-check}, {id: models-config}]\n"
    )
    repository(fleet)

    assert run(fleet, tmp_path, "--all-files").returncode == 0

    base = fleet / "environments/_base.yaml"
    base.write_text(base.read_text().replace("  source:", "  source:\n    regoin: eu", 1))
    (fleet / "models.config").write_text('model_config_list { config { name: "m" } }\n')
    git(fleet, "add", "--all")
    refused = run(fleet, tmp_path)

    assert refused.returncode == 1
    assert "unknown key 'regoin': did you mean 'region'? (inherited by dev, " in refused.stdout
    assert "the base path of model 'm' is empty" in refused.stdout
    assert refused.stdout.count("regoin") == 1


def run(fleet: Path, tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run all hooks on what is staged, or on what *words* say."""
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", *words],
        cwd=fleet,
        env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
