"""A lock of a newer release, as an older agent or sync reads it, which leaves what is new."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.agent.pod.config_map import DesiredFolder
from generator.lock.lock_file import dump, load
from generator.lock.notes import Failed, OnHold
from generator.lock.paths import LOCK
from tests.kit.examples import examples
from tests.kit.pod_processes import Pod
from tests.kit.strategies import any_lock, model

NEW = st.sampled_from([None, True, 7, "text", [], {"deep": [{"er": 1}]}])
MANY = ("removed", "takenBack", "failed", "onHold", "deferred")


def of_a_newer_release(data, draw):
    """Put a key that nobody knows yet into each object of a lock that has keys of its own."""
    models = data["models"].values()
    versions = [it for model in models for it in model["versions"]]
    entries = [it for name in MANY for it in data.get(name, [])]
    later = [it["deferred"] for it in models if "deferred" in it]
    for each in (data, *models, *versions, *entries, *later):
        each["ofANewerRelease"] = draw(NEW)
        for value in each.values():
            if isinstance(value, dict) and {"key", "etag"} <= value.keys():
                value["ofANewerRelease"] = draw(NEW)
    return data


@settings(max_examples=examples(15))
@given(any_lock(), st.data())
def test_keys_of_a_newer_release_stop_nobody_and_change_nothing(lock, data):
    """Agents are brought up after a sync, or before it: both orders come up."""
    failed = tuple(Failed(it.name, 1, "sha256:1", ("p",), "e") for it in lock.models[:1])
    lock = replace(lock, failed=failed, on_hold=tuple(OnHold(it.name, "ada") for it in lock.models))
    text = json.dumps(of_a_newer_release(json.loads(dump(lock)), data.draw))
    assert load(text, "x") == load(dump(lock), "x")


def test_an_agent_goes_on_with_a_desired_state_of_a_newer_release(tmp_path):
    """It reads the versions and the labels that it knows."""
    pod = Pod(tmp_path / "pod")
    pod.deliver(model("a", pod.publish("a", 1), pod.publish("a", 2), stable=1))
    file = pod.root / "desired" / LOCK
    before = DesiredFolder(pod.root / "desired", pull=True).read()
    data = of_a_newer_release(json.loads(file.read_text()), lambda _: {"new": 1})
    (tmp_path / "newer").mkdir()
    for it in file.parent.iterdir():
        if it.is_file():
            (tmp_path / "newer" / it.name).write_text(it.read_text())
    (tmp_path / "newer" / LOCK).write_text(json.dumps(data))
    newer = DesiredFolder(tmp_path / "newer", pull=True).read()
    assert newer.revision.config == before.revision.config
