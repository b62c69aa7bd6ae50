"""The lock: the same state has the same bytes, and reads back as what it was."""

import contextlib
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.catalog.catalog import IndexRef
from generator.errors import InvalidInputError
from generator.lock.lock import Lock
from generator.lock.lock_file import dump, load
from generator.text.digest import json_digest
from tests.kit.repeated import repeated
from tests.kit.schemas import schema
from tests.kit.strategies import URL, any_lock, model, served, sha256, version

PLACE = "main:overlays/prod/generated/models.lock.json"
M1, M2, M10 = (version("m", number) for number in (1, 2, 10))
LOCK = served(model("a", version("a", 1)), model("m", M2, M10, stable=2, canary=10))


@given(any_lock())
def test_what_is_written_is_read_back(state):
    """Whatever names, numbers and labels there are; and writing it again changes nothing."""
    text = dump(state)
    assert load(text, PLACE) == state
    assert dump(load(text, PLACE)) == text


@given(any_lock())
def test_a_lock_follows_its_schema(state):
    """Other programs read it."""
    schema("lock").validate(json.loads(dump(state)))


def test_the_lock_in_full():
    """Every byte: a change here is a new commit in every fleet."""
    one = replace(
        version("a/b", 7),
        directory="007",
        index=IndexRef("index-x.csv", "e1", 2),
        digest="sha256:d",
        seen="sha256:s",
    )
    state = served(replace(model("a-b", one, stable=7), inputs="sha256:i"))
    assert dump(state) == (
        "{\n"
        '  "apiVersion": "tfs-gitops/v1",\n'
        '  "kind": "Lock",\n'
        '  "environment": "prod",\n'
        '  "source": "s3://models",\n'
        '  "generation": 0,\n'
        '  "models": {\n'
        '    "a-b": {\n'
        '      "basePath": "a/b",\n'
        '      "platform": "tensorflow",\n'
        '      "generation": 0,\n'
        '      "labels": {"stable": 7},\n'
        '      "inputs": "sha256:i",\n'
        '      "versions": [\n'
        '        {"bytes": 1024, "digest": "sha256:d", "directory": "007", '
        '"index": {"etag": "e1", "key": "index-x.csv", "versions": 2}, "objects": 3, '
        '"published": "2026-01-02T03:11:05Z", "seen": "sha256:s", "version": 7, '
        '"warmup": false}\n'
        "      ]\n"
        "    }\n"
        "  }\n"
        "}\n"
    )


SETTINGS = {"source": {"url": "s3://models"}, "serving": {"flags": {"a": 1.5}, "replicas": 2}}


def test_settings_are_read_back():
    """One key a line, so that a diff of two locks has the keys that changed."""
    state = replace(LOCK, settings=SETTINGS)
    text = dump(state)

    schema("lock").validate(json.loads(text))
    assert load(text, PLACE) == state
    assert '  "settings": {\n    "serving": {\n      "flags": {\n        "a": 1.5\n' in text
    assert '      "replicas": 2\n    },\n    "source": {\n      "url": "s3://models"\n' in text


@pytest.mark.parametrize("settings", [1, [], {"serving": 1}, {"serving": None}])
def test_settings_that_are_none_are_told(settings):
    """A lock that a person broke is refused by its name."""
    text = json.dumps(json.loads(dump(LOCK)) | {"settings": settings})

    with pytest.raises(InvalidInputError, match=r"\$\.settings.*expected an object"):
        load(text, PLACE)


@pytest.mark.parametrize(
    ("value", "problem"),
    [("1e999", "that is none"), ("NaN", "that is none"), ("[" * 60 + "]" * 60, "deeper than")],
    ids=["inf", "nan", "deep"],
)
def test_settings_that_no_document_has_are_refused(value, problem):
    """They would get into messages and into JSON."""
    text = dump(replace(LOCK, settings=SETTINGS)).replace('"replicas": 2', f'"replicas": {value}')

    with pytest.raises(InvalidInputError, match=problem):
        load(text, PLACE)


def test_other_settings_alone_make_another_lock():
    """A commit says what they are now, also where no other file has them."""
    before = replace(LOCK, settings=SETTINGS)
    after = replace(LOCK, settings={**SETTINGS, "delivery": {"settle": "1h"}})

    assert before.succeeded_by(after) == replace(after, own_generation=1)
    assert after.succeeded_by(after) is after


@pytest.mark.parametrize(
    "settings",
    [SETTINGS, {**SETTINGS, "serving": SETTINGS["serving"] | {"namespace": "tf-serving"}}],
    ids=["the same", "a default written out"],
)
def test_settings_that_say_the_same_make_no_other_lock(settings):
    """No change, no commit."""
    before = replace(LOCK, settings=SETTINGS)

    assert before.succeeded_by(replace(LOCK, settings=settings)) is before


