"""`generator.text.bounded_yaml`: no YAML of others ends the process, or stands for billions."""

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.limits.yaml import YAML_BYTES, YAML_LEVELS, YAML_NODES
from generator.text import bounded_yaml

LAUGHS = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(values=st.lists(VALUES, min_size=1, max_size=3))
def test_what_is_within_reason_is_read_as_pyyaml_reads_it(values):
    """Several documents, each with any value."""
    text = yaml.safe_dump_all(values)

    assert bounded_yaml.load_all(text) == values
    assert len(bounded_yaml.compose_all(text)) == len(values)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[" * 1_000_000, f"more than {YAML_LEVELS} levels"),
        ("[" * 20_000 + "]" * 20_000, f"more than {YAML_LEVELS} levels"),
        ("- " * 1_000_000, f"more than {YAML_LEVELS} levels"),
        ("[" + "1," * (YAML_NODES + 1) + "1]", "more than 250,000 keys and values"),
        (LAUGHS, "its aliases expand to more than 250,000 values or 40 levels"),
        ("a: &a [*a]", "its aliases expand to more than"),
        ("\n".join(f"a{n}: &a{n} [*a{n - 1}]" for n in range(50)).replace("*a-1", "1"), "aliases"),
        ("#" * (YAML_BYTES + 1), "bytes, expected at most 2,097,152"),
        ("1" * 5000, "a value of more than 4,000 characters"),
        ("1:" * 3000 + "1", "a value of more than 4,000 characters"),
        ("a: !!bool x", "no YAML"),
        ("a: !!timestamp x", "no YAML"),
        ('a: !!int ""', "no YAML"),
        ('a: !!float ""', "no YAML"),
        ("a: !!python/object/apply:os.system [true]", "no YAML"),
        ("a: *b", "no YAML"),
        ("a: 2026-99-99", "no YAML"),
        ("? [1]\n: 2", "no YAML"),
        ("a: [1", "no YAML"),
    ],
)
def test_what_is_not_is_a_value_error_within_seconds(text, told):
    """Deep YAML would overflow the stack of libyaml, and end the process without a word."""
    began = time.process_time()
    for read in (bounded_yaml.load_all, bounded_yaml.compose_all):
        if read is bounded_yaml.compose_all and told == "no YAML":
            continue  # a node may have any tag
        with pytest.raises(ValueError, match=told):
            read(text)

    assert time.process_time() - began < 10


def test_aliases_within_reason_are_read():
    """Base files of people have anchors."""
    assert bounded_yaml.load_all("a: &a [1]\nb: *a\n") == [{"a": [1], "b": [1]}]
