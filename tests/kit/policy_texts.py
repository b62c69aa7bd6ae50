"""Rules of a policy as data: drawn, and read from a text."""

from typing import Any

import yaml
from hypothesis import strategies as st

from generator.environment.edit.rule_edit import OwnRule

HEAD = "apiVersion: tfs-gitops/v1\nkind: Environment\n"


def own(keys, kept=("minAge", "from")):
    """Return what the rule of resnet is to say."""
    return OwnRule("resnet", frozenset({"resnet"}), keys, frozenset(kept))


NUMBERS = st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True)

LABELS = st.dictionaries(
    st.sampled_from(["stable", "canary", "on", "1"]), st.integers(1, 9), max_size=3
)


@st.composite
def rules(draw, match):
    """Draw a rule as data, its keys in any order."""
    choice = draw(
        st.one_of(
            NUMBERS.map(lambda numbers: {"pin": numbers}),
            st.integers(1, 3).map(lambda count: {"latest": count}),
            st.just({"all": True}),
        )
    )
    gates = draw(st.fixed_dictionaries({}, optional={"minAge": st.just("24h")}))
    keys = st.fixed_dictionaries(
        {"match": st.just(match)},
        optional={
            "versions": st.just(gates | choice),
            "labels": LABELS,
            "exclude": st.booleans(),
            "name": st.just("other-name"),
        },
    )
    return dict(draw(st.permutations(list(draw(keys).items()))))


def policy(text) -> list[Any]:
    """Return the rules of a file, by the parser that reads environments."""
    return yaml.safe_load(text)["spec"]["policy"]
