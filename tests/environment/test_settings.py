"""Settings as plain data: where each key is set, and where two of them differ."""

import pytest

from generator.environment import load
from generator.environment.settings import Difference, Settings, differences
from generator.environment.texts import Texts
from tests.kit.environment_schema import ALL, PROPERTIES

BASE = """\
apiVersion: tfs-gitops/v1
kind: Environment
metadata: {name: _base}
spec:
  source:
    url: s3://models
    access: mount
    mount: {claimName: models}
  delivery:
    repository: https://git.example/fleet.git
  serving:
    image: tensorflow/serving:2.19.1
    batching:
      maxBatchSize: 128
"""

DEV = """\
apiVersion: tfs-gitops/v1
kind: Environment
metadata: {name: dev}
spec:
  extends: _base
  serving:
    replicas: 3
    batching:
      numBatchThreads: 4
  policy:
    - match: "*"
"""


def loaded(dev: str = DEV) -> Settings:
    """The settings of dev, which extends a base."""
    found = {"_base": BASE, "dev": dev}
    return load.load(Texts(found.get, ("dev",)), "dev").settings


def told(before: dict[str, object], after: dict[str, object]) -> list[tuple[str, object, object]]:
    """What differs in the block `serving`."""
    found = differences({"serving": before}, {"serving": after})
    return [(".".join(one.path[1:]), one.before, one.after) for one in found]


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("serving.replicas", "environments/dev.yaml:7"),
        ("serving.image", "environments/_base.yaml:12"),
        ("serving.batching.maxBatchSize", "environments/_base.yaml:14"),
        ("serving.batching.numBatchThreads", "environments/dev.yaml:9"),
        ("serving.batching", "environments/dev.yaml:8"),
        ("serving.tflite", "environments/dev.yaml:6"),
        ("source.mount.driver", "environments/_base.yaml:8"),
    ],
)
def test_a_key_has_the_place_of_the_nearest_document_that_sets_it(key, place):
    """One that no document sets has the place of what is around it."""
    assert str(loaded().place(tuple(key.split(".")))) == place


def test_a_key_that_an_access_leaves_behind_has_no_place():
    """The mount of the base is none of dev, which reads the store otherwise."""
    found = loaded(DEV.replace("  serving:", "  source: {access: pull}\n  serving:"))

    assert "mount" not in found.data["source"]
    assert str(found.place(("source", "mount"))) == "environments/dev.yaml:6"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://me:secret@git.example/x", "https://git.example/x"),
        ("https://me:se@cret@git.example/x@y", "https://git.example/x@y"),
        ("ssh://git@git.example/x", "ssh://git.example/x"),
        ("git@git.example:x", "git@git.example:x"),
        ("https://git.example/@me", "https://git.example/@me"),
    ],
)
def test_no_setting_has_the_user_of_a_url(written, kept):
    """Wherever the URL is: a token in it must not get into a lock."""
    block = {"url": written, "deep": {"list": [written, 1]}}

    assert Settings.of({"delivery": block, "policy": []}).data == {
        "delivery": {"url": kept, "deep": {"list": [kept, 1]}}
    }


def test_no_setting_says_where_its_own_lock_is():
    """The same state in another repository, or under another branch, has the same bytes."""
    block = {"repository": "fleet.git", "branch": "main", "path": "x", "mode": "commit"}

    assert Settings.of({"delivery": block}).data == {"delivery": {"mode": "commit"}}
    assert Settings.of({"delivery": {"repository": "fleet.git"}}).data == {}


def test_the_way_to_a_store_is_a_setting_where_pods_go_it_too():
    """A driver mounts by the endpoint; a claim is what it is, from whatever store it comes."""
    source = {"url": "s3://b", "endpoint": "http://x", "region": "r", "addressing": "path"}
    driver = source | {"access": "mount", "mount": {"driver": "s3.csi.aws.com"}}
    claim = {"url": "s3://b", "access": "mount", "mount": {"claimName": "models"}}

    assert Settings.of({"source": source}).data == {"source": source}
    assert Settings.of({"source": driver}).data == {"source": driver}
    assert Settings.of({"source": source | claim}).data == {"source": claim}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({}, {"replicas": 3}, [("replicas", 2, 3)]),
        ({"replicas": 3}, {}, [("replicas", 3, 2)]),
        ({}, {"replicas": 2}, []),
        ({}, {"image": "a:1"}, [("image", None, "a:1")]),
        ({"flags": {"a": 1}}, {"flags": {"a": True}}, [("flags.a", 1, True)]),
        ({}, {"flags": {"a": 1, "b": 2}}, [("flags.a", None, 1), ("flags.b", None, 2)]),
        ({}, {"flags": {}, "resources": {}}, []),
        ({}, {"monitoring": {}}, [("monitoring", None, {})]),
        ({"monitoring": {}}, {}, [("monitoring", {}, None)]),
        (
            {"monitoring": {}},
            {"monitoring": {"enabled": False}},
            [("monitoring.enabled", True, False)],
        ),
        ({}, {"monitoring": {"enabled": True}}, [("monitoring.enabled", None, True)]),
        ({}, {"gpu": {"nodeSelector": {}}}, [("gpu", None, {"nodeSelector": {}})]),
        (
            {"gpu": {}},
            {"gpu": {"count": 2, "nodeSelector": {"a.b/c": "d"}}},
            [("gpu.count", 1, 2), ("gpu.nodeSelector.a.b/c", None, "d")],
        ),
        (
            {"batching": {"allowedBatchSizes": [1, 2]}},
            {"batching": {"allowedBatchSizes": [1, 4]}},
            [("batching.allowedBatchSizes", [1, 2], [1, 4])],
        ),
        (
            {"gpu": {"tolerations": [{"key": "a", "value": "b"}]}},
            {"gpu": {"tolerations": [{"value": "b", "key": "a"}], "count": 1}},
            [],
        ),
        (
            {"resources": {"limits": {"cpu": 1}}},
            {"resources": {"limits": {"cpu": "1"}, "requests": {"memory": "4Gi"}}},
            [("resources.limits.cpu", 1, "1"), ("resources.requests.memory", None, "4Gi")],
        ),
    ],
)
def test_settings_differ_key_by_key(before, after, found):
    """A default counts where its block is there; a list is one value, and so is an empty block."""
    assert told(before, after) == found


@pytest.mark.parametrize("block", [{"replicas": 2}, {"gpu": {"count": 2}}, {"flags": {"a": 1}}])
def test_a_difference_has_its_contrary(block):
    """Going back is told by the same keys."""
    there, back = (
        differences(*pair) for pair in (({}, {"serving": block}), ({"serving": block}, {}))
    )

    assert [Difference(it.path, it.after, it.before) for it in back] == [*there]


def test_what_no_schema_knows_is_told_whole():
    """A lock of a newer release may have keys of its own."""
    assert told({"new": {"a": 1}}, {"new": 2, "newer": {"b": {}}}) == [
        ("new", {"a": 1}, 2),
        ("newer.b", None, {}),
    ]


def test_a_default_of_the_schema_is_that_of_this_program():
    """What somebody else defaults to, such as the server, is for the description alone."""
    others = {p for p in PROPERTIES if "Default: the server's" in ALL[p]["description"]}

    assert others
    assert not [pointer for pointer in others if "default" in ALL[pointer]]
