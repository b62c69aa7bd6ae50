"""What the import contracts of pyproject.toml cannot say: where the outside world is not seen."""

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "generator"
OUTSIDE = {"os", "subprocess", "socket", "time", "random", "shutil", "tempfile", "threading"}
PURE = {
    "agent/decide": set(),
    "catalog": {"awscrt", "google", "google_crc32c"},
    "environment": {"cronsim", "jsonschema", "yaml"},
    "lock": set(),
    "plan": set(),
    "render": {"jinja2", "yaml"},
    "report": set(),
    "serving": {"google"},
    "status": set(),
    "text": {"yaml"},
}
"""The folders that take values and return values, and the third parties of each."""
EDGES = (
    "catalog/cache.py",
    "catalog/cache_file.py",
    "catalog/export",
    "catalog/inventory/data_files.py",
    "catalog/inventory/engines.py",
    "catalog/inventory/inventory.py",
    "catalog/inventory/relation.py",
    "catalog/savedmodel/version_reader.py",
    "catalog/store",
    "environment/links.py",
    "environment/load.py",
    "environment/package_data.py",
    "environment/project_folder.py",
    "environment/project_root.py",
    "environment/verdicts.py",
    "plan/facts.py",
    "render/kustomize_build.py",
    "network/http.py",
    "serving/names.py",
    "serving/probe/ask.py",
    "serving/rest_api.py",
    "status/agent_reader.py",
    "status/kube/kubectl.py",
    "status/verify/wait.py",
    "status/watch.py",
    "text/bounded_file.py",
    "text/leftovers.py",
    "text/whole_file.py",
)
"""In those folders, what reads or writes files, asks from threads, or starts a program."""
OURS = {"generator", "msgspec", *sys.stdlib_module_names}
"""The program, the standard library, and the library of whose structs all values are."""


def imports(path):
    """Yield the name of each module that a file imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def pure():
    """Yield the path in the package of each pure module, with what it may be written with."""
    for folder, libraries in PURE.items():
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            name = path.relative_to(PACKAGE).as_posix()
            if not name.startswith(EDGES):
                yield name, libraries


def test_each_edge_is_there():
    """Else a module that moved would be an exception for nobody."""
    assert [name for name in EDGES if not (PACKAGE / name).exists()] == []


@pytest.mark.parametrize(("name", "libraries"), [*pure()])
def test_what_decides_sees_no_clock_no_environment_and_no_network(name, libraries):
    """The same values give the same plan, on any machine and at any time."""
    roots = {found.split(".")[0] for found in imports(PACKAGE / name)}

    assert not roots & OUTSIDE
    assert roots - OURS <= libraries


@pytest.mark.parametrize("library", ["github", "gitlab"])
def test_one_module_knows_the_client_of_a_forge(library):
    """It is loaded when that forge is opened: it takes a while."""
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if library in {name.split(".")[0] for name in imports(path)}
    }

    assert users == {f"delivery/forge/{library}.py"}
