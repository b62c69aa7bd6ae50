"""`generator.environment.verdicts`: what the schema has accepted, in a file of a bounded size."""

import pytest

from generator.catalog import cache_file
from generator.environment.verdicts import Verdicts
from generator.limits.json import VERDICTS_BYTES

LINE = 65


@pytest.fixture
def file():
    """Return the file, in a folder that is there."""
    path = cache_file.path("accepted")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def filled(file, size):
    """Write *size* bytes of other verdicts."""
    lines = b"".join(b"%064x\n" % number for number in range(size // LINE))
    file.write_bytes(lines + b"x" * (size - len(lines)))
    file.chmod(0o600)


def test_a_text_that_was_accepted_is_known_to_the_next_run(file):
    """Another text is not."""
    Verdicts().keep("a: 1")

    assert Verdicts().accepts("a: 1")
    assert not Verdicts().accepts("a: 2")
    assert len(file.read_bytes()) == LINE


@pytest.mark.parametrize(("room", "lines"), [(1, VERDICTS_BYTES // LINE), (0, 1)])
def test_the_file_is_filled_up_to_the_limit_and_then_begun_anew(file, room, lines):
    """The limit itself is within; what is begun anew knows the newest text."""
    filled(file, (VERDICTS_BYTES // LINE - room) * LINE)
    Verdicts().keep("a: 1")

    assert len(file.read_bytes().splitlines()) == lines
    assert Verdicts().accepts("a: 1")


@pytest.mark.parametrize(("beyond", "is_known"), [(0, True), (1, False)])
def test_a_file_over_the_limit_is_not_read(file, beyond, is_known):
    """Whoever made it: what it says is as if it were not there."""
    Verdicts().keep("a: 1")
    first = file.read_bytes()
    filled(file, VERDICTS_BYTES - LINE + beyond)
    file.write_bytes(first + file.read_bytes())

    assert Verdicts().accepts("a: 1") is is_known
