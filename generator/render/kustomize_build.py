"""Ask kubectl or kustomize whether an overlay builds, where one of them is installed."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from generator.limits.waits import ANSWER_SECONDS
from generator.render.build_tools import TOOLS
from generator.text.leftovers import temporary_folder

_SHOWN = 500
"""Characters of what the tool says."""


def builder() -> str | None:
    """Return the path of the program that tries overlays; None if none is installed."""
    tool = _tool()
    return shutil.which(tool[0]) if tool is not None else None


def build_problem(files: Callable[[], Mapping[str, bytes]], overlay: str) -> str | None:
    """Return why the folder *overlay* of *files* does not build; None if it does.

    None too where neither tool is installed, and then the files are not read; and where it
    gives no answer in time.
    """
    tool = _tool()
    if tool is None:
        return None
    with temporary_folder() as folder:
        try:
            lay_out(folder.resolve(), files())
            done = subprocess.run(  # noqa: S603  a fixed program, and a folder of our own
                [*tool, str(Path(folder, overlay))],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                check=False,
                timeout=ANSWER_SECONDS,  # it may fetch what an overlay names
                env={**os.environ, "KUBERC": "off"},
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        if done.returncode == 0:
            return None
        said = done.stderr.decode(errors="replace").replace(f"{folder}/", "")
        return f"{' '.join(tool)}: {' '.join(said.split())[:_SHOWN]}"


def _tool() -> tuple[str, str] | None:
    return next((tool for tool in TOOLS if shutil.which(tool[0])), None)


def lay_out(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write *files* below *folder*, and nothing anywhere else.

    Raises:
        OSError: A path leads out, or cannot be written.
    """
    for path, data in files.items():
        file = (folder / path).resolve()
        if not file.is_relative_to(folder):
            raise PermissionError(f"{path} leads out of {folder}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
