"""Annotations, and what keeps other output from being a command."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from generator.catalog.hold import Code
from generator.catalog.warned import Warned
from generator.cli.github import inert as actions
from generator.cli.github.annotations import annotations
from generator.errors import InvalidInputError, Place, Problem, PublishError, StoreError
from generator.text.quoting import printable, printable_lines
from tests.kit.github_runner import HOSTILE, failed, hold, obeyed, synced


@given(st.text(), st.text(min_size=1))
@example(HOSTILE, HOSTILE)
def test_any_text_is_the_text_of_one_annotation(problem, name):
    """It comes back with an escape for what cannot be seen, and is no second command."""
    error = PublishError(problem, hint=name)

    [(level, told, message)] = obeyed("\n".join(annotations([failed(error, name)])))

    assert level == "error"
    assert told == {"title": printable(name)}
    assert message == printable_lines(f"{problem}\nhint: {name}")


@given(st.text())
@example(HOSTILE)
@example("\n\t::add-mask::y")
def test_what_is_printed_beside_holds_no_command(text):
    """Wherever in a line, and however far in."""
    assert not obeyed(actions.inert(text))
    assert actions.inert(actions.inert(text)) == actions.inert(text)


@given(st.dictionaries(st.text(), st.text() | st.just(HOSTILE)))
def test_json_beside_holds_no_command_and_is_the_same(values):
    """A program that reads it sees no difference."""
    text = actions.inert_json(json.dumps(values, indent=2, ensure_ascii=False))

    assert not obeyed(text)
    assert json.loads(text) == values


def test_plain_text_stays_as_it_is():
    """Only what would be a command is changed."""
    text = "std::vector: a ## [b] :: c\n  : d\n"

    assert actions.inert(text) == text


def test_versions_held_for_one_reason_are_one_annotation():
    """It names ten, counts the rest, and says what to do."""
    held = [hold(number) for number in range(1, 15)]

    [line] = annotations([synced(held=held)])
    [(level, told, message)] = obeyed(line)

    assert level == "warning"
    assert told == {"title": "prod: held: etag-mismatch"}
    assert message.splitlines()[0] == f"{Code.ETAG_MISMATCH.meaning}:"
    assert message.splitlines()[1] == "bert 1: line 4: it is another"
    assert message.splitlines()[-2:] == ["and 4 more", f"-> {Code.ETAG_MISMATCH.remedy}"]
    assert message.count("bert ") == 10


def test_at_most_ten_of_a_level_and_the_last_counts_the_rest():
    """GitHub would drop the others without a word."""
    results = [synced(f"e{number}", held=[hold()], notices=("n",)) for number in range(13)]
    errors = [failed(StoreError("x"), f"f{number}") for number in range(10)]
    found = obeyed("\n".join(annotations([*results, *errors])))

    for level, rest in (("warning", 4), ("notice", 4), ("error", None)):
        own = [message for kind, _, message in found if kind == level]
        assert len(own) == 10
        assert own[-1].startswith(f"and {rest} more" if rest else "x")


def test_a_problem_with_a_line_is_shown_at_that_line():
    """On the pull request, beside what is wrong; the others are one annotation."""
    placed = Problem("no such key", Place("environments/prod.yaml", 7))
    problems = [placed, "the lock is missing", "and more"]
    error = InvalidInputError(problems, hint="mend it")

    found = obeyed("\n".join(annotations([failed(error)], "fleet/")))

    assert [(told.get("file"), told.get("line")) for _, told, _ in found] == [
        ("fleet/environments/prod.yaml", "7"),
        (None, None),
    ]
    assert found[0][2] == "environments/prod.yaml:7: no such key\nhint: mend it"
    assert found[1][2] == "the lock is missing\nand more\nhint: mend it"


def test_everything_of_a_plan_that_a_person_should_see_is_annotated():
    """Degraded versions, warnings by their code, and notices of the publishing."""
    warnings = [
        Warned("unlisted-object", "a"),
        Warned("clock", "c"),
        Warned("unlisted-object", "b"),
    ]
    result = synced(degraded=("bert 3",), warnings=warnings, notices=("no label",))

    found = obeyed("\n".join(annotations([result])))

    assert [(level, told["title"], message) for level, told, message in found] == [
        ("warning", "prod: degraded", "held now, and still served:\nbert 3"),
        ("warning", "prod: clock", "c"),
        ("warning", "prod: unlisted-object", "a\nb"),
        ("notice", "prod", "no label"),
    ]


def test_a_long_message_is_cut():
    """GitHub refuses a log line that never ends."""
    [line] = annotations([failed(StoreError("x" * 100_000))])

    assert len(line) < 5_000
    assert line.endswith("x…")
