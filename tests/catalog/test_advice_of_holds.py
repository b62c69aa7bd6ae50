"""What is to be done about a hold: a line with commands that can be copied as they are."""

import re

import pytest

from generator.catalog.hold import Code, Held


def hold(code, model="resnet", way_out=""):
    """Return a hold of a version."""
    return Held(
        index="", code=code, problems=("it is so",), model=model, version=1, way_out=way_out
    )


@pytest.mark.parametrize("code", Code)
def test_no_command_of_an_advice_leaves_a_name_to_the_reader(code):
    """Whatever is held, and wherever it is told: who reads it at night copies it."""
    told = hold(code).remedy_in("prod")
    commands = re.findall(r"`(tfs-gitops sync[^`]*)`", told)
    assert all(" prod" in it and "resnet" in it for it in commands)
    assert not re.search(r"\b(ENV|MODEL)\b", told)


@pytest.mark.parametrize(
    ("model", "said"),
    [("ENV", "sync dev --retake ENV"), ("a b", "sync dev --retake 'a b'")],
    ids=["named-like-a-blank", "to-be-quoted"],
)
def test_names_are_filled_in_once_and_quoted_for_a_shell(model, said):
    """A model may have any name; words that are no command stay."""
    way_out = "in no ENV, `tfs-gitops sync ENV --retake MODEL`"
    assert (
        hold(Code.TAKEN_BACK, model, way_out).remedy_in("dev") == f"in no ENV, `tfs-gitops {said}`"
    )
