"""A receipt that is none, or says anything else: it is ignored, or at least no traceback."""

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.pipeline.receipt import Receipt
from tests.kit.examples import costly
from tests.kit.receipts import receipts


def _cut(file):
    file.write_bytes(file.read_bytes()[:-40])


def _of_another_release(file):
    file.write_text(json.dumps(json.loads(file.read_bytes()) | {"format": 0}))


def _without_a_key(file):
    found = json.loads(file.read_bytes())
    del found["receipt"]["stores"]
    file.write_text(json.dumps(found))


def _deep(file):
    file.write_text("[" * 100_000)


def _writable(file):
    file.chmod(0o666)


def _pipe(file):
    file.unlink()
    os.mkfifo(file)


def _folder(file):
    file.unlink()
    file.mkdir()


def _link(file):
    elsewhere = file.with_name("elsewhere")
    file.rename(elsewhere)
    file.symlink_to(elsewhere)


SPOILT = [_cut, _of_another_release, _without_a_key, _deep, _writable, _pipe, _folder, _link]


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda it: it.__name__.strip("_"))
def test_a_receipt_that_is_none_is_ignored(project, opened, spoil):
    """Half written, foreign, of another release, or no file: the whole run is made."""
    project.run("sync")
    [file] = receipts()
    spoil(file)
    opened.clear()

    assert project.run("sync").exit_code == 0

    assert opened == ["dev"]


def test_half_a_character_is_kept_as_what_is_no_receipt(project):
    """The name of a file may have one; whoever writes it down does not fail."""
    project.run("sync")
    [file] = receipts()
    receipt = Receipt.from_json(file.read_bytes())

    assert Receipt.from_json(replace(receipt, told={"text": "\udcff"}).to_json()) is None


def _leaves(value, path=()):
    """Yield the path of every value in JSON."""
    yield path
    inner = dict(enumerate(value)) if isinstance(value, list) else value
    for key, child in inner.items() if isinstance(inner, dict) else ():
        yield from _leaves(child, (*path, key))


ANY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([[]]), st.just({})
)


@settings(
    max_examples=costly(100),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(number=st.integers(0, 1000), value=ANY)
def test_a_receipt_of_which_a_value_is_another_is_no_traceback(project, number, value):
    """It says what the sync says, or is ignored."""
    for file in receipts():
        file.unlink()
    first = project.run("sync")
    [file] = receipts()
    found = json.loads(file.read_bytes())
    leaves = [it for it in _leaves(found) if it]
    *path, last = leaves[number % len(leaves)]
    inner = found
    for key in path:
        inner = inner[key]
    inner[last] = value
    file.write_text(json.dumps(found))

    second = project.run("sync")

    assert second.exit_code in {0, value if isinstance(value, int) else 0}
    if (*path, last)[:2] != ("receipt", "told"):
        assert second.stdout == first.stdout
