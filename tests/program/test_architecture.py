"""What the import contracts of pyproject.toml cannot say: where the outside world is not seen."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "generator"
OUTSIDE = {"os", "subprocess", "socket", "time", "random", "shutil", "tempfile", "threading"}
PURE = ("agent/decide", "environment", "lock", "plan", "render", "report", "serving", "status")
EDGES = {
    "environment/load.py",
    "environment/package_data.py",
    "plan/facts.py",
    "render/kustomize_build.py",
    "serving/http.py",
    "serving/rest_api.py",
    "status/agents.py",
    "status/watch.py",
}
"""Of those folders, the modules that read files, ask servers or start a program."""


def imports(path):
    """Yield the name of each module that a file imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def pure():
    """Return the modules that take values and return values, by their path in the package."""
    found = (path for folder in PURE for path in (PACKAGE / folder).rglob("*.py"))
    names = {path.relative_to(PACKAGE).as_posix() for path in found}
    assert names >= EDGES
    return sorted(names - EDGES)


@pytest.mark.parametrize("name", pure())
def test_what_decides_sees_no_clock_no_environment_and_no_network(name):
    """The same values give the same plan, on any machine and at any time."""
    roots = {found.split(".")[0] for found in imports(PACKAGE / name)}

    assert not roots & OUTSIDE


@pytest.mark.parametrize("library", ["github", "gitlab"])
def test_one_module_knows_the_client_of_a_forge(library):
    """It is loaded when that forge is opened: it takes a while."""
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if library in {name.split(".")[0] for name in imports(path)}
    }

    assert users == {f"delivery/forge/{library}.py"}
