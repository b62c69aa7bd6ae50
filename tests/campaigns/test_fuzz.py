"""Fuzz: the small campaign, and that what it looks for is found."""

import time
from random import Random

import pytest

from tests.campaigns import fuzz
from tests.campaigns.campaign import Trial
from tests.campaigns.fuzz import FUZZ
from tests.campaigns.mutator import Mutator
from tests.campaigns.parsers import Parser, parsers


@pytest.mark.no_cover
def test_no_text_ends_in_a_traceback(small):
    """Each parser gets its share; many texts are refused, and many are not."""
    tally = small(FUZZ)

    assert tally.counts["parsers"] >= 9
    assert tally.counts["texts"] >= FUZZ.quick * 0.9
    assert 0.05 < tally.counts["of them refused by an error"] / tally.counts["texts"] < 0.95


def test_each_parser_takes_its_examples_as_they_are():
    """Else the texts that are made of them would be refused for one and the same reason."""
    with parsers() as found:
        for parser in found:
            for example in parser.examples:
                parser.parse(example)


def test_a_parser_that_fails_is_told_once_for_each_place(tmp_path):
    """With the text that does it."""

    def parse(data):
        return 1 // (len(data) - len(data)) if data[:1] == b"a" else int(data)

    trial = Trial(Random(1), 100, tmp_path)
    fuzz.feed(trial, Parser("broken", parse, (b"a", b"1"), (ValueError,)), 100)

    [told] = trial.tally.tracebacks
    assert told.startswith("broken: b'a")
    assert "ZeroDivisionError" in told
    assert trial.tally.counts["texts"] == 100


def test_a_parser_that_takes_long_is_a_loss(tmp_path):
    """It is ended, and the next text has its turn."""

    def parse(_):
        until = time.thread_time() + 0.2
        while time.thread_time() < until:
            pass

    trial = Trial(Random(1), 2, tmp_path)
    with fuzz.bounded():
        fuzz.feed(trial, Parser("slow", parse, (b"a",)), 2, seconds=0.05)

    assert len(trial.tally.losses) >= 2


def test_the_same_seed_makes_the_same_texts():
    """So that what was found can be found again."""
    one, other = (
        [Mutator((b"some text 12", b"more"), (b"word",)).text(draw) for _ in range(200)]
        for draw in (Random(7), Random(7))
    )

    assert one == other
    assert len(set(one)) > 150
