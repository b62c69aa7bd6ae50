"""Fleets that `init` writes: run the command, and read what is there."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from click.testing import CliRunner, Result

from generator.cli import main
from generator.delivery.forge.address import pull_request_keys
from generator.environment import load
from generator.environment.texts import Texts
from generator.render.fleet import drafts, files
from generator.render.fleet.choices import Choices, Surroundings
from generator.render.templates import Templates
from tests.kit.kubernetes import validate

T = Templates()

SCHEMAS = {
    "GitRepository": "flux-gitrepository",
    "Kustomization": "flux-kustomization",
    "ApplicationSet": "argocd-applicationset",
}

URL = "https://github.com/acme/fleet.git"


def run(*arguments: object) -> Result:
    """Run `tfs-gitops` in this process; a bug is raised."""
    return CliRunner().invoke(
        main, [str(item) for item in arguments], catch_exceptions=False, prog_name="tfs-gitops"
    )


def init(folder: Path, *options: object) -> Result:
    """Run `init`, which works."""
    result = run("init", folder, *options)
    assert result.exit_code == 0, result.output
    return result


def written(choices: Choices) -> dict[str, bytes]:
    """Return what is written for *choices* in an empty folder; the pure half of the command."""
    found = Surroundings(local_store="file:///fleet/store", reviews=pull_request_keys)
    policies = dict(files.policy_files(drafts.drafts(choices, found), T))
    known = Texts(dict[str, str]().get, ()).edited(
        {Path(path).stem: data.decode() for path, data in policies.items() if path.endswith("yaml")}
    )
    environments = [load.load(known, name) for name in drafts.order(choices, found)]
    wanted = files.wanted(environments, choices, found)
    return policies | dict(files.fleet_files(environments, wanted, T))


def tree(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, but for those of repositories."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {".git", "fleet.git"} & set(path.relative_to(folder).parts)
    }


def objects(folder: Path) -> list[dict[str, Any]]:
    """Return the objects for clusters; each follows its schema."""
    paths = sorted([*folder.glob("clusters/*/*.yaml"), *folder.glob("argocd/*.yaml")])
    found = [item for path in paths for item in yaml.safe_load_all(path.read_text())]
    validate([item for item in found if item["kind"] not in SCHEMAS])
    for item in found:
        if item["kind"] in SCHEMAS:
            path = Path(__file__).parents[1] / "schemas" / f"{SCHEMAS[item['kind']]}.json"
            jsonschema.validate(item, json.loads(path.read_text()))
    return found


def of_kind(folder: Path, kind: str) -> dict[str, dict[str, Any]]:
    """Return the specs of the objects of one kind by their names."""
    return {
        item["metadata"]["name"]: item["spec"] for item in objects(folder) if item["kind"] == kind
    }


def policy(folder: Path, name: str) -> dict[str, Any]:
    """Return the spec of an environment as it is written."""
    spec: dict[str, Any] = yaml.safe_load((folder / f"environments/{name}.yaml").read_text())[
        "spec"
    ]
    return spec
