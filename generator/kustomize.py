"""Ask kubectl or kustomize whether an overlay builds, where one of them is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

_TOOLS = (("kubectl", "kustomize"), ("kustomize", "build"))
_SECONDS = 60
_SHOWN = 500
"""Characters of what the tool says."""


def build_problem(files: Mapping[str, bytes], overlay: str) -> str | None:
    """Return why the folder *overlay* of *files* does not build; None if it does.

    None too where neither tool is installed, and where it gives no answer in time.
    """
    tool = next((tool for tool in _TOOLS if shutil.which(tool[0])), None)
    if tool is None:
        return None
    with tempfile.TemporaryDirectory(prefix="tfs-gitops-") as folder:
        for path, data in files.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        try:
            done = subprocess.run(  # noqa: S603  a fixed program, and a folder of our own
                [*tool, str(Path(folder, overlay))],
                capture_output=True,
                check=False,
                timeout=_SECONDS,
                env={**os.environ, "KUBERC": "off"},
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        if done.returncode == 0:
            return None
        said = done.stderr.decode(errors="replace").replace(f"{folder}/", "")
        return f"{' '.join(tool)}: {' '.join(said.split())[:_SHOWN]}"
