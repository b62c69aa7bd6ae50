"""`generator.render.templates`: the same bytes each time, and no value that breaks out."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from google.protobuf import text_format
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from generator.environment.environment import (
    GCS_DRIVER,
    Mount,
)
from generator.errors import InvalidInputError
from generator.render import overlay
from generator.render.templates import Templates
from tests.kit.kubernetes import build
from tests.kit.manifests import (
    FULL,
    MODELS,
    a_lock,
    an_environment,
    argument,
    container,
    objects,
    one,
    rendered,
    served,
    volumes,
)
from tests.kit.overlays import digest_of_all


def test_the_same_state_has_the_same_bytes():
    """Rendering knows no clock, no order of its input, and no state of its own."""
    environment = an_environment("s3-csi", **FULL)
    first = rendered(environment)

    for models in itertools.permutations(MODELS):
        assert rendered(environment, models) == first
        assert rendered(environment, models, Templates()) == first


@pytest.mark.parametrize("seed", ["0", "1", "31337"])
def test_bytes_do_not_depend_on_the_hash_seed(seed):
    """The next run is another process: a set's or a dictionary's order must not show."""
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "from tests.kit.overlays import digest_of_all; print(digest_of_all())",
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    assert found.stdout.strip() == digest_of_all()


NASTY = (
    'q"uote',
    "apos'trophe",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "${HOME}",
    "$(HOME)",
    "back\\slash\\n",
    "ünïcödé-名前-🚀",
    "colon: [x] # no comment",
    "line\nfeed\r\n--- \ttab",
    "\u2028\u202e\x01",
    "} config { name: 'x' }",
    "- |\n  a",
)


def test_names_and_paths_cannot_break_out_of_their_texts(tmp_path):
    """TensorFlow's own parser reads from the built ConfigMap what was put in."""
    nasty = (*NASTY, "\u0085")
    models = tuple(served(text, 1, base_path=f"b/{text}", **{text: 1}) for text in nasty)
    found = objects(tmp_path, rendered(an_environment(), models))

    data = one(found, "ConfigMap", "tf-serving-models")["data"]
    config = text_format.Parse(data["models.config"], ModelServerConfig())
    assert {
        item.name: (item.base_path, dict(item.version_labels))
        for item in config.model_config_list.config
    } == {text: (f"/models/b/{text}", {text: 1}) for text in nasty}


def test_values_of_an_environment_cannot_break_out_of_yaml(tmp_path):
    """Each text arrives as it is, and as a text, through Jinja and Kustomize."""
    hard = ["1e3", "0o17", "y", "null", "~", "2026-01-01", "0x1F", "1_000", ".inf", *NASTY]
    for number, text in enumerate(hard):
        claim = Mount(driver=GCS_DRIVER, attributes={"key": text})
        environment = an_environment("gcsfuse", flags={"saved_model_tags": text})
        environment = replace(environment, source=replace(environment.source, mount=claim))
        environment = replace(environment, serving=replace(environment.serving, image=text))
        for name, data in rendered(environment).items():
            path = tmp_path / str(number) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        found = build(tmp_path / str(number) / "overlays/prod")
        (store,) = (item for item in volumes(found) if item["name"] == "store")
        assert store["csi"]["volumeAttributes"]["key"] == text
        # Kubernetes reads `$$(` as `$(`, and would expand `$(HOME)`.
        assert argument(found, "saved_model_tags") == text.replace("$(", "$$(")
        assert container(found)["image"] == text


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)


@given(value=VALUES, spaces=st.integers(0, 20))
@example(value="long: # " * 500, spaces=8)
@example(value={"k": ["- long\n " * 500]}, spaces=8)
def test_the_filter_yaml_is_right_at_any_indentation(value, spaces, tmp_path_factory):
    """A value reads back as it was, wherever a template puts it."""
    own = tmp_path_factory.getbasetemp() / "filter"
    own.mkdir(exist_ok=True)
    template = (
        f"{' ' * spaces}key:\n{' ' * (spaces + 1)}{{{{ value | yaml | indent({spaces + 1}) }}}}\n"
    )
    (own / "one.yaml").write_text(template)

    text = Templates(own).render("one.yaml", value=value)
    assert yaml.safe_load(text) == {"key": value}
    assert not isinstance(value, str) or text.count("\n") == 2


def override(folder: Path, name: str, text: str) -> Templates:
    """The project's templates with one file shadowed."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return Templates(folder)


def test_an_override_shadows_one_file_and_no_other(tmp_path):
    """A person keeps only the file that differs."""
    templates = override(tmp_path, "base/service.yaml", "# {{ names.deployment }}\n")
    ours, theirs = rendered(an_environment()), rendered(an_environment(), templates=templates)

    assert theirs["base/service.yaml"] == b"# tf-serving\n"
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == ["base/service.yaml"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: {{ nowhere }}\n", 2, "'nowhere' is undefined"),
        ("a: 1\nb: {{ nowhere | yaml }}\n", 2, "'nowhere' is undefined"),
        ("a: 1\n\nb: {{ environment.serving.imgae }}\n", 3, "no attribute 'imgae'"),
        ("a: 1\n\n\nb: {% if %}\n", 4, "Expected an expression"),
        ("a: {{ 1 / 0 }}\n", 1, "division by zero"),
        ("a: {{ environment.serving | yaml }}\n", 1, "cannot represent"),
        ("a: {{ environment.__class__.__mro__ }}\n", 1, "unsafe"),
        ("a: {{ start_files.append('x') }}\n", 1, "unsafe"),
        ("a: {{ 1 + 'x' }}\n", 1, "unsupported operand"),
        ("a: 1\n{% include 'nowhere.yaml' %}\n", 2, "nowhere.yaml"),
    ],
)
def test_a_fault_in_an_override_names_its_file_and_line(text, line, words, tmp_path):
    """A template is input: what is wrong with it is told with its place, and never a bug."""
    templates = override(tmp_path, "overlay/generated/deployment.yaml", text)

    with pytest.raises(InvalidInputError) as caught:
        overlay.generated(an_environment(), a_lock(), templates)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{tmp_path}/overlay/generated/deployment.yaml:{line}: ")
    assert words in problem
    assert caught.value.hint
