"""A setting in words, the same in every report: what it was, what it becomes, and by which line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.lock.lock import Lock
from generator.plan.plan import Plan
from generator.plan.settings import Effect, Setting
from generator.report import settings
from generator.report.as_json import plan_json
from tests.kit.schemas import schema
from tests.kit.strategies import URL

IMAGE = "tensorflow/serving:2.19"


def setting(key="serving.replicas", before=2, after=3, *, inherited=False, effect=Effect.SCALE):
    """Return a setting of dev.yaml:14."""
    return Setting(key, before, after, "environments/dev.yaml:14", inherited, effect)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (2, 3, "2 -> 3"),
        (None, True, "none -> true"),
        (False, None, "false -> none"),
        ("a", "two words", 'a -> "two words"'),
        ("none", "", '"none" -> ""'),
        ([32], [32, 128], "[32] -> [32, 128]"),
        (None, {"count": 1}, 'none -> {"count": 1}'),
        ("x\ny", "x\x1b[31m", '"x\\ny" -> "x\\u001b[31m"'),
    ],
)
def test_values_are_words_or_json(before, after, told):
    """So that the text `none` is not nothing, and a line stays one line."""
    assert settings.moved_of(setting(before=before, after=after)) == f"serving.replicas {told}"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (f"{IMAGE}.0", f"{IMAGE}.1", "2.19.0 -> 2.19.1"),
        (f"{IMAGE}.1", f"{IMAGE}.1-gpu", "2.19.1 -> 2.19.1-gpu"),
        (f"{IMAGE}.1", "me/serving:2.19.1", f"{IMAGE}.1 -> me/serving:2.19.1"),
        ("r:5000/s:1", "r:5000/s:2", "1 -> 2"),
        ("r:5000/s", "r:5000/s:2", "r:5000/s -> r:5000/s:2"),
        ("s@sha256:aa", "s@sha256:bb", "@sha256:aa -> @sha256:bb"),
        (None, f"{IMAGE}.1", f"none -> {IMAGE}.1"),
    ],
)
def test_of_one_image_the_tags_are_told(before, after, told):
    """What is the same in both hides what is not; JSON has both whole."""
    assert settings.moved_of(setting("serving.image", before, after)) == f"serving.image {told}"


def test_only_of_images_a_part_is_left_out():
    """A flag may look like one."""
    moved = settings.moved_of(setting("serving.flags.x", "a:1", "a:2"))
    assert moved == "serving.flags.x a:1 -> a:2"


def test_a_setting_is_told_with_its_line_its_heir_and_its_effect():
    """A trial in dev that reaches prod is seen in the plan of prod."""
    own, heir = setting(effect=Effect.NONE), setting(inherited=True, effect=Effect.RESTART)

    assert settings.told(own, "dev") == "serving.replicas 2 -> 3 (environments/dev.yaml:14)"
    assert settings.told(heir, "prod") == (
        "serving.replicas 2 -> 3 (environments/dev.yaml:14, inherited by prod): restart"
    )


@pytest.mark.parametrize(
    ("key", "after", "told"),
    [
        ("serving.image", f"{IMAGE}.1", "image 2.19.1"),
        ("serving.gpu.count", 2, "gpu.count 2"),
        ("delivery.mode", "commit", "delivery.mode commit"),
        ("serving.agent", True, "agent true"),
        ("serving.batching", None, "batching removed"),
        ("serving.tolerations", [{"key": "gpu"}], "tolerations"),
        ("serving.flags.x", "y" * 25, "flags.x"),
    ],
)
def test_the_subject_has_what_a_setting_becomes(key, after, told):
    """In as few words as a subject has room for."""
    assert settings.short(setting(key, f"{IMAGE}.0", after)) == told


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=9))
def test_any_value_is_one_short_line(value):
    """Whatever a policy has."""
    told = settings.moved_of(setting(before=value, after=value))

    assert len(told) < 2 * settings.LONGEST + 40
    assert "\n" not in told


@pytest.mark.parametrize("hidden", ["\x1b[31m", "\u202e", "\n", "\u200b"])
def test_what_cannot_be_seen_is_spelled(hidden):
    """In a key, in a value, and in the tag of an image: a policy cannot drive a terminal."""
    found = setting(f"serving.flags.x{hidden}", f"a{hidden}", f"b{hidden}")
    image = setting("serving.image", f"s:1{hidden}", f"s:2{hidden}")

    for one in (found, image):
        for text in (settings.told(one, "dev"), settings.short(one), settings.undone(one)):
            assert text.isprintable()


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_values_that_differ_are_told_apart(before, after):
    """Unless they are longer than a line: nothing else is left out."""
    if before == after or max(len(json.dumps(one)) for one in (before, after)) > settings.LONGEST:
        return
    old, new = settings.values("serving.image", before, after)
    assert old != new


@pytest.mark.parametrize("value", [None, True, 3, "text", [32, 128], {"limits": {"cpu": "2"}}])
def test_json_has_values_as_they_are(value):
    """Whole, and of their own type; the schema takes each."""
    found = setting(before=value, after=None, inherited=True, effect=Effect.OUTAGE)

    data = plan_json(Plan("prod", Lock("prod", URL), settings=(found,)))

    schema("plan").validate(data)
    assert data["settings"] == [
        {
            "key": "serving.replicas",
            "from": value,
            "to": None,
            "place": "environments/dev.yaml:14",
            "inherited": True,
            "effect": "outage",
        }
    ]


def test_the_schema_has_every_effect():
    """A reader may switch on it."""
    described = schema("plan").schema["$defs"]["plan"]["properties"]["settings"]
    assert described["items"]["properties"]["effect"]["enum"] == [*Effect]
