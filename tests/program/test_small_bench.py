"""What benches say of what they have measured; CI runs the small one, which measures."""

import json

import pytest

from benchmarks.baseline import Baseline
from benchmarks.table import Row, markdown, renewed

RECORDED = {"plan": 4.0, "modules of plan": 500}


@pytest.fixture
def baseline(tmp_path):
    """Return what was recorded of one kind of machine, beside another one."""
    file = tmp_path / "baseline.json"
    file.write_text(json.dumps({"3.11": RECORDED, "3.12": {"plan": 1.0}}))
    return Baseline(file, "3.11")


@pytest.mark.parametrize("name", RECORDED)
def test_more_than_a_fifth_is_too_much(baseline, name):
    """Of any figure; 19 % more is not."""
    assert baseline.lost({**RECORDED, name: RECORDED[name] * 1.19}) == []
    assert baseline.lost({**RECORDED, name: RECORDED[name] * 1.25}) == [name]
    told = list(baseline.lines({**RECORDED, name: RECORDED[name] * 1.25}))
    assert [line for line in told if line.endswith("+25%  too much")]
    assert "make bench-baseline" in told[-1]


def test_what_is_no_longer_measured_is_lost(baseline):
    """A bench that measures nothing must not pass."""
    assert baseline.lost({"plan": 4.0}) == ["modules of plan"]


def test_a_gain_is_to_be_recorded(baseline):
    """Else it may be lost again, and nobody sees it."""
    assert "make bench-baseline" in list(baseline.lines({**RECORDED, "plan": 3.0}))[-1]


def test_a_machine_without_a_record_fails_nothing_and_says_so(baseline, tmp_path):
    """What one Python or processor takes says little of another one."""
    other = Baseline(tmp_path / "baseline.json", "3.13")

    assert other.lost(RECORDED) == []
    assert list(other.lines(RECORDED))[-1].startswith("nothing is recorded of 3.13")


def test_a_record_replaces_that_of_its_kind_alone(baseline, tmp_path):
    """CI may run on several."""
    baseline.record({"plan": 3.14159})

    assert Baseline(tmp_path / "baseline.json", "3.11").recorded == {"plan": 3.142}
    assert Baseline(tmp_path / "baseline.json", "3.12").recorded == {"plan": 1.0}


def test_a_page_keeps_what_a_person_wrote():
    """What is measured stands between marks, and is replaced as a whole, again and again."""
    page = "# Speed\n\n<!-- measured -->\nold\n<!-- /measured -->\n\n## How\n"
    row = Row(100, "first sync", 1.5, "`s5cmd ls`", 1.0, 1.2)

    once = renewed(page, markdown([row]), "2026-01-31")

    assert once.startswith("# Speed\n\n<!-- measured -->\nMeasured on 2026-01-31 by `make bench`")
    assert "| 100    | first sync | 1.5 s" in once
    assert "**≤ 1.2, missed**" in once
    assert "old" not in once
    assert once.endswith("<!-- /measured -->\n\n## How\n")
    assert renewed(once, markdown([row]), "2026-01-31") == once
