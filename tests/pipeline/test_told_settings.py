"""Settings as plans tell them, judged by what Kustomize builds before and after."""

import copy
import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, reject, settings
from msgspec.structs import replace

from generator.delivery.folder import FolderBranch
from generator.environment import load
from generator.environment.environment import Environment
from generator.environment.reading import reading_of
from generator.environment.settings import BLOCKS, Settings
from generator.environment.texts import Texts
from generator.errors import InvalidInputError
from generator.lock import branch as lock_branch
from generator.lock.lock import Lock
from generator.pipeline.rendering import Rendering
from generator.plan.plan import Plan
from generator.plan.settings import Effect, Setting
from generator.render.templates import Templates
from tests.kit.drawn_settings import LEAVES, Keys, Spec, document, edits, put, specs, values
from tests.kit.examples import costly
from tests.kit.kubernetes import build
from tests.kit.manifests import MODELS

T = Templates()
POLICY = [{"match": "*"}]


def loaded(own: Spec, base: Spec) -> tuple[Environment, Mapping[str, str]]:
    """An environment with settings of its own and of a base, and the texts of both."""
    found = {
        "_base": document("_base", base),
        "dev": document("dev", {"extends": "_base", **own, "policy": POLICY}),
    }
    try:
        environment = load.load(Texts(found.get, ("dev",), bases=("_base",)), "dev")
    except InvalidInputError:
        reject()
    return environment, found


def wanted(environment: Environment, applied: Lock) -> Lock:
    """The lock that leads to *environment*, as a decision makes it."""
    state = Lock(
        "dev",
        environment.source.url,
        MODELS,
        reading=reading_of(environment.serving).text,
        settings=environment.settings.data,
    )
    return applied.succeeded_by(state)


