"""The pull requests of a branch in one request: what is odd in an answer is no list of them."""

import json

import pytest

from generator.delivery import forge_record, listed_pulls
from generator.delivery.pull_list import ListedPulls, PullList, Words
from generator.delivery.pull_request import PullRequest, State

URL = "https://api.example/pulls"
PLACE = PullList(URL, Words.GITHUB)
OURS = {
    "number": 7,
    "html_url": "https://example/7",
    "title": "t",
    "body": "a\r\nb",
    "state": "open",
    "merged_at": None,
    "head": {"sha": "0" * 40, "repo": {"id": 1}},
    "base": {"ref": "main", "repo": {"id": 1}},
}
SEEN = PullRequest(7, "https://example/7", "t", "a\nb", State.OPEN, "0" * 40, "main")


@pytest.fixture
def answer(monkeypatch):
    """Return what sets the next answers: status, ETag and content; asked is what came with them."""
    asked = []

    def set_to(records, status=200, etag="e"):
        data = records if isinstance(records, bytes) else json.dumps(records).encode()

        def answered(_project, url, known):
            asked.append((url, known))
            return status, etag, data

        monkeypatch.setattr(forge_record, "asked", answered)
        return asked

    return set_to


def test_what_a_forge_lists_is_kept_only_if_a_sync_has_seen_just_that(tmp_path, answer):
    """Forks count not: anybody may have a branch of that name."""
    fork = {**OURS, "number": 8, "head": {"sha": "1" * 40, "repo": None}}
    answer([fork, OURS])

    found = listed_pulls.read(tmp_path, PLACE, [SEEN])

    assert found is not None
    assert (found.url, found.etag) == (URL, "e")
    assert listed_pulls.read(tmp_path, PLACE, []) is None
    answer([{**OURS, "title": "another"}])
    assert listed_pulls.read(tmp_path, PLACE, [SEEN]) is None


ODD = [b"", b"{", [None], {}, {"a": 1}, [[]], [{**OURS, "base": None}], [{**OURS, "body": 5}], "x"]


@pytest.mark.parametrize("odd", ODD, ids=str)
@pytest.mark.parametrize("words", [*Words, "forgejo"])
def test_an_odd_answer_is_the_same_as_nothing_that_was_seen(tmp_path, answer, odd, words):
    """Also to whoever has seen no pull request at all, but for an empty list."""
    answer(odd)
    seen = listed_pulls.read(tmp_path, PullList(URL, words), [])

    assert seen is None or odd == {}
    assert not listed_pulls.are_unchanged(tmp_path, ListedPulls(URL, words, "e", "sha256:0"))


def test_the_same_list_under_another_etag_is_unchanged_and_an_etag_alone_needs_no_list(
    tmp_path, answer
):
    """On GitHub the records have all of the repository in them, down to its stars."""
    answer([OURS])
    found = listed_pulls.read(tmp_path, PLACE, [SEEN])

    answer([{**OURS, "labels": ["x"]}], etag="f")
    assert listed_pulls.are_unchanged(tmp_path, found)
    asked = answer(b"", status=304)
    assert listed_pulls.are_unchanged(tmp_path, found)
    assert asked[-1] == (URL, "e")
    for status in (401, 404, 500, 302):
        answer([OURS], status=status)
        assert not listed_pulls.are_unchanged(tmp_path, found)


def test_who_sends_no_etag_is_asked_for_the_list(tmp_path, answer):
    """And is not believed to have the same where nobody said what."""
    asked = answer([OURS], etag="")
    found = listed_pulls.read(tmp_path, PLACE, [SEEN])

    assert listed_pulls.are_unchanged(tmp_path, found)
    assert asked[-1] == (URL, None)
    answer(b"", status=304, etag="")
    assert not listed_pulls.are_unchanged(tmp_path, found)
