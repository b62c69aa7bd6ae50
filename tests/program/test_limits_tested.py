"""Limits and their tests: whoever breaks one sees a test fail, and so does who adds one without.

A test names a limit by importing it, or by saying its number with its unit as messages do.
Tests that set a small one of their own, to be quick, are listed here.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from generator.limits.table import areas, limits

TESTS = Path(__file__).parents[1]
ITSELF = {Path(__file__), Path(__file__).parent / "test_limits_page.py"}
LIMITS = [(area.__name__, name, limit) for area in areas() for name, limit in limits(area)]

SMALLER = {
    "file.PROBE_BYTES": "program/test_bounded_reading.py::test_a_probe_that_is_no_body_is_exit_3",
    "inventory.MANIFEST_BYTES": "catalog/inventory/test_newest.py"
    "::test_too_large_a_manifest_is_not_read",
    "text.QUOTED_CHARACTERS": "lock/test_sizes.py"
    "::test_a_value_that_does_not_fit_is_told_by_its_beginning",
    "agent.REQUEST_BYTES": "agent/test_http_server.py"
    "::test_a_request_that_is_none_or_too_long_is_refused",
    "agent.REQUEST_SECONDS": "agent/test_http_server.py"
    "::test_a_request_has_a_deadline_as_a_whole_however_steadily_bytes_come",
    "agent.CONNECTIONS": "agent/test_http_server.py"
    "::test_clients_that_keep_connections_keep_no_probe_from_its_answer",
    "file.KEY_BYTES": "catalog/store/test_google_key_files.py"
    "::test_a_key_that_is_no_file_is_refused_at_once",
    "inventory.INVENTORY_FILES": "catalog/inventory/test_newest.py"
    "::test_a_manifest_of_something_else_is_refused_by_what_is_wrong",
    "inventory.INVENTORY_FILE_BYTES": "catalog/inventory/test_newest.py"
    "::test_a_manifest_of_something_else_is_refused_by_what_is_wrong",
    "inventory.INVENTORY_ROWS": "catalog/inventory/test_inventory_limits.py"
    "::test_rows_are_counted_over_all_files",
    "inventory.INVENTORY_DEPTHS": "catalog/inventory/test_unchanged.py"
    "::test_depths_beyond_the_limit_are_not_asked_for",
    "json.CACHE_BYTES": "catalog/test_cache_files.py"
    "::test_what_is_too_much_to_be_read_back_is_not_kept",
    "json.RECORD_BYTES": "agent/download/test_models_folder.py"
    "::test_a_record_that_is_none_is_as_if_there_were_none",
    "savedmodel.WARMUP_BYTES": "catalog/savedmodel/test_warmup.py"
    "::test_of_a_large_file_the_first_records_are_judged",
    "savedmodel.RECORD_BYTES": "catalog/savedmodel/test_warmup.py"
    "::test_a_record_that_is_too_long_is_not_judged_and_the_others_are",
    "savedmodel.WARMUP_RECORDS": "catalog/savedmodel/test_warmup.py"
    "::test_a_server_takes_a_thousand_records_and_not_one_more",
    "template.TEMPLATE_TURNS": "render/test_template_limits.py"
    "::test_a_template_ends_within_seconds_and_is_told_where_it_makes_too_much",
    "template.TEMPLATE_ARGUMENT": "render/test_template_limits.py"
    "::test_a_template_ends_within_seconds_and_is_told_where_it_makes_too_much",
    "template.TEMPLATE_BITS": "render/test_template_limits.py"
    "::test_a_template_ends_within_seconds_and_is_told_where_it_makes_too_much",
    "waits.ANSWER_SECONDS": "program/test_waits.py::test_a_store_that_does_not_answer",
    "waits.CONNECT_SECONDS": "program/test_waits.py::test_a_store_that_does_not_answer",
}
"""The tests of limits that are neither imported nor said, by area and name."""


@cache
def texts():
    """Return the texts of all test modules but these two."""
    return [it.read_text() for it in sorted(TESTS.rglob("*.py")) if it not in ITSELF]


@cache
def imported():
    """Return the limits that tests import, each as its module and its name."""
    trees = (ast.parse(text) for text in texts() if "generator.limits" in text)
    return {
        (node.module, alias.name)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def is_said(limit):
    """Whether some test says the number with its unit, as messages do, and it is of this alone."""
    if [it.shown for _, _, it in LIMITS].count(limit.shown) > 1:
        return False
    said = re.compile(rf"\b{int(limit):,} {limit.unit}")
    return any(said.search(text) for text in texts())


@pytest.mark.parametrize(
    ("module", "name", "limit"), LIMITS, ids=[f"{m.split('.')[-1]}.{n}" for m, n, _ in LIMITS]
)
def test_each_limit_has_a_test(module, name, limit):
    """A new one without a test fails here, and so does a test that is gone."""
    place = f"{module.split('.')[-1]}.{name}"
    is_named = (module, name) in imported() or is_said(limit)
    if place in SMALLER:
        file, _, test = SMALLER[place].partition("::")
        assert f"def {test}(" in (TESTS / file).read_text()
    else:
        assert is_named
