"""The rendered files of an environment as the pods of a demo read them from Git."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from generator.delivery.git.branch import Branch
from generator.delivery.git.local import LocalRefs
from generator.lock.lock_file import load
from generator.lock.paths import LOCK, MODELS_CONFIG, generated_folder
from generator.simulated_server.flags import Flags
from generator.text import bounded_yaml

_TRUTH = {"true": "1", "false": "0"}


class Rendered(Struct, frozen=True):
    """The files of an environment in one commit."""

    commit: str
    mounted: Mapping[str, str]
    """The files of the ConfigMaps that a pod mounts, by name."""
    deployment: Mapping[str, Any]

    @property
    def generation(self) -> int:
        """That of the lock."""
        return load(self.mounted[LOCK], LOCK).generation

    @property
    def flags(self) -> list[str]:
        """The flags of the server that a simulated one knows, as NAME=NUMBER."""
        [server] = self._pod["containers"]
        given = dict(it.removeprefix("--").split("=", 1) for it in server["args"])
        known = sorted(given.keys() & Flags.__dataclass_fields__.keys())
        return [f"{name}={_TRUTH.get(given[name], given[name])}" for name in known]

    @property
    def rollout(self) -> str:
        """The rules of the agents' waves: the value of their option `--rollout`."""
        [agent] = self._pod["initContainers"]
        [found] = [it["value"] for it in agent["env"] if it["name"] == "AGENT_ROLLOUT"]
        return str(found)

    @property
    def _pod(self) -> Any:  # noqa: ANN401  YAML
        return self.deployment["spec"]["template"]["spec"]


def read(repository: Path, path: str, environment: str) -> Rendered:
    """Return what the branch main of *repository* says, below *path*.

    Raises:
        PublishError: It cannot be read.
    """
    branch = Branch(LocalRefs(repository), "main")
    branch.fetch()
    folder = f"{path}/{generated_folder(environment)}"
    files = branch.read(folder)
    mounted = {name: files[f"{folder}/{name}"].decode() for name in (MODELS_CONFIG, LOCK)}
    [deployment] = bounded_yaml.load_all(files[f"{folder}/deployment.yaml"])
    return Rendered(branch.tip or "", mounted, deployment)
