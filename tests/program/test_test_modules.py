"""Modules of tests: each stands for itself, and what several need lies where no tests are."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]


def imported(path: Path) -> set[str]:
    """Return the modules, and the names in modules, that a file imports at any depth."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(TESTS.parent).with_suffix("").parts[: -node.level or None]
            base = [*(package if node.level else ()), *([node.module] if node.module else [])]
            found |= {".".join([*base, alias.name]) for alias in node.names}
    return found


def test_nothing_is_imported_from_a_module_of_tests():
    """One that is moved or renamed takes no other one with it."""
    paths = sorted(TESTS.rglob("*.py"))
    modules = {".".join(it.relative_to(TESTS.parent).with_suffix("").parts) for it in paths}
    of_tests = {it for it in modules if it.rpartition(".")[2].startswith("test_")}
    found = {
        f"{path.relative_to(TESTS.parent)} imports {name}"
        for path in paths
        for name in imported(path)
        if name in of_tests or name.rpartition(".")[0] in of_tests
    }

    assert len(of_tests) > 300
    assert found == set()
