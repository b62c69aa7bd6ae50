"""The probes of a policy in a lock: each text is there once, whole or in parts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.errors import InvalidInputError
from generator.lock import desired_parts, lock_file
from generator.lock.changes import changes_between
from generator.lock.lock import Lock
from generator.lock.notes import Failed
from generator.serving.paths import MODELS
from generator.serving.probe.policy_probe import OFF, PolicyProbe
from tests.kit.strategies import model, version

TEXT = '{"request": {"instances": [1.0, NaN, 12345678901234567890]}, "rtol": 0.5}'
ONE = PolicyProbe.parse(TEXT)
TWO = PolicyProbe.parse('{"request": {"instances": ["€ ${x}"]}}')
NAMES = [f"m{number}" for number in range(40)]


def lock(*probes, names=NAMES):
    """Return a lock of models that are asked *probes*, one after the other."""
    models = [
        replace(model(name, version(name, 1)), probe=probes[number % len(probes)])
        for number, name in enumerate(sorted(names))
    ]
    return Lock("prod", "s3://models", tuple(models))


@given(st.lists(st.sampled_from([None, OFF, ONE, TWO]), min_size=1, max_size=4))
def test_a_lock_comes_back_and_has_each_text_once(probes):
    """Whatever numbers it has, and however many models are asked it."""
    text = lock_file.dump(lock(*probes))
    assert lock_file.read(text, "here") == lock(*probes)
    assert text.count("12345678901234567890") == (ONE in probes)


def test_a_file_of_another_layout_is_the_same_probe():
    """Blanks and the order of keys say nothing; a number that is written otherwise may."""
    same = json.dumps(dict(reversed(json.loads(TEXT).items())), indent=4)
    assert PolicyProbe.parse(same) == ONE
    assert PolicyProbe.parse(TEXT.replace("1.0", "1")) != ONE


def test_a_text_that_is_gone_or_is_another_one_is_told_and_breaks_nothing():
    """People merge locks: the next sync sees a difference, and brings it."""
    said = json.loads(lock_file.dump(lock(ONE)))
    for probes in ({}, {ONE.name: TWO.text}):
        found = lock_file.read(json.dumps(said | {"probes": probes}), "here")
        assert all(it.probe.is_lost and it.probe.name == ONE.name for it in found.models)
        assert len(changes_between(found, lock(ONE), {})) == len(NAMES)
    assert not changes_between(lock(ONE), lock(ONE), {})


@pytest.mark.parametrize("limit", [20_000, 4_000])
def test_a_whole_in_parts_has_each_text_once_and_older_agents_put_it_together(limit):
    """They know no probes: what they read has the digest that they make of it."""
    wanted = lock(ONE, TWO, None)
    texts = desired_parts.split(wanted, MODELS, limit)
    assert "".join(texts.values()).count("12345678901234567890") == 1
    found, whole = desired_parts.join(texts, "here")
    assert [it.probe for it in found.models] == [it.probe for it in wanted.models]

    locks = [lock_file.read(text, "here") for text in texts.values()]
    models = sorted((it for one in locks for it in one.models), key=lambda it: it.name)
    known = replace(locks[0], models=tuple(replace(it, probe=None) for it in models))
    assert lock_file.dumped_digest(known) == whole.digest


def test_parts_of_two_revisions_that_differ_by_a_probe_are_no_whole():
    """The models of both are the same, and so is their digest."""
    before = desired_parts.split(lock(ONE), MODELS, 4_000)
    after = desired_parts.split(lock(TWO), MODELS, 4_000)
    assert before.keys() == after.keys() != {desired_parts.FIRST}
    mixed = before | {desired_parts.FIRST: after[desired_parts.FIRST]}
    with pytest.raises(InvalidInputError, match="of another revision"):
        desired_parts.join(mixed, "here")
    emptied = {name: text.replace(TWO.name, ONE.name) for name, text in after.items()}
    with pytest.raises(InvalidInputError, match="do not hold what"):
        desired_parts.join(emptied, "here")


def test_what_failed_by_one_probe_stands_until_the_model_has_another():
    """A version may be well by a mended one; what is no more in the lock stays as it was."""
    failed = (Failed("m0", 2, "two", probe=ONE.name), Failed("gone", 1, "one"))
    found = replace(lock(ONE), failed=failed)
    assert lock_file.read(lock_file.dump(found), "here") == replace(
        found, failed=tuple(sorted(failed))
    )
    assert found.standing_failures == failed
    assert replace(lock(TWO), failed=failed).standing_failures == failed[1:]
    assert replace(lock(None), failed=failed).standing_failures == failed[1:]
