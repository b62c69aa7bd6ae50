"""A desired state in parts: a whole comes back, and nothing else is ever taken for one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.errors import InvalidInputError
from generator.lock import desired_parts
from generator.lock.desired_parts import FIRST, join, split
from generator.lock.lock import Lock, ServedModel
from generator.serving.paths import MODELS
from tests.kit.strategies import model, version

LIMIT = 2000
"""Bytes: a part holds some three models."""


def state(*names: str, number: int = 1) -> Lock:
    """Return a lock of one version of each model."""
    models = [model(name, version(name, number), stable=number) for name in sorted(names)]
    return Lock("prod", "s3://models", tuple(models))


def needed(lock: Lock) -> Lock:
    """Return what agents read of *lock*."""
    models = tuple(replace(it, inputs="", generation=0) for it in lock.models)
    generation = lock.generation
    return Lock(
        lock.environment, lock.source, models, own_generation=generation, reading=lock.reading
    )


def parts(lock: Lock, limit: int = LIMIT) -> dict[str, str]:
    """Return the parts of *lock*, which has some."""
    found = split(lock, MODELS, limit)
    assert found is not None
    return found


NAMES = st.sets(st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True), max_size=24)
LOCKS = st.builds(
    lambda names, number: state(*names, number=number), NAMES, st.integers(0, 9)
).filter(lambda lock: split(lock, MODELS, LIMIT) is not None)
"""Locks of which no part is too large: hashes of so few names may crowd into one."""


@given(LOCKS, st.sampled_from([LIMIT, 2 * LIMIT, 100_000]))
def test_what_is_parted_comes_back_whole_and_each_part_fits(lock, limit):
    """Their number is a power of two; what only a sync compares stays in Git."""
    texts = parts(lock, limit)

    found, whole = join(texts, "desired")

    assert (found, whole.root) == (needed(lock), MODELS)
    assert all(len(text.encode()) <= limit for text in texts.values())
    assert whole.parts == len(texts)
    assert len(texts).bit_count() == 1


@given(LOCKS, LOCKS, st.data())
def test_a_torn_set_of_parts_is_either_whole_or_refused(before, after, data):
    """Each ConfigMap is of the one commit or the other, or is not there (yet, or any more)."""
    old, new = parts(before), parts(after)
    mounted = {}
    for name in sorted({*old, *new}):
        one = data.draw(st.sampled_from([old.get(name), new.get(name), None]))
        mounted |= {name: one} if one is not None else {}

    try:
        found, _ = join(mounted, "desired")
    except InvalidInputError:
        return

    whole = old if mounted.get(FIRST) == old[FIRST] else new
    assert all(mounted[name] == text for name, text in whole.items())
    assert found == needed(before if whole is old else after)


def test_what_is_left_of_a_set_with_more_parts_is_no_part_of_this_one():
    """Whoever applies may not prune, or not yet."""
    many = parts(state(*"abcdefghijklmn"))
    few = parts(state("a", "b"))
    assert len(many) > len(few)

    found, _ = join({**many, **few}, "desired")

    assert found == needed(state("a", "b"))


def test_a_change_of_one_model_leaves_the_models_of_other_parts_in_place():
    """A diff has the model, and the name of the whole in each part."""
    names = "abcdefghijklmn"
    before, after = parts(state(*names)), parts(state(*names, "zz"))
    assert len(before) == len(after)

    differing = [
        name
        for name in before
        if json.loads(before[name])["models"] != json.loads(after[name])["models"]
    ]

    assert len(differing) == 1


def test_what_only_a_sync_compares_changes_no_part():
    """The digest of rules and candidates, settings, and how models share the generation."""
    lock = replace(state("a", "b"), own_generation=6)
    later = replace(
        lock,
        own_generation=0,
        models=tuple(replace(it, inputs="sha256:other", generation=3) for it in lock.models),
        settings={"serving": {"replicas": 2}},
    )

    assert parts(later) == parts(lock)


def test_a_model_that_no_part_holds_has_no_parts():
    """It is refused by who asks, like a state that is too large without an agent."""
    huge = ServedModel("a", "a" * LIMIT, (version("a", 1),))

    assert split(replace(state(), models=(huge,)), MODELS, LIMIT) is None
    assert split(state(*(f"m{it}" for it in range(300))), MODELS, LIMIT) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"parts": 1', '"parts": 65'),
        ('"parts": 1', '"parts": 0'),
        ('"parts": 1', '"parts": "1"'),
        ('"root": "/models"', '"root": null'),
        ('"digest": "sha256', '"digest": "md5'),
        ('"part": {', '"other": {'),
        ('"stable": 1', '"canary": 1'),
        ("{", "[" * 100_000),
        ("{", ""),
    ],
)
def test_what_is_no_part_is_refused(old, new):
    """Whatever a person, or another program, made of it."""
    texts = parts(state("a"))
    assert old in texts[FIRST]

    with pytest.raises(InvalidInputError):
        join({FIRST: texts[FIRST].replace(old, new, 1)}, "desired")


def test_the_parts_that_are_missing_or_of_another_commit_are_named():
    """With the folder, and what to do where they do not come."""
    old, new = parts(state(*"abcdefgh")), parts(state(*"abcdefgi"))
    last = max(old)

    with pytest.raises(InvalidInputError, match=f"{last} of {len(old)} parts not mounted yet"):
        join({name: text for name, text in old.items() if name != last}, "desired")
    with pytest.raises(InvalidInputError, match=f"{last} of another revision than {FIRST}"):
        join({**old, last: new[last]}, "desired")
    with pytest.raises(InvalidInputError, match=f"{FIRST}: it is not a part"):
        join({}, "desired")


def test_a_name_of_a_part_is_known_by_its_number():
    """As they are written, and no other."""
    known = [f"desired-{it}.json" for it in range(desired_parts.MOST)]

    assert all(desired_parts.NAME.fullmatch(it) for it in known)
    for other in ("desired-.json", "desired-01.json", "desired-100.json", "desired-1.json~"):
        assert not desired_parts.NAME.fullmatch(other)
