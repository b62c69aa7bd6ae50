"""The page on the policy: what its table says of each model is what its rules say."""

import re
from pathlib import Path

import pytest
import yaml

from generator.environment import load
from generator.environment.policy import policy_for
from generator.environment.texts import Texts

PAGE = Path(__file__).parents[2] / "docs/policy.md"
HEAD = """
apiVersion: tfs-gitops/v1
kind: Environment
metadata: {name: prod}
spec:
  source: {url: "s3://models"}
  delivery: {repository: "https://git.example/fleet.git"}
  serving: {image: "tensorflow/serving:2.19.1"}
"""


@pytest.fixture
def rules():
    """Return the rules that the page shows, beside a staging that they take versions from."""
    [shown] = re.findall(r"```yaml\n(policy:.*?)```", PAGE.read_text(), re.DOTALL)
    prod = yaml.safe_load(HEAD)
    prod["spec"] |= yaml.safe_load(shown)
    staging = yaml.safe_load(HEAD.replace("prod", "staging"))
    staging["spec"]["policy"] = [{"match": "*"}]
    texts = {"prod": yaml.safe_dump(prod), "staging": yaml.safe_dump(staging)}
    return load.load(Texts(texts.get, tuple(texts)), "prod").policy


def rows():
    """Return the cells of each model of the page's first table."""
    table = PAGE.read_text().partition("| model |")[2].partition("\n\n")[0]
    found = re.findall(r"^\| `([\w-]+)` \| (.*?) \|$", table, re.MULTILINE)
    return {model: cells.split(" | ") for model, cells in found}


def test_the_table_of_the_page_is_what_its_rules_say(rules):
    """The number of versions, what they wait for, their labels, and what they must have."""
    told = rows()
    resnet, american, european, experimental = (policy_for(rules, model) for model in told)

    assert list(told) == ["resnet", "ranker-us", "ranker-eu", "experimental-x"]
    assert (resnet.choice.latest, resnet.labels) == (1, {})
    assert told["resnet"][0] == "the newest"
    assert american.choice.latest == 2
    assert american.choice.source == "staging"
    assert american.labels == {"stable": "previous", "canary": "latest"}
    assert european.choice.pin == (50, 101)
    assert (european.choice.source, european.labels) == (None, {"stable": 50, "canary": 101})
    assert american.require == european.require != resnet.require
    assert told["ranker-us"][2] == told["ranker-eu"][2] == "compatible signatures"
    assert experimental.excluded
    assert told["experimental-x"][0] == "not served"


def test_a_model_that_no_rule_matches_is_not_served(rules):
    """Only a rule for all says otherwise."""
    assert policy_for(rules[1:], "resnet") is None
