"""Errors: sentences that know their place."""

from generator.errors import InvalidInputError, Place, Problem


def test_a_problem_is_a_sentence_that_begins_with_its_place():
    """For whoever prints it; a machine asks for the place and the text."""
    problem = Problem("no such key", Place("environments/prod.yaml", 7, 3))

    assert problem == "environments/prod.yaml:7:3: no such key"
    assert (problem.text, problem.place) == (
        "no such key",
        Place("environments/prod.yaml", 7, 3),
    )


def test_a_place_without_a_line_is_the_whole_file():
    """As editors read it."""
    assert str(Place("a.yaml")) == "a.yaml"
    assert str(Place("a.yaml", 4)) == "a.yaml:4"


def test_the_problems_of_every_error_may_be_asked_for_their_place():
    """Also where only a text was given."""
    error = InvalidInputError(["alone", Problem("placed", Place("a"))])

    assert [problem.place for problem in error.problems] == [None, Place("a")]
