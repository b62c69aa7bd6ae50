"""Regular expressions that are compiled when they are first used."""

import re

import pytest

from generator.text.pattern import pattern


@pytest.mark.parametrize("method", ["match", "fullmatch", "search", "findall", "split"])
@pytest.mark.parametrize("text", ["a1b22", "A1", ""])
def test_it_finds_what_a_compiled_one_finds(method, text):
    """Its flags are heeded, and an empty text is no other one."""
    ours, theirs = (
        pattern(r"[a-z]([0-9]+)", re.IGNORECASE),
        re.compile(r"[a-z]([0-9]+)", re.IGNORECASE),
    )

    found, expected = (getattr(it, method)(text) for it in (ours, theirs))

    assert repr(found) == repr(expected)


def test_it_is_of_bytes_where_its_text_is():
    """As what is compiled."""
    assert pattern(rb"(\d)").sub(rb"<\1>", b"a1") == b"a<1>"


def test_its_text_is_known_before_it_is_compiled(monkeypatch):
    """An expression may be made of another one."""
    monkeypatch.setattr(re, "compile", None)

    assert pattern("[a-z]").pattern == "[a-z]"


def test_it_is_compiled_once_for_a_method(monkeypatch):
    """Who asks it a million times pays for none of this."""
    found, compiled = pattern("[a-z]"), []
    compile_ = re.compile
    monkeypatch.setattr(re, "compile", lambda *given: compiled.append(given) or compile_(*given))

    assert [found.fullmatch(it) is not None for it in "a1b"] == [True, False, True]
    assert compiled == [("[a-z]", 0)]
