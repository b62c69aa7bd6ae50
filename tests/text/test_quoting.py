"""Text of others, quoted: it looks the same, and does nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.text.quoting import fenced, markdown, plain
from tests.kit.hostile import CHANGES, HOSTILE, assert_inert, tokens


@pytest.mark.parametrize("text", HOSTILE)
def test_quoted_text_looks_as_it_is(text):
    """Only what cannot be seen is written out."""
    seen = plain(text).replace("\u200b", "")

    assert seen.isprintable()
    if text.isprintable():
        assert seen == " ".join(text.split())
    assert re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", markdown("a|#b")).replace("\u200b", "") == "a|#b"


def test_a_text_of_several_lines_is_one_line():
    """As Markdown shows it."""
    assert plain(" a\n\tb\u2028c ") == "a b c"


@given(st.lists(st.text("`~ \ta\r", max_size=9) | st.text("`", max_size=5), max_size=5))
def test_nothing_in_a_fence_ends_it(lines):
    """Its fence is longer than any run in it."""
    found = tokens(fenced(lines, "sh"))

    assert [token.type for token in found] == ["fence"]
    assert found[0].content.count("\n") == len(lines)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_fence_changes_anything(text):
    """Also where its lines become part of the commit message of a merge."""
    block = fenced([text])

    assert_inert(block, CHANGES)
    if not any(re.search(pattern, text, re.IGNORECASE) for pattern in CHANGES):
        assert "\u200b" not in block
