"""The text of models.config, read back by TensorFlow Serving's own messages and parser."""

import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from generator.errors import InvalidInputError
from generator.serving import tensorflow_serving_pb2 as ours
from generator.serving.config import Entry
from generator.serving.config import text as text_of


def entry(name, versions, labels=(), base_path=None, platform="tensorflow"):
    """The entry of a model below /models."""
    path = f"/models/{name if base_path is None else base_path}"
    return Entry(name, path, platform, tuple(versions), tuple(labels))


def test_tensorflows_own_parser_reads_what_was_meant():
    """Names, paths, platform, explicit versions and labels, sorted."""
    models = [
        entry("resnet", [50, 101], [("canary", 101), ("stable", 50)], "vision/resnet"),
        entry("bert", [20170111173521]),
    ]
    config = text_format.Parse(text_of(models), ModelServerConfig())

    assert config.WhichOneof("config") == "model_config_list"
    bert, resnet = config.model_config_list.config
    assert (bert.name, bert.base_path, bert.model_platform) == (
        "bert",
        "/models/bert",
        "tensorflow",
    )
    assert list(bert.model_version_policy.specific.versions) == [20170111173521]
    assert dict(bert.version_labels) == {}
    assert resnet.base_path == "/models/vision/resnet"
    assert list(resnet.model_version_policy.specific.versions) == [50, 101]
    assert dict(resnet.version_labels) == {"stable": 50, "canary": 101}
    for model in (bert, resnet):
        assert model.model_version_policy.WhichOneof("policy_choice") == "specific"
        assert not model.HasField("logging_config")
        assert model.model_type == 0


def test_no_models_are_a_list_without_models():
    """An empty or comment-only file stops a server, or deadlocks it later."""
    text = text_of([])

    assert "model_config_list {" in text
    config = text_format.Parse(text, ModelServerConfig())
    assert config.WhichOneof("config") == "model_config_list"


def test_the_file_says_who_wrote_it_in_a_comment():
    """Text format has `#` comments; the parser that reads them is TensorFlow's."""
    assert text_of([]).startswith("# Written by tfs-gitops.")


@pytest.mark.parametrize(
    ("models", "problem"),
    [
        ([entry("", [1], base_path="a")], "model '' has no name"),
        ([entry("a", [1]), entry("a", [1], base_path="b")], "model 'a' is here twice"),
        ([entry("a", [1], base_path="")], "model 'a' has no base path"),
        ([entry("a", [1], base_path="/")], "model 'a' has no base path"),
        ([entry("a", [1], platform="")], "model 'a' has no platform"),
        ([entry("a", [])], "model 'a' has no version"),
        ([entry("a", [1, 1])], "model 'a' has a version twice"),
        ([entry("a", [1], [("stable", 2)])], "model 'a' has a label on another version"),
    ],
)
def test_a_state_that_breaks_a_server_is_never_written(models, problem):
    """Each of these is an outage, or a file that a server refuses for ever."""
    with pytest.raises(InvalidInputError) as caught:
        text_of(models)
    assert problem in caught.value.problems
    assert "models.lock.json" in caught.value.hint


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
NUMBERS = st.integers(0, 2**63 - 1)


def test_a_label_of_version_0_says_so():
    """The text of a default is left out elsewhere, and a reviewer looks for the version."""
    text = text_of([entry("m", [0, 1], [("a", 1), ("b", 0), ("c", 0)])])
    lines = [line.strip() for line in text.splitlines()]
    assert [line for line in lines if line.startswith(("key", "value"))] == [
        *('key: "a"', "value: 1", 'key: "b"', "value: 0", 'key: "c"', "value: 0"),
    ]
    [model] = text_format.Parse(text, ModelServerConfig()).model_config_list.config
    assert dict(model.version_labels) == {"a": 1, "b": 0, "c": 0}


@st.composite
def fleets(draw):
    """Models with any names, paths, versions and labels."""
    names = draw(st.lists(TEXTS, unique=True, max_size=5))
    models = []
    for name in names:
        numbers = sorted(draw(st.sets(NUMBERS, min_size=1, max_size=4)))
        labels = draw(st.dictionaries(TEXTS, st.sampled_from(numbers), max_size=3))
        path = draw(TEXTS.filter(lambda path: not path.endswith("/")))
        models.append(entry(name, numbers, sorted(labels.items()), path))
    return models


@given(models=fleets(), random=st.randoms())
def test_any_fleet_goes_through_tensorflows_parser_unchanged(models, random):
    """Whatever the texts hold, the server reads it back; the order of models is no matter."""
    text = text_of(models)
    config = text_format.Parse(text, ModelServerConfig())
    found = {
        item.name: (
            item.base_path,
            tuple(item.model_version_policy.specific.versions),
            dict(item.version_labels),
        )
        for item in config.model_config_list.config
    }

    assert found == {
        model.name: (model.base_path, model.versions, dict(model.labels)) for model in models
    }
    assert len(config.model_config_list.config) == len(models)
    shuffled = random.sample(models, len(models))
    assert text_of(shuffled) == text
    assert text_format.Parse(text, ours.ModelServerConfig()).SerializeToString(
        deterministic=True
    ) == config.SerializeToString(deterministic=True)


@given(text=TEXTS)
def test_a_reviewer_sees_every_character(text):
    """No direction mark or line separator hides in a diff: what is not visible is escaped."""
    config = text_of([entry("a", [1], base_path=f"b/{text}c")])
    assert all(character.isprintable() for character in config.replace("\n", ""))


def test_letters_of_any_script_stay_readable():
    """Only what is not visible is escaped."""
    assert '"/models/名前/ü"' in text_of([entry("a", [1], base_path="名前/ü")])


def test_a_versions_order_is_that_of_its_number():
    """Equal states have equal bytes, whatever the order they were read in."""
    texts = {text_of([entry("a", numbers)]) for numbers in ([2, 10, 1], [1, 10, 2])}
    (text,) = texts
    assert text.index("versions: 1\n") < text.index("versions: 2\n") < text.index("versions: 10\n")
