"""docs/security.md: every promise names a test that is there, and the checklist is doctor's."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from generator.status.doctor.checklist import CHECKLIST

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/security.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::((?:\w+::)?test_\w+)`")
MARKS = "<!-- checklist -->\n", "<!-- /checklist -->"
PROMISES = [
    line
    for line in PAGE.read_text(encoding="utf-8").partition("## What people set")[0].splitlines()
    if line.startswith("|") and not line.startswith(("| they cannot |", "|---"))
]


@cache
def functions_of(path: str) -> set[str]:
    """Return the functions of a file, and those of its classes, as pytest names them."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = {it.name for it in tree.body if isinstance(it, ast.FunctionDef)}
    classes = [it for it in tree.body if isinstance(it, ast.ClassDef)]
    return found | {
        f"{one.name}::{it.name}"
        for one in classes
        for it in one.body
        if isinstance(it, ast.FunctionDef)
    }


@pytest.mark.parametrize("promise", PROMISES, ids=lambda line: line.split("|")[1].strip()[:40])
def test_each_promise_names_tests_that_are_there(promise):
    """A test that is renamed or removed takes its promise along."""
    _, cannot, reason, named, _ = promise.split("|")
    found = NAMED.findall(named)

    assert cannot.strip()
    assert reason.strip()
    assert NAMED.sub("", named).strip(" ,") == ""
    assert found
    for path, name in found:
        assert name in functions_of(path), f"{path}::{name}"


def test_every_actor_can_do_something_and_not_everything():
    """What is allowed by design stands before what is not."""
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    actors = [part for part in parts if part.startswith("Who ")]

    assert len(actors) >= 4
    assert len(PROMISES) == sum(part.count("\n| ") - 1 for part in actors)


def test_the_checklist_is_the_one_that_doctor_reads(request):
    """Question, setting, and what somebody can do else: one value."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARKS[0])
    rows = [
        f"| `{it.check}` | {it.question} | {it.setting} | {it.otherwise} | "
        f"{'looks' if it.is_seen else 'asks'} |\n"
        for it in CHECKLIST
    ]
    head = "| check | the question | the setting | else | doctor |\n|---|---|---|---|---|\n"
    wanted = before + MARKS[0] + head + "".join(rows) + MARKS[1] + rest.partition(MARKS[1])[2]
    if request.config.getoption("--update-golden"):
        PAGE.write_text(wanted, encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == wanted


def test_who_reports_a_hole_finds_the_page():
    """And who reads the page, where to report one."""
    assert "../docs/security.md" in (ROOT / ".github/SECURITY.md").read_text(encoding="utf-8")
    assert "../.github/SECURITY.md" in PAGE.read_text(encoding="utf-8")
