"""Workflows and the actions: their jobs, steps and scripts, and the shell of a runner."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
ACTION = ROOT / ".github/actions/sync/action.yml"
CHECK = ROOT / ".github/actions/check/action.yml"
STORES = {
    "aws": ["--store", "s3://models"],
    "minio": ["--store", "s3://models", "--endpoint", "https://minio.example"],
    "google": ["--store", "gs://models"],
    "folder": [],
}
"""The options of `init` for a fleet with each kind of store."""


def files() -> list[Path]:
    """Return ours."""
    return [ACTION, CHECK, *sorted((ROOT / ".github/workflows").glob("*.yml"))]


def load(path: Path) -> dict[Any, Any]:
    """Return a workflow or an action."""
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text())
    return loaded


def jobs(path: Path) -> dict[str, Any]:
    """Return the jobs of a workflow, none of an action."""
    found: dict[str, Any] = load(path).get("jobs", {})
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    """Return all steps of a workflow or an action."""
    found: list[dict[str, Any]] = load(path).get("runs", {}).get("steps", [])
    return found + [step for job in jobs(path).values() for step in job["steps"]]


def script(path: Path, name: str) -> str:
    """Return what the step *name* runs."""
    [found] = [step["run"] for step in steps(path) if step.get("name") == name]
    return str(found)


def bash(text: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a step as a runner does."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def installed(folder: Path) -> Path:
    """Put the program where the action's first steps would; return that folder."""
    program = folder / "tfs-gitops/bin/tfs-gitops"
    program.parent.mkdir(parents=True)
    line = f'exec env PYTHONPATH={ROOT} {shlex.quote(sys.executable)} -m generator "$@"\n'
    program.write_text(f"#!/bin/sh\n{line}")
    program.chmod(0o755)
    return program.parent


def act(path: Path, name: str, at: Path, /, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the step *name* of an action in the folder *at*; inputs have their defaults."""
    if not (at / "tfs-gitops").exists():
        installed(at)
    [step] = [step for step in steps(path) if step.get("name") == name]
    names = {key: value for key, value in step["env"].items() if "inputs." in str(value)}
    given = {name: str(one["default"]) for name, one in load(path)["inputs"].items()} | inputs
    environ = {key: given[value.split("inputs.")[1].split()[0]] for key, value in names.items()}
    return bash(
        step["run"],
        at,
        **environ,
        RUNNER_TEMP=str(at),
        GITHUB_ACTIONS="true",
        GITHUB_OUTPUT=str(at / "output"),
    )
