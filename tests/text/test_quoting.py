"""Text of others, quoted: it looks the same, and does nothing."""

import json
import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.limits.text import LINE_CHARACTERS
from generator.text.quoting import (
    fenced,
    is_seen,
    markdown,
    one_line,
    plain,
    printable,
    printable_json,
)
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


def test_no_control_format_or_separator_of_unicode_is_seen():
    """But for the space; nor is half of a character, or one that is not assigned."""
    unseen = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
    every = map(chr, range(sys.maxunicode + 1))

    assert not [
        one for one in every if unicodedata.category(one) in unseen and is_seen(one) > (one == " ")
    ]


@pytest.mark.parametrize("one", "\u034f\u115f\u1160\u17b4\u180b\u2800\u3164\ufe0f\uffa0\U000e0100")
def test_letters_and_marks_that_no_font_shows_are_not_seen(one):
    """With them two names could look alike."""
    assert one.isprintable()
    assert printable(f"a{one}b") == f"a{one.encode('unicode_escape').decode()}b"


@given(st.dictionaries(st.text(), st.text()), st.sampled_from([None, 2]))
def test_json_whose_characters_are_all_seen_has_the_same_values(values, indent):
    """Its escapes are JSON's own."""
    text = printable_json(json.dumps(values, ensure_ascii=False, indent=indent))

    assert is_seen(text.replace("\n", ""))
    assert json.loads(text) == values


def test_a_line_of_others_is_cut_off_behind_its_limit():
    """The limit itself is within."""
    assert one_line("x" * LINE_CHARACTERS) == "x" * LINE_CHARACTERS
    assert one_line("x" * (LINE_CHARACTERS + 1)) == "x" * LINE_CHARACTERS + "…"
