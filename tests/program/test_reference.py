"""`docs/reference/environment.md`: every key of the schema, and what a change does to pods."""

import copy
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from generator.environment import load
from generator.environment.environment import Environment
from generator.environment.settings import BLOCKS
from generator.environment.texts import Texts
from generator.errors import InvalidInputError
from generator.lock.lock import Lock
from generator.plan.settings import Effect
from generator.render.settings import Comparison
from generator.render.templates import TEMPLATES, Templates
from tests.kit.drawn_settings import (
    LEAVES,
    SCHEMA,
    SPEC,
    Keys,
    Spec,
    document,
    form_of,
    keys,
    put,
    values,
)
from tests.kit.manifests import MODELS
from tests.kit.matrix import ACCESS

PAGE = Path(__file__).parents[2] / "docs/reference/environment.md"
HEAD = """# Every key of an environment

`environments/<name>.yaml` has `apiVersion: tfs-gitops/v1`, `kind: Environment`, `metadata.name`,
which equals the file's name, and `spec`. Editors complete by the
[schema](../../schemas/environment.schema.json), of which `init` puts a copy beside the policies.
`extends: NAME` takes `source`, `delivery` and `serving` over from a base such as `_base`, key by
key.

*On pods* is the hardest thing that a change of the key can do: **none**, **hot-reload** (servers
read it by themselves), **scale** (pods come or go), **restart** (every pod is replaced), **outage**
(they go before new ones are there). A plan tells what a change really does.
"""
BESIDE: dict[Keys, dict[str, Any]] = {
    ("serving", "autoscaling"): {"maxReplicas": 9},
    ("serving", "batching"): {"maxBatchSize": 128},
    ("serving", "monitoring"): {"enabled": True},
    ("serving", "memory"): {"agent": True, "swap": "drain"},
    ("serving", "swap"): {"agent": True, "memory": "16Gi"},
}
"""Keys that others of their block need beside them."""
CLAIMED = {"source": {"url": "s3://m", "access": "mount", "mount": {"claimName": "models"}}}
"""A bucket that is mounted by a claim, and could be by a driver."""
INSTEAD = {"driver": "claimName", "claimName": "driver"}
"""Keys that take each other's place."""
KINDS = {
    "duration": "a duration: `90s`, `10m`, `24h`",
    "size": "bytes, or `2Gi`",
    "glob": "a glob",
    "positive": "a whole number over 0",
    "labels": "a mapping",
}


def kind(form: Mapping[str, Any]) -> str:
    """Say what the value of a key is."""
    name = str(form.get("$ref", "")).removeprefix("#/$defs/")
    form = form_of(form)
    if "enum" in form:
        return ", ".join(f"`{one}`" for one in form["enum"])
    if name in KINDS:
        return KINDS[name]
    kinds = form.get("type", "true" if "const" in form else "text")
    words = {"boolean": "true or false", "integer": "a whole number", "string": "text"}
    words |= {"number": "a number", "array": "a list", "object": "a mapping", "true": "`true`"}
    found = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(words.get(str(one), str(one)) for one in found)


def row(path: Keys, form: Mapping[str, Any], effect: str | None) -> str:
    """Return the row of one key."""
    told = str(form.get("description", "")).replace("|", "\\|")
    cells = [f"`{'.'.join(path)}`", kind(form), told, *([effect] if effect else [])]
    return f"| {' | '.join(cells)} |"


def environment(spec: Spec) -> Environment | None:
    """Return an environment with the settings of *spec*; None where no file can say that."""
    text = document("dev", {**spec, "policy": [{"match": "*"}]})
    try:
        return load.load(Texts({"dev": text}.get, ("dev",)), "dev")
    except InvalidInputError:
        return None


def changed(path: Keys, spec: Spec) -> Iterator[tuple[Environment, Environment]]:
    """Yield environments before and after a change of the key at *path*."""
    found = []
    for value in (None, *values(path)):
        other = copy.deepcopy(spec)
        if value is not None and path[-1] in INSTEAD:
            put(other, (*path[:-1], INSTEAD[path[-1]]), None)
        if value is not None or path[-1] not in INSTEAD:
            put(other, path, value)
        found.append(environment(other))
    for before, after in pairwise(found):
        if before and after:
            yield before, after


def component(path: str) -> bytes | None:
    """Return a component as it is scaffolded."""
    file = TEMPLATES / path
    return file.read_bytes() if file.is_file() else None


def hardest(path: Keys, templates: Templates) -> Effect:
    """Return the hardest effect of a change of one key, over all kinds of stores."""
    found = [Effect.NONE]
    for kind_of_store in (*ACCESS.values(), CLAIMED):
        spec: Spec = {
            "source": copy.deepcopy(kind_of_store["source"]),
            "delivery": {"repository": "https://git.example/fleet.git"},
            "serving": {"image": "tensorflow/serving:2.19.1", **kind_of_store.get("serving", {})},
        }
        for key, value in BESIDE.get(path[:2], {}).items():
            put(spec, (*path[:2][: len(path) - 1], key), value)
        for before, after in changed(path, spec):
            lock = Lock("dev", after.source.url, MODELS)
            told = Comparison(after, before.settings.data, lock, templates, component)
            found += [one.effect for one in told.told(Effect.NONE)]
    return Effect.hardest(found)


def page() -> str:
    """Return the page as the schema has it."""
    templates = Templates()
    lines = [HEAD]
    for block in BLOCKS:
        form = SPEC["properties"][block]
        lines += [f"## `spec.{block}`", "", f"{form['description']}", ""]
        lines += ["| key | value | what it is | on pods |", "|---|---|---|---|"]
        lines += [
            row(path, own_form(path), str(hardest(path, templates)))
            for path in LEAVES
            if path[0] == block
        ]
        lines.append("")
    lines += ["## `spec.policy[]`", "", SPEC["properties"]["policy"]["description"], ""]
    lines += ["| key | value | what it is |", "|---|---|---|"]
    rule = form_of(SPEC["properties"]["policy"])["items"]
    lines += [row(path, form, None) for path, form in keys(form_of(rule))]
    return "\n".join(lines) + "\n"


def own_form(path: Keys) -> Mapping[str, Any]:
    """Return what the schema says of a key, with the name of what it refers to."""
    form: Mapping[str, Any] = SCHEMA["properties"]["spec"]
    for key in path:
        form = form_of(form)["properties"][key]
    return form


@pytest.mark.slow
def test_the_page_of_keys_is_that_of_the_schema(request):
    """Each key, what it is, and what it does to pods as the program finds it."""
    text = page()
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text, encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == text
