"""Rules of the phrases that messages share."""

import shlex

import pytest

from generator.text.digest import digest
from generator.text.phrases import (
    command,
    counted_versions,
    did_you_mean,
    labels,
    listed,
    numbers,
    some,
)


def test_of_many_texts_the_first_few_are_named_and_the_rest_are_counted():
    """So that one message holds any number of findings."""
    texts = ["a", "b", "c", "d"]
    assert some(texts, 4) == texts
    assert some(texts, 2) == ["a", "b", "and 2 more"]
    assert some(texts, 1, "models") == ["a", "and 3 models more"]
    assert listed(texts, 4) == "a, b, c, d"
    assert listed(texts, 2) == "a, b and 2 more"
    assert some([], 3) == []
    assert listed([], 3) == ""


def test_a_word_that_is_like_a_known_one_is_asked_for():
    """A word that is like none is not."""
    assert did_you_mean("resnt", ["bert", "resnet"]) == "; did you mean 'resnet'?"
    assert did_you_mean("RESNET", ["bert", "ResNet"]) == "; did you mean 'ResNet'?"
    assert did_you_mean("other", ["bert", "resnet"]) == ""


def test_versions_and_labels_are_written_in_order():
    """One way for all messages; reports of a plan leave the spaces out."""
    assert numbers({11, 2}) == "2, 11"
    assert numbers([2, 11], ",") == "2,11"
    assert labels([("canary", 2), ("stable", 1)]) == "canary=2, stable=1"
    assert labels(()) == numbers(()) == ""
    assert counted_versions({2}) == "version 2"
    assert counted_versions({11, 2}) == "versions 2, 11"


def test_a_text_has_the_digest_of_its_bytes():
    """UTF-8, in the form that locks and index files have."""
    assert digest("é") == digest("é".encode())
    assert (
        digest("") == f"sha256:{'e3b0c44298fc1c149afbf4c8996fb924'}27ae41e4649b934ca495991b7852b855"
    )


@pytest.mark.parametrize("word", ["x; rm -rf ~", "$(id)", "`id`", "a b", "it's", "-x", ""])
def test_a_command_to_copy_has_each_word_as_one(word):
    """Whatever a name has in it, a shell gives it to the command, and runs nothing else."""
    told = command("git", "branch", "-D", word)

    assert shlex.split(told[1:-1]) == ["git", "branch", "-D", word]
    assert (told[0], told[-1]) == ("`", "`")
