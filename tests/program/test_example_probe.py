"""The probe that the examples' own exporter writes: as committed, and fit for its version."""

import ast
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from generator.agent.probe.find import Found, in_folder
from generator.catalog.proof import PROBE
from generator.catalog.savedmodel.local_version import judge

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples/export.py"
KITTENS = ROOT / "examples/models/kittens/1"
EXAMPLE = SimpleNamespace(
    request={"features": [[2.0, 1.0], [1.0, 4.0]]},
    answer={"scores": [[1.5, 1.0, -1.0], [-2.5, 1.0, 3.0]], "breed": [0, 2]},
)


def written(example: Any, path: Path) -> None:
    """Write a probe as the script does, which needs TensorFlow for all else."""
    found = [
        node
        for node in ast.parse(SCRIPT.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "write_probe"
    ]
    names: dict[str, Any] = {"json": json, "Path": Path, "SIGNATURE": "serving_default"}
    names["Example"] = SimpleNamespace
    exec(compile(ast.Module(found, []), str(SCRIPT), "exec"), names)  # noqa: S102  our own script
    names["write_probe"](example, path)


def test_the_committed_probe_is_what_the_script_writes(tmp_path, request):
    """So an exporter can copy it, and run it."""
    path = tmp_path / PROBE
    written(EXAMPLE, path)
    if request.config.getoption("--update-golden"):
        (KITTENS / PROBE).write_bytes(path.read_bytes())

    assert (KITTENS / PROBE).read_bytes() == path.read_bytes()
    assert '"features": [[2.0, 1.0], [1.0, 4.0]]' in SCRIPT.read_text()


def test_the_version_can_answer_it():
    """An agent finds it, and nothing speaks against it by the signatures of the version."""
    files = {it.relative_to(KITTENS).as_posix(): it for it in KITTENS.rglob("*") if it.is_file()}
    found = in_folder(KITTENS)

    assert isinstance(found, Found)
    assert not found.is_logged
    assert judge(files) == ((), ())
