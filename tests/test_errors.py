"""Errors: sentences that know their place."""

from generator.errors import InvalidInputError, Place, Problem
from generator.limits.text import ERROR_PROBLEMS


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


def test_an_error_of_very_many_problems_tells_the_first_and_counts_the_others():
    """Whoever writes a file chooses how much is wrong with it."""
    error = InvalidInputError(f"key {number}" for number in range(120_000))

    assert len(error.problems) == ERROR_PROBLEMS + 1
    assert error.problems[-1] == "and 119,000 problems more"
    assert InvalidInputError(["a"] * ERROR_PROBLEMS).problems == ("a",) * ERROR_PROBLEMS
