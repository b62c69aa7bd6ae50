"""A project folder with its store and delivery repository, driven by the real command."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

from generator.cli import main

FREEZE = """\
apiVersion: tfs-gitops/v1
kind: Freeze
spec:
  freezes:
    - {{environments: ["{scope}"], until: "2999-01-01T00:00:00Z", who: ann, why: audit}}
"""
EXAMPLES = Path(__file__).parents[2] / "examples" / "models"


@dataclass(frozen=True, slots=True)
class ProjectFolder:
    """A folder with environments/, beside a folder store."""

    root: Path
    store: Path
    repository: str

    @classmethod
    def create(cls, root: Path, repository: str) -> "ProjectFolder":
        """Make the folders."""
        project = cls(root, root / "store", repository)
        (root / "environments").mkdir(parents=True)
        project.store.mkdir()
        return project

    def environment(self, name: str = "dev", policy: Any = None, **spec: Mapping[str, Any]) -> None:
        """Write an environment; *spec* replaces its sections key by key, None takes a key out."""
        defaults: dict[str, dict[str, Any]] = {
            "source": {
                "url": self.store.as_uri(),
                "access": "mount",
                "mount": {"claimName": "models"},
            },
            "delivery": {"repository": self.repository, "path": "tf-serving"},
            "serving": {"image": "tensorflow/serving:2.19.1", "namespace": f"serving-{name}"},
        }
        sections = {key: {**value, **spec.get(key, {})} for key, value in defaults.items()}
        document = {
            "apiVersion": "tfs-gitops/v1",
            "kind": "Environment",
            "metadata": {"name": name},
            "spec": {
                **{
                    key: {name: value for name, value in section.items() if value is not None}
                    for key, section in sections.items()
                },
                "policy": policy or [{"match": "*", "versions": {"latest": 1}}],
            },
        }
        text = yaml.safe_dump(document, sort_keys=False)
        (self.root / "environments" / f"{name}.yaml").write_text(text)

    def export(self, model: str, version: int, *, of: str = "half-plus-two/1") -> Path:
        """Copy a real SavedModel to export/<model>/<version> and return export/<model>."""
        folder = self.root / "export" / model
        shutil.copytree(EXAMPLES / of, folder / str(version))
        return folder

    def publish(self, model: str, version: int) -> str:
        """Publish one version with `tfs-gitops index --upload`; return the index's key."""
        folder = self.export(model, version)
        arguments = ["index", folder, "--store", self.store.as_uri(), "--upload"]
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout.strip()

    def claim(self, name: str, *rows: tuple[str, str, str]) -> None:
        """Write an index by hand."""
        text = "".join(f"{','.join(row)}\n" for row in rows)
        (self.store / f"index-{name}.csv").write_text(text)

    def craft(self, model: str, version: int, files: Mapping[str, bytes]) -> None:
        """Publish a version of given *files*, as somebody would who does not use `index`."""
        rows = [self.put(f"{model}/{version}/{name}", data) for name, data in files.items()]
        self.claim(f"{model}-{version}", *rows)

    def put(self, key: str, data: bytes) -> tuple[str, str, str]:
        """Store an object and return its row, with the MD5."""
        path = self.store / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return key.split("/", 1)[0], key, hashlib.md5(data, usedforsecurity=False).hexdigest()

    def run(self, *arguments: object) -> Result:
        """Run `tfs-gitops -C <root> …` in this process; a bug is raised."""
        words = ["-C", str(self.root), *map(str, arguments)]
        return CliRunner().invoke(main, words, catch_exceptions=False, prog_name="tfs-gitops")

    def held(self, command: str = "plan", name: str = "dev") -> list[dict[str, Any]]:
        """Return the holds that a command tells of an environment."""
        found: list[dict[str, Any]] = json.loads(
            self.run(command, name, "--format", "json").stdout
        )["held"]
        return found

    def held_by_model(self) -> dict[str, tuple[str, list[str]]]:
        """Return what a plan holds of each model: the code, and what was found."""
        return {one["model"]: (one["code"], one["problems"]) for one in self.held()}

    def freeze(self, scope: str = "*") -> None:
        """Let nothing change in environments whose names match *scope*: "ann: audit"."""
        (self.root / "freeze.yaml").write_text(FREEZE.format(scope=scope))
