"""A desired state in parts, as it is mounted: acted on when it is whole, and only then."""

import pytest

from generator.agent.pod.config_map import DesiredFolder
from generator.errors import InvalidInputError
from generator.lock import desired_parts
from generator.lock.desired_parts import FIRST
from generator.serving.paths import MODELS
from tests.kit.pod_processes import Pod
from tests.kit.strategies import model

LIMIT = 2000
"""Bytes of a part: of few models there are some."""


def parts(pod, number, root=MODELS):
    """Return the parts of a commit of six models, each with one version."""
    models = [model(name, pod.publish(name, number), stable=number) for name in "abcdef"]
    found = desired_parts.split(pod.lock(*models), root, LIMIT)
    assert found is not None
    assert len(found) > 1
    return found


def read(pod, *, pull=True):
    """Return what the folder says now."""
    return DesiredFolder(pod.root / "desired", pull=pull).read()


def test_parts_are_read_as_the_files_that_they_stand_for(pod):
    """The same config for the server, by the same digest: `status` compares it with Git."""
    pod.swap(parts(pod, 1))
    in_parts = read(pod)
    models = [model(name, pod.publish(name, 1), stable=1) for name in "abcdef"]
    whole = Pod(pod.root / "other")
    whole.deliver(*models)

    assert in_parts.config == read(whole).config
    assert in_parts.revision.config.keys() == set("abcdef")


def test_a_torn_set_of_parts_changes_nothing(pod):
    """Each part from the commit before, one after the other: refused until all are there."""
    before, after = parts(pod, 1), parts(pod, 2)
    assert before.keys() == after.keys()
    for count in range(1, len(after)):
        newer = sorted(after)[:count]
        pod.swap(before | {name: after[name] for name in newer})
        with pytest.raises(InvalidInputError, match=f"of another revision than {FIRST}"):
            read(pod)
        pod.swap({name: after[name] for name in newer})
        with pytest.raises(InvalidInputError, match="not mounted yet"):
            read(pod)

    pod.swap(after)
    assert {it.numbers for it in read(pod).revision.lock.models} == {(2,)}


@pytest.mark.parametrize(
    ("root", "pull", "is_refused"),
    [
        (MODELS, True, False),
        (MODELS, False, False),
        ("store", False, False),
        ("store", True, True),
        ("/elsewhere", False, True),
    ],
)
def test_servers_are_sent_to_no_other_folder_than_the_store(pod, root, pull, is_refused):
    """Where the agent downloads, its own folder; else also the store itself."""
    store = (pod.root / "store").as_uri()
    pod.swap(parts(pod, 1, store if root == "store" else root))

    if not is_refused:
        assert read(pod, pull=pull).revision.root in {MODELS, store}
        return
    with pytest.raises(InvalidInputError, match="the root of the models is"):
        read(pod, pull=pull)


def test_a_part_whose_models_no_pod_may_have_is_refused(pod):
    """The digest proves that it is whole, not that it is harmless."""
    version = pod.publish("a", 1)
    for name, base_path in (("a", "a/../../b"), ("a b", "a")):
        bad = model(name, version)
        state = pod.lock(type(bad)(name, base_path, bad.versions))
        pod.swap(desired_parts.split(state, MODELS, 100_000))
        with pytest.raises(InvalidInputError, match=r"'\.\.'|gives a model"):
            read(pod)


def test_a_pod_follows_its_parts_and_serves_on_while_they_are_torn(pod):
    """A real agent and a server: the new commit is taken when its last part is mounted."""
    before, after = parts(pod, 1), parts(pod, 2)
    pod.swap(before)
    pod.watch()
    pod.serve()
    pod.in_sync()

    last = max(after)
    pod.swap(after | {last: before[last]})
    pod.until(lambda: "of another revision" in pod.log)
    assert pod.loaded("a") == {1}
    assert pod.get("/readyz")[0] == 200

    pod.swap(after)
    pod.until(lambda: all(pod.loaded(name) == {2} for name in "abcdef"))
    pod.in_sync()
    assert pod.label("a", "stable") == 2
