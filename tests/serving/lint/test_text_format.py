"""Any text is linted, and what is in it has its position."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.serving import config_reader
from generator.serving.config_reader import Position
from tests.kit.lint_texts import (
    CUSTOM,
    LIVE,
    ONE_OF_EACH,
    findings,
    readable,
    refused,
)
from tests.simulated_server import scenario


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (
            'model_config_list: { config: { name: \'m\', base_path: "/a" "/b"; model_type: 1 } }',
            {"": (1, 22), "name": (1, 32), "base_path": (1, 43), "model_type": (1, 65)},
        ),
        (
            '# { \r\nmodel_config_list <\r\n config [{name: \'}#\'}, # x\r\n {name:"\\""}]>',
            {"": (4, 2), "name": (4, 3)},
        ),
        (
            'model_config_list{config{version_labels:[{key:"a"value:1},<value:2 key:"\\142">]}}',
            {"": (1, 19), "version_labels": (1, 42), "label a": (1, 42), "label b": (1, 59)},
        ),
        (
            (
                "model_config_list { config { logging_config { custom_logging_config {\n"
                "[type.googleapis.com/google.protobuf.Any] { value: '{' } } }\n\tname: 'm' } }"
            ),
            {"": (1, 21), "logging_config": (1, 30), "name": (3, 2)},
        ),
    ],
)
def test_a_place_is_where_the_field_begins(text, places):
    """Whatever the spelling: lists, brackets, comments, joined strings, CRLF."""
    model = config_reader.read(text).models[-1]

    assert dict(model.positions) == {key: Position(*place) for key, place in places.items()}


PIECES = st.sampled_from(
    [*"{}[]<>:,;#\"'\n\\", "config", "name", "-", "1", "[{", "}]", "''", "all {}", "\ufeff"]
)


@st.composite
def damaged(draw):
    """A text with a part cut out and another put in, a few times."""
    text = draw(st.sampled_from([ONE_OF_EACH, CUSTOM, "model_config_list { config: [{}, {}] }"]))
    for _ in range(draw(st.integers(0, 3))):
        start, size = draw(st.integers(0, len(text))), draw(st.integers(0, 5))
        text = text[:start] + draw(PIECES) + text[start + size :]
    return text


@given(damaged() | st.text())
def test_any_text_is_linted_and_readable_where_the_servers_messages_read_it(text):
    """No text, however broken, escapes as an exception; our messages know the same fields."""
    said = any(word in one.text for one in findings(text) for word in ("parse", "byte"))

    assert said is not readable(text)


def test_every_recorded_config_is_linted():
    """What real servers were given, beside what they were given before."""
    for one in scenario.load():
        texts = [step.facts[0] for step in one.steps if step.what == "write"]
        for before, text in pairwise(["", *(text for text in texts if text is not None)]):
            applied = before if readable(before) else None
            assert (LIVE in refused(text, applied)) >= (not readable(text))
