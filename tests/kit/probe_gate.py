"""Versions with a probe in their folder, as a gate judges them."""

import json

from tests.kit.project import ProjectFolder
from tests.kit.savedmodels import floats

PROBE = "assets.extra/tf_serving_probe.json"
UNFIT = {"request": {"inputs": {"z": [1.0]}}}
"""Asks for an input that the model has not."""


def craft(project: ProjectFolder, name: str, version: int, probe: object = None) -> None:
    """Publish a version whose model takes floats, with a probe if one is given."""
    files = {"saved_model.pb": floats()}
    if probe is not None:
        files[PROBE] = probe if isinstance(probe, bytes) else json.dumps(probe).encode()
    project.craft(name, version, files)