def test_a_lock_without_settings_gets_them_with_the_next_change():
    """An older release wrote it: nobody knows what they were, and that is no news for Git."""
    known = replace(LOCK, settings=SETTINGS)

    assert LOCK.settings_changed_by(known) == ()
    assert LOCK.succeeded_by(known) is LOCK
    assert LOCK.succeeded_by(replace(known, source="s3://other")).settings == SETTINGS
    assert LOCK.with_settings(SETTINGS) == known


def test_an_empty_lock_is_a_lock():
    """An environment may serve nothing yet."""
    empty = served()
    assert json.loads(dump(empty))["models"] == {}
    assert load(dump(empty), PLACE) == empty


def test_one_version_is_one_line():
    """A review shows which version came and which went."""
    before = dump(LOCK).splitlines()
    after = dump(served(*(LOCK.models[0], replace(LOCK.models[1], versions=(M1, M2, M10)))))
    (extra,) = set(after.splitlines()) - set(before)
    assert json.loads(extra.rstrip(","))["version"] == 1


def test_everything_is_sorted_when_it_is_read():
    """By name, number and label, whoever wrote the file."""
    data = json.loads(dump(LOCK))
    data["models"] = dict(reversed(data["models"].items()))
    data["models"]["m"]["versions"].reverse()
    data["models"]["m"]["labels"] = {"stable": 2, "canary": 10}
    assert load(json.dumps(data), PLACE) == LOCK
    assert [item.name for item in LOCK.models] == ["a", "m"]
    assert LOCK.by_name["m"].numbers == (2, 10)
    assert LOCK.by_name["m"].labels == (("canary", 10), ("stable", 2))


def test_models_are_sorted_by_name_once():
    """A decision asks for each of ten thousand: to sort them anew for each takes minutes."""
    assert LOCK.by_name is LOCK.by_name
    assert LOCK.generations is LOCK.generations
    assert replace(LOCK, models=()).by_name == {}


def test_labels_are_written_in_order():
    """A state that was put together in another order has the same bytes."""
    shuffled = replace(LOCK.models[1], labels=(("stable", 2), ("canary", 10)))
    assert dump(replace(LOCK, models=(LOCK.models[0], shuffled))) == dump(LOCK)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"base_path": "other"},
        {"platform": "other"},
        {"labels": (("stable", 10), ("canary", 10))},
        {"versions": (M2,)},
        {"versions": (M2, replace(M10, digest=sha256("other")))},
    ],
)
def test_a_state_is_all_that_a_server_would_notice(change):
    """Each of these needs a commit."""
    assert replace(LOCK.models[1], **change).state != LOCK.models[1].state


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": sha256("other")},
        {"versions": (M2, replace(M10, index=IndexRef("index-new.csv", "e")))},
        {"versions": (M2, replace(M10, published=datetime(2027, 1, 1, tzinfo=UTC)))},
        {"versions": (M2, replace(M10, seen=sha256("again")))},
    ],
)
def test_what_a_server_does_not_notice_is_no_state(change):
    """No change, no commit."""
    assert replace(LOCK.models[1], **change).state == LOCK.models[1].state


def test_the_inputs_of_a_lock_are_those_of_its_models():
    """By name: two models that change places have other inputs."""
    one, two = (replace(model(name, M1), inputs=sha256(name)) for name in "ab")
    base = served(one, two).inputs
    assert base == json_digest([["a", sha256("a")], ["b", sha256("b")]])
    assert served(replace(one, inputs=two.inputs), replace(two, inputs=one.inputs)).inputs != base


def test_an_index_is_known_if_all_its_versions_are_here():
    """Of one that lists more, the rest may have been left out by the policy: it is read again."""
    half = IndexRef("index-half.csv", "h", 3)
    full = IndexRef("index-full.csv", "f", 2)
    versions = [replace(version("m", n), index=half) for n in (1, 2)]
    whole = [replace(version("n", n), index=full) for n in (1, 2)]
    alone = version("m", 3)
    state = served(model("m", *versions, alone), model("n", *whole))
    assert state.known() == {
        ("index-full.csv", "f"): tuple(whole),
        (alone.index.key, alone.index.etag): (alone,),
    }


