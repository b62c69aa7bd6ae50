"""A version whose probe it cannot answer is held where agents ask it; a rule may want a probe."""

import pytest

from generator.limits.probe import PROBE_FILE_BYTES
from tests.kit.probe_gate import PROBE, UNFIT, craft

FITS = {"request": {"instances": [1.0]}, "response": {"predictions": [2.5]}}


@pytest.mark.parametrize("agent", [True, False])
def test_a_probe_that_the_model_cannot_answer_holds_the_version_where_agents_ask(project, agent):
    """They would take it out in each pod; without them nobody reads the file."""
    project.environment(serving={"agent": agent})
    craft(project, "good", 1, FITS)
    craft(project, "bad", 1, UNFIT)
    craft(project, "cut", 1, b'{"request": ')
    craft(project, "large", 1, b" " * (PROBE_FILE_BYTES + 1))
    found = project.held_by_model()

    if not agent:
        assert found == {}
        return
    assert found["bad"] == (
        "not-servable",
        [
            f"probe: {PROBE}: inputs: the signature has no input z",
            f"probe: {PROBE}: inputs: input x is missing",
        ],
    )
    assert found["cut"][0] == "not-servable"
    assert found["cut"][1][0].startswith(f"probe: {PROBE}: not JSON: ")
    assert found["large"][1] == [f"probe: {PROBE}: 262,145 bytes, expected at most 262,144"]
    assert found.keys() == {"bad", "cut", "large"}


def test_a_version_without_a_required_probe_is_held(project):
    """Whoever has one is served."""
    rule = {"match": "*", "versions": {"latest": 1}, "require": {"probe": True}}
    project.environment(policy=[rule])
    craft(project, "with", 1, FITS)
    craft(project, "without", 1)

    assert project.held_by_model() == {
        "without": (
            "requirement-unmet",
            [f"probe: its index lists no {PROBE}, and no rule names a file"],
        )
    }
