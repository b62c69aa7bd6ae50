"""Regular expressions: a start compiles none, for it uses few of those that it loads."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from generator.text.pattern import _Uncompiled

PACKAGE = Path(__file__).parents[2] / "generator"
OTHERS = ("simulated_server",)  # shares nothing with what is tried on it


@cache
def modules() -> list[str]:
    """Return the modules that name an expression, by path in the package."""
    return [
        path.relative_to(PACKAGE).as_posix()
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in OTHERS
        and any(word in path.read_text(encoding="utf-8") for word in ("re.compile(", "pattern("))
    ]


def calls_at_load(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that are made when the module of *node* is loaded."""
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        return
    if isinstance(node, ast.Call):
        yield node
    for one in ast.iter_child_nodes(node):
        yield from calls_at_load(one)


def test_some_expressions_wait_for_their_use():
    """Else the rules below are about nothing."""
    assert len(modules()) > 50


@pytest.mark.parametrize("name", modules())
def test_no_module_compiles_an_expression_while_it_is_loaded(name):
    """It says `pattern`, which compiles it when it is used."""
    tree = ast.parse((PACKAGE / name).read_text(encoding="utf-8"))

    assert "re.compile" not in {ast.unparse(it.func) for it in calls_at_load(tree)}


@pytest.mark.parametrize("name", modules())
def test_an_expression_that_waits_is_asked_itself(name):
    """The functions of `re` take a text, or what is compiled already."""
    tree = ast.parse((PACKAGE / name).read_text(encoding="utf-8"))
    waiting = {
        target.id
        for it in tree.body
        if isinstance(it, ast.Assign) and ast.unparse(it.value).startswith("pattern(")
        for target in it.targets
        if isinstance(target, ast.Name)
    }
    handed = {
        ast.unparse(it.args[0])
        for it in ast.walk(tree)
        if isinstance(it, ast.Call) and it.args and ast.unparse(it.func).startswith("re.")
    }

    assert waiting & handed == set()


def waiting_in(value: object) -> Iterator[_Uncompiled]:
    """Yield the expressions that wait in a value of a module."""
    if isinstance(value, _Uncompiled):
        yield value
    elif isinstance(value, tuple | list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from waiting_in(one)


@pytest.mark.parametrize("name", modules())
def test_an_expression_that_waits_is_one(name):
    """A slip would show when somebody needs it, and not when the module is loaded."""
    module = importlib.import_module(f"generator.{name.removesuffix('.py').replace('/', '.')}")

    for value in vars(module).values():
        for one in waiting_in(value):
            assert re.compile(one.pattern, one.flags)
