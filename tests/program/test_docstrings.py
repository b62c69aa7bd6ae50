"""Docstrings: the first sentence says what the thing is."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "generator"
RIDDLES = {"How", "What", "Where", "Which", "Who", "Whose", "Why"}


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the place and the text of each docstring of a file, also of attributes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", text


def test_a_thing_is_named_by_a_noun_and_not_by_a_clause():
    """Whoever reads "What is known" has to guess what it is called."""
    found = [
        f"{place}: {text.splitlines()[0]}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if not path.stem.endswith("_pb2")
        for place, text in docstrings(path)
        if text.split(maxsplit=1)[0].rstrip(",") in RIDDLES
    ]

    assert found == []