def test_two_states_of_one_index_are_two_indexes():
    """An index that was written again is read again."""
    old, new = IndexRef("index.csv", "1", 2), IndexRef("index.csv", "2", 2)
    state = served(model("m", replace(M1, index=old), replace(M2, index=new)))
    assert state.known() == {}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"apiVersion": "tfs-gitops/v2"}, "'tfs-gitops/v2'"),
        ({"kind": "Environment"}, "'Environment'"),
        ({"apiVersion": None}, "None"),
    ],
)
def test_a_lock_of_a_newer_release_is_refused(change, says):
    """It may say what this release does not understand: nothing is served by guess."""
    text = json.dumps(json.loads(dump(LOCK)) | change)
    with pytest.raises(InvalidInputError) as error:
        load(text, PLACE)
    (problem,) = error.value.problems
    assert problem.startswith(f"{PLACE}: apiVersion")
    assert says in problem
    assert "newer" in error.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not JSON",
        "<<<<<<< HEAD\n{}\n=======\n",
        "[]",
        "null",
        "5",
        '"apiVersion"',
        "{}",
        "[" * 100_000,
        dump(LOCK)[:-20],
        dump(LOCK).replace('"digest"', '"gone"', 1),
        dump(LOCK).replace('"2026-', '"', 1),
        dump(LOCK).replace('"canary": 10', '"canary": null'),
        dump(LOCK).replace('"canary": 10', '"canary": Infinity'),
        dump(LOCK).replace('"canary": 10', '"canary": 10.0'),
        dump(LOCK).replace('"canary": 10', '"canary": "010"'),
        dump(LOCK).replace('"canary": 10', f'"canary": {"1" * 5_000}'),
        re.sub('"published": "[^"]*"', '"published": "9999-12-31T23:59:59-23:59"', dump(LOCK)),
    ],
)
def test_junk_is_refused_with_its_place_and_a_way_out(text):
    """A conflict that was committed must not look like an empty fleet."""
    with pytest.raises(InvalidInputError) as error:
        load(text, PLACE)
    (problem,) = error.value.problems
    assert problem.startswith(f"{PLACE}: not a lock")
    assert "git log" in error.value.hint


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"bytes": 1024', '"bytes": -1', "$.models.a.versions[0].bytes: found -1, expected"),
        ('"objects": 3', '"objects": -3', "$.models.a.versions[0].objects: found -3, expected"),
        ('"canary": 10', '"canary": 7', "$.models.m.labels.canary: found 7, expected a version"),
        ('"generation": 0', '"generation": -1', "$.generation: found -1, expected a whole number"),
        (
            '"version": 10,',
            '"directory": "9", "version": 10,',
            "$.models.m.versions[1].directory: found '9', expected one of version 10",
        ),
        ('"models": {', '"models": {"m": {},', "$.models.m: the key is there twice"),
        ('"canary": 10', '"canary": 2, "canary": 10', "$.models.m.labels.canary: the key is ther"),
    ],
)
def test_what_no_sync_writes_is_refused_at_its_place(old, new, problem):
    """A merge that kept both sides of a conflict must not serve one of them by chance."""
    with pytest.raises(InvalidInputError) as error:
        load(dump(LOCK).replace(old, new, 1), PLACE)
    assert f": not a lock of this program: {problem}" in str(error.value)


@given(any_lock(), st.integers(0, 100))
def test_a_key_that_is_there_twice_is_refused_wherever_it_is(state, place):
    """Nobody knows which of the two is meant."""
    with pytest.raises(InvalidInputError, match="the key is there twice"):
        load(repeated(dump(replace(state, settings=SETTINGS)), place), PLACE)


@given(any_lock())
def test_what_a_newer_release_adds_is_left_alone(state):
    """Only another apiVersion says that the rest means something else."""
    text = dump(state).replace("{\n", '{\n  "newer": {"x": [1]},\n', 1)
    assert load(text, PLACE) == state


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=3,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of each value in a document."""
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    nested = (dict, list)
    return [path] * bool(path) + [
        place
        for key in keys
        for place in (
            places(value[key], (*path, key)) if isinstance(value[key], nested) else [(*path, key)]
        )
    ]


@given(st.sampled_from(places(json.loads(dump(LOCK)))), ANYTHING)
@example(("models", "m", "labels", "stable"), float("inf"))
@example(("models",), [])
def test_any_value_in_any_place_is_read_or_refused(place, value):
    """A hand that edits the file can make it wrong, but not crash the sync here."""
    data = json.loads(dump(LOCK))
    inside = data
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    with contextlib.suppress(InvalidInputError):
        assert isinstance(load(json.dumps(data), PLACE), Lock)


def test_a_lock_belongs_to_its_environment_and_store():
    """Both are read back as they are written, for whoever compares them."""
    state = load(dump(LOCK), PLACE)
    assert (state.environment, state.source) == ("prod", URL)


@given(any_lock())
def test_what_a_server_would_not_notice_makes_no_next_lock(state):
    """Digests of inputs and other index files: the lock stays, with its own lines."""
    models = tuple(
        replace(
            model,
            inputs="sha256:other",
            versions=tuple(replace(it, index=IndexRef("x", "y")) for it in model.versions),
        )
        for model in state.models
    )

    assert state.succeeded_by(replace(state, models=models, taken_back=())) is state
    assert (
        state.succeeded_by(replace(state, source="s3://other")).generation == state.generation + 1
    )