class Repository:
    """A folder in place of a branch: one environment is committed to it again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.branch = FolderBranch(folder)

    def plan(self, environment: Environment) -> Plan:
        """Commit *environment*, and return the plan."""
        # Another repository, branch or folder would be another first commit.
        delivery = replace(environment.delivery, path="")
        environment = replace(environment, delivery=delivery)
        applied = lock_branch.read_lock(environment, self.branch)
        plan, now = Plan("dev", wanted(environment, applied)), datetime.now(UTC)
        outcome = Rendering(environment, self.branch, T, now).outcome(plan, applied)
        for path in outcome.removed:
            (self.folder / path).unlink()
        for path, data in outcome.files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(data)
        return outcome.plan

    def built(self) -> list[dict[str, Any]]:
        """The objects that Kustomize makes of it."""
        return build(self.folder / "overlays/dev")


def seen(objects: list[dict[str, Any]]) -> dict[Effect, object]:
    """What a change has each effect on, of some objects."""
    (deployment,) = (it for it in objects if it["kind"] == "Deployment")
    scaled = [it["spec"] for it in objects if it["kind"] == "HorizontalPodAutoscaler"]
    maps = {it["metadata"]["name"]: it["data"] for it in objects if it["kind"] == "ConfigMap"}
    if lock := maps.get("tf-serving-lock"):
        read = json.loads(lock["models.lock.json"])
        maps["tf-serving-lock"] = {
            key: it for key, it in read.items() if key not in {"settings", "generation"}
        }
    stable = {name: it for name, it in maps.items() if not name.startswith("tf-serving-start-")}
    return {
        Effect.OUTAGE: deployment["metadata"]["namespace"],
        Effect.RESTART: deployment["spec"]["template"],
        Effect.SCALE: [deployment["spec"].get("replicas"), scaled],
        Effect.HOT_RELOAD: stable,
    }


def effect_of(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Effect:
    """The hardest of what differs, by the objects themselves."""
    old, new = seen(before), seen(after)
    return next((it for it in old if old[it] != new[it]), Effect.NONE)


def written(data: object, path: Keys = ()) -> dict[Keys, object]:
    """The keys of some settings that are written, at any depth; a list is one value."""
    if not isinstance(data, dict) or not data:
        return {path: data}
    found: dict[Keys, object] = {}
    for key, value in data.items():
        found |= written(value, (*path, key))
    return found


def value(data: Mapping[str, Any], path: Keys) -> object:
    """What is written at *path*, or the default of a key whose block is there, as the upper are."""
    inner: Any = {key: {} for key in BLOCKS} | dict(data)
    for key in path[:-1]:
        if key not in inner:
            return None
        inner = inner[key]
    default = LEAVES.get(path, {}).get("default")
    return inner.get(path[-1], None if isinstance(default, dict | list) else default)


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of an environment that extends another, key by key."""
    found = copy.deepcopy(dict(base))
    for path, new in written(own).items():
        if path:
            put(found, path, new)
    if own.get("source", {}).get("access", "mount") != "mount":
        found["source"].pop("mount", None)  # what is inherited of it stays behind
    return dict(Settings.of(found).data)


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What each key was and is, where that differs."""
    found = {}
    for path in {*written(before), *written(after)}:
        was, now = value(before, path), value(after, path)
        if json.dumps(was, sort_keys=True) != json.dumps(now, sort_keys=True):
            found[".".join(path)] = (was, now)
    return found


@lru_cache(maxsize=4)
def composed(text: str) -> object:
    """The nodes of a document, by PyYAML."""
    return yaml.compose(text, Loader=yaml.CSafeLoader)


def line_of(text: str, path: Keys) -> int | None:
    """The line of a key below `spec`, by the marks of PyYAML."""
    node: Any = composed(text)
    for key in ("spec", *path):
        if not isinstance(node, yaml.MappingNode):
            return None
        pairs = [(name, below) for name, below in node.value if name.value == key]
        if not pairs:
            return None
        ((name, node),) = pairs
    return int(name.start_mark.line) + 1


def place_of(texts: Mapping[str, str], key: Keys) -> tuple[str, bool]:
    """The line that sets a key or is around it, nearest file first; and whether it is the base."""
    while True:
        for name in ("dev", "_base"):
            if (line := line_of(texts[name], key)) is not None:
                return f"environments/{name}.yaml:{line}", name == "_base"
        key = key[:-1]


def told(plan: Plan) -> dict[str, Setting]:
    """The settings of a plan by their key."""
    return {setting.key: setting for setting in plan.settings}


def check(base: Spec, own: Spec, edit: Mapping[Keys, object], *, in_base: bool) -> None:
    """Commit settings, edit them, and compare what the plan tells with what is built."""
    before, _ = loaded(own, base)
    edited_own, edited_base = copy.deepcopy(own), copy.deepcopy(base)
    for path, new in edit.items():
        put(edited_base if in_base else edited_own, path, new)
    after, texts = loaded(edited_own, edited_base)
    with tempfile.TemporaryDirectory() as folder:
        repository = Repository(Path(folder))
        first = repository.plan(before)
        old = repository.built()
        plan = repository.plan(after)
        new = repository.built()
        again = repository.plan(after)

    expected = differing(merged(base, own), merged(edited_base, edited_own))
    assert (first.effect, first.settings) == (Effect.NONE, ())
    assert {key: (it.before, it.after) for key, it in told(plan).items()} == expected
    assert plan.effect is effect_of(old, new)
    assert bool(plan.files) == bool(expected)
    assert (again.files, again.settings) == ((), ())
    for path in {*written(merged(base, own)), *written(merged(edited_base, edited_own))}:
        if setting := told(plan).get(".".join(path)):
            assert (setting.place, setting.inherited) == place_of(texts, path)
    if len(expected) == 1:
        assert [it.effect for it in plan.settings] == [plan.effect]


def test_every_key_has_values_that_are_drawn():
    """A new key of the schema is told, or this fails until somebody has thought of it."""
    assert [path for path in LEAVES if not values(path)] == []


@settings(max_examples=costly(25))
@given(specs(), edits(most=1))
def test_an_edit_is_told_as_it_is_built(base, edit):
    """One key, set or taken out in the base: right from, to, place and effect."""
    check(base, {}, edit, in_base=True)


@pytest.mark.slow
@settings(max_examples=costly(10))
@given(specs(), edits(), edits())
def test_edits_of_what_is_inherited_are_told_as_they_are_built(base, own, edit):
    """Several keys of the environment itself, which sets some of what its base sets."""
    spec: Spec = {}
    for path, new in own.items():
        if new is not None:
            put(spec, path, new)
    check(base, spec, edit, in_base=False)
