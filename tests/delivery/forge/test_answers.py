"""Answers of a forge that have no end, or are nothing that a client library expects."""

import pytest

from generator.limits.answer import FORGE_BYTES
from tests.kit.forges import HEAD, at_once, opened, refused
from tests.servers.forge import Fault


@pytest.mark.parametrize("status", [200, 404, 500])
def test_an_answer_of_a_forge_is_read_no_further_than_the_limit(forge, status):
    """Whatever its status; the error says how much it was, and has none of it."""
    forge.faults = [Fault(status, '"' + "x" * FORGE_BYTES + '"')] * 20

    error = refused(opened(forge, sleep=at_once).pull_requests, HEAD)

    assert "an answer of more than 16,777,216 bytes" in str(error)
    assert len(str(error)) < 500


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000])
def test_an_answer_in_brackets_is_an_error_that_names_the_forge(forge, body):
    """Not the stack of the parser."""
    forge.faults = [Fault(200, body)] * 20

    assert len(str(refused(opened(forge, sleep=at_once).pull_requests, HEAD))) < 5000
