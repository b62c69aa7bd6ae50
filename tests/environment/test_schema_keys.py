"""Every key of an environment works with and without: the whole schema is walked."""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.environment import load
from generator.environment.project_folder import texts
from generator.errors import GeneratorError
from generator.lock.lock import Lock
from generator.render import overlay
from generator.render.templates import Templates
from tests.kit.environment_schema import ALL
from tests.kit.manifests import MODELS

DOCUMENT = Path(__file__).parents[1] / "documents/full.yaml"
FULL = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
NEEDED = {
    *(("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("spec",)),
    *(("spec", "delivery"), ("spec", "delivery", "repository")),
    *(("spec", "serving"), ("spec", "source")),
    *(("spec", "source", "url"), ("spec", "policy")),
}


def paths(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every key, at any depth, also in lists."""
    items = value.items() if isinstance(value, Mapping) else enumerate(value)
    for key, inner in items:
        if isinstance(key, str):
            yield (*above, key)
        if isinstance(inner, Mapping | list):
            yield from paths(inner, (*above, key))


def without(path: tuple[str | int, ...]) -> Any:
    """Return the document without one key."""
    found = copy.deepcopy(FULL)
    place = found
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return found


def rendered(root: Path, document: Any) -> Mapping[str, bytes]:
    """Load the document as the command does, and render it."""
    (root / "environments").mkdir(exist_ok=True)
    (root / "probes").mkdir(exist_ok=True)
    (root / "probes/resnet.json").write_text('{"request": {"instances": [1.0]}}')
    (root / "environments/prod.yaml").write_text(yaml.safe_dump(document))
    staging = copy.deepcopy(FULL) | {"metadata": {"name": "staging"}}
    staging["spec"]["policy"] = [{"match": "*"}]
    (root / "environments/staging.yaml").write_text(yaml.safe_dump(staging))
    environment = load.load(texts(root), "prod")
    return overlay.generated(environment, Lock("prod", environment.source.url, MODELS), Templates())


def test_the_whole_document_is_rendered(tmp_path):
    """With every key."""
    assert rendered(tmp_path, FULL)


@pytest.mark.parametrize("path", [*paths(FULL)], ids=lambda path: ".".join(map(str, path)))
def test_each_key_may_be_left_out_or_is_missed_by_name(tmp_path, path):
    """Without one key the rest is rendered; what is needed, alone or by another, is named."""
    try:
        told = rendered(tmp_path, without(path))
    except GeneratorError as error:
        told = str(error)

    if isinstance(told, str):
        assert str(path[-1]) in told
    else:
        assert path not in NEEDED
        assert told


def test_every_key_of_the_source_is_in_the_document():
    """A new key gets a test by being written there; `mount` excludes `pull`."""
    keys = set(ALL["/$defs/source"]["properties"])

    assert keys - set(FULL["spec"]["source"]) == {"mount"}
