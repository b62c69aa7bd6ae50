"""`__lazy_modules__`: what Python 3.15 and newer import when it is first used (PEP 810).

Older ones read a list that nobody looks at.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "generator"
NAME = "__lazy_modules__"


def with_lists() -> list[str]:
    """Return the modules that have such a list, by path in the package."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return [
        path.relative_to(PACKAGE).as_posix()
        for path in paths
        if NAME in path.read_text(encoding="utf-8")
    ]


def parts(name: str) -> tuple[list[str], dict[str, list[str]], list[ast.stmt]]:
    """Return of a module its list, what comes after it of imports, and all other statements.

    The imports are the names that each binds, by the module that it imports from.
    """
    body = ast.parse((PACKAGE / name).read_text(encoding="utf-8")).body
    at = next(
        number
        for number, it in enumerate(body)
        if isinstance(it, ast.Assign) and [ast.unparse(one) for one in it.targets] == [NAME]
    )
    found = body[at]
    assert isinstance(found, ast.Assign)
    imported: dict[str, list[str]] = {}
    for it in body[at:]:
        match it:
            case ast.ImportFrom(module=str(module), names=names):
                imported.setdefault(module, []).extend(one.asname or one.name for one in names)
            case ast.Import(names=names):
                for one in names:
                    imported.setdefault(one.name, []).append(one.asname or one.name.split(".")[0])
    rest = [
        it for it in body if not isinstance(it, ast.Import | ast.ImportFrom) and it is not found
    ]
    return ast.literal_eval(found.value), imported, rest


def used_at_once(node: ast.AST) -> Iterator[str]:
    """Yield the names that are read when *node* is run as a part of its module."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        defaults = (*node.args.defaults, *filter(None, node.args.kw_defaults))
        for one in (*getattr(node, "decorator_list", ()), *defaults):
            yield from used_at_once(one)
        return
    if isinstance(node, ast.Name):
        yield node.id
    for one in ast.iter_child_nodes(node):
        yield from used_at_once(one)


def test_some_imports_are_lazy():
    """Else the rules below are about nothing."""
    assert with_lists()


@pytest.mark.parametrize("name", with_lists())
def test_a_list_names_what_its_module_imports_after_it(name):
    """Another name, or an import before the list, would be as eager as ever, and say nothing."""
    listed, imported, _ = parts(name)

    assert listed == sorted(set(listed))
    assert set(listed) <= set(imported)


@pytest.mark.parametrize("name", with_lists())
def test_what_is_listed_is_not_used_while_its_module_is_loaded(name):
    """It would be imported at once: a base class, a decorator, a field, a constant."""
    listed, imported, rest = parts(name)
    lazy = {bound for module in listed for bound in imported[module]}

    assert lazy & {used for statement in rest for used in used_at_once(statement)} == set()
