"""The rules by which a program has judged: another program with other ones judges anew."""

import os
from pathlib import Path

import grimp
import pytest

from generator.catalog import rules

PACKAGE = Path(rules.__file__).parents[1]

IN_THE_QUESTION = ("generator.environment", "generator.lock", "generator.errors")
"""What a question says itself, as its key does, and what is raised."""

FETCHED_BY = (
    *("generator.catalog.events", "generator.catalog.inventory"),
    *("generator.catalog.store", "generator.plan.shared_store"),
)
"""What brings the bytes, and judges none of them."""


def test_whatever_a_verdict_on_a_version_rests_on_is_a_rule():
    """Also what its judge imports tomorrow."""
    graph = grimp.build_graph("generator")
    judges = {"generator.plan.admission"} | graph.find_upstream_modules("generator.plan.admission")
    files = {path for pattern in rules.ADMISSION for path in PACKAGE.glob(pattern)}
    modules = {
        ".".join(("generator", *path.relative_to(PACKAGE).with_suffix("").parts)) for path in files
    }

    assert len(judges) > 50
    left = judges - modules - {"generator"}
    assert {it for it in left if not it.startswith((*IN_THE_QUESTION, *FETCHED_BY))} == set()


@pytest.fixture
def program(monkeypatch, tmp_path):
    """Return what writes the rules of a program, and returns their digest as it tells it."""
    monkeypatch.setattr(rules, "__file__", str(tmp_path / "catalog" / "rules.py"))

    def written(text, hour):
        file = tmp_path / "judge.py"
        file.write_text(text)
        os.utime(file, (hour * 3600,) * 2)
        return rules.digest.__wrapped__(("*.py",))

    return written


def test_rules_are_told_by_what_they_say_and_not_by_their_time(program):
    """Each job of CI writes them anew, and an image has one time for all its files."""
    before = program("strict", 1)
    assert program("strict", 2) == before
    assert program("loose!", 1) != before


def test_each_rule_has_a_file():
    """Else a module that moved would be a rule for nobody."""
    patterns = {*rules.ADMISSION, *rules.INDEXES, *rules.INVENTORIES}
    assert {it for it in patterns if not [*PACKAGE.glob(it)]} == set()
