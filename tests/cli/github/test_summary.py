"""The job summary, the outputs of a step, and the table of a run."""

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.cli.github import summary as actions
from generator.cli.results import Result, table
from generator.delivery.outcome import Outcome
from generator.delivery.pull_request import PullRequest, State
from generator.errors import GuardError, Refusal, StoreError
from generator.render.templates import Templates
from tests.kit.github_runner import assigned, failed, hold, plan, synced

T = Templates()


COMMIT = "0123456789abcdef0123456789abcdef01234567"


URL = "https://github.com/acme/fleet/pull/7"


REQUEST = PullRequest(7, URL, "title", "body", State.OPEN, "a" * 40, "main")


def test_a_summary_has_the_table_and_each_plan():
    """An error is a section too."""
    text = actions.summary(
        [
            synced("dev", commit=COMMIT, changed=True),
            synced("prod", commit=COMMIT, pull_request=REQUEST),
            failed(StoreError("bucket | gone", hint="look"), "staging"),
        ],
        T,
    )

    assert "| `dev` | committed 0123456789ab to main |" in text
    assert f"| `prod` | pull request <{URL}> |" in text
    assert "| `staging` | failed, exit code 4 |" in text
    assert "### `dev`: " in text
    assert "### `staging`: failed, exit code 4\n\n- bucket \\| gone\n- hint: look\n" in text


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=9), st.integers(-10, 9000))
def test_a_summary_fits_and_loses_whole_sections(sizes, room):
    """What is there is whole, and what is not is counted."""
    results = [failed(StoreError("é" * size), f"e{number}") for number, size in enumerate(sizes, 1)]
    text = actions.summary(results, T, room)
    everything = actions.summary(results, T)

    assert len(text.encode()) <= max(room, 0)
    left_out = re.search(r"of a job summary: (\d+) of (\d+) sections", text)
    kept = text.partition("_Left out")[0]
    sections = re.findall(r"(?:^###|^\| env).*\n(?:(?!###).*\n)*", everything, re.MULTILINE)
    assert "".join(one for one in sections if one in kept) == kept
    if text:
        lost = int(left_out[1]) if left_out else 0
        assert len(sections) == lost + sum(one in kept for one in sections)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param(
            [synced(commit=COMMIT)],
            {"changed": "true", "commit": COMMIT, "pull-request": "", "deferred-until": ""},
            id="committed",
        ),
        pytest.param(
            [synced(commit=COMMIT, pull_request=REQUEST)],
            {"changed": "true", "commit": COMMIT, "pull-request": URL, "deferred-until": ""},
            id="requested",
        ),
        pytest.param(
            [synced(changed=True, pull_request=REQUEST)],
            {"changed": "false", "commit": "", "pull-request": URL, "deferred-until": ""},
            id="requested before",
        ),
        pytest.param(
            [failed(StoreError("x"))],
            {"changed": "false", "commit": "", "pull-request": "", "deferred-until": ""},
            id="failed",
        ),
        pytest.param(
            [synced("dev"), synced("prod", commit=COMMIT)], {"changed": "true"}, id="several"
        ),
    ],
)
def test_outputs(results, expected):
    """`changed` always; `commit`, `pull-request` and `deferred-until` of one environment alone."""
    found = assigned(actions.outputs(results))

    assert json.loads(found.pop("result")).keys() == {one.environment for one in results}
    assert found == expected


def test_the_result_of_several_says_what_became_of_each():
    """As JSON, by environment."""
    results = [
        synced("dev", commit=COMMIT, held=[hold()]),
        failed(GuardError(Refusal.REMOVALS, "x"), "prod"),
    ]

    found = json.loads(assigned(actions.outputs(results))["result"])

    assert found == {
        "dev": {
            "changed": True,
            "commit": COMMIT,
            "pull-request": None,
            "held": 1,
            "deferred-until": None,
            "exit-code": 0,
        },
        "prod": {
            "changed": False,
            "commit": None,
            "pull-request": None,
            "held": 0,
            "deferred-until": None,
            "exit-code": 6,
        },
    }


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])))
@example("a\nchanged<<x\ntrue\nx")
def test_no_value_ends_its_own_output(url):
    """A value of several lines is one value."""
    request = PullRequest(7, url, "title", "body", State.OPEN, "a" * 40, "main")

    text = actions.outputs([synced(pull_request=request)])
    marks = re.findall(r"^[\w-]+<<(end-[0-9a-f]{64})$", text, re.MULTILINE)

    assert assigned(text)["pull-request"] == url
    # Nobody can write the mark of a value into that value.
    assert len(set(marks)) == len(set(assigned(text).values()))


def test_the_table_says_what_happened_to_each():
    """One line each, in the order of the run."""
    trial = Result(environment="trial", outcome=Outcome(plan(changed=True), {}), is_trial=True)
    declined = Result(environment="shut", outcome=Outcome(plan(), {}, is_declined=True))
    results = [
        synced("dev", commit=COMMIT),
        synced("idle", held=[hold(), hold(2)]),
        synced("review", commit=COMMIT, pull_request=REQUEST),
        synced("waits", pull_request=REQUEST),
        failed(GuardError(Refusal.REMOVALS, "x"), "guarded"),
        failed(StoreError("x"), "dark"),
        trial,
        declined,
    ]

    assert list(table(results)) == [
        "dev      committed 0123456789ab to main",
        "idle     nothing to do, 2 held",
        f"review   pull request {URL}",
        f"waits    pull request {URL}, as it was",
        "guarded  refused, exit code 6",
        "dark     failed, exit code 4",
        "trial    would change",
        "shut     nothing to do: its pull request was closed",
    ]
