"""The overlay of an environment with 10,000 models: it builds, and Kubernetes takes each object."""

import json

import pytest

from generator.lock import desired_parts
from generator.plan.capacity import CONFIG_MAP_BYTES, PART_BYTES
from tests.kit.manifests import an_environment, objects, rendered, served

OBJECT_BYTES = 1_572_864
"""The most that etcd takes in one request (`--max-request-bytes`)."""

ANNOTATIONS_BYTES = 262_144
"""The most that all annotations of an object have together (Kubernetes' TotalAnnotationSizeLimitB).

`kubectl apply` on the client puts the whole object into one; on the server it adds none.
"""


@pytest.mark.slow
def test_10_000_models_build_to_objects_that_kubernetes_takes_by_server_side_apply(tmp_path):
    """With no annotation that has the object in it, and each part within its ConfigMap."""
    models = tuple(
        served(f"model-{it:05}", 1, 2, base_path=f"team/{it}", stable=1) for it in range(10_000)
    )

    found = objects(tmp_path, rendered(an_environment("s3-pull"), models))

    texts: dict[str, str] = {}
    for it in found:
        name, meta = f"{it['kind']} {it['metadata']['name']}", it["metadata"]
        annotations = meta.get("annotations", {})
        assert "kubectl.kubernetes.io/last-applied-configuration" not in annotations, name
        assert sum(len(f"{key}{value}") for key, value in annotations.items()) < ANNOTATIONS_BYTES
        assert len(json.dumps(it).encode()) < OBJECT_BYTES, name
        if it["kind"] == "ConfigMap":
            assert sum(map(len, it["data"].values())) <= CONFIG_MAP_BYTES, name
        if meta["name"].startswith("tf-serving-desired-"):
            texts |= it["data"]
    assert len(texts) > 1
    assert max(len(it.encode()) for it in texts.values()) <= PART_BYTES
    lock, _ = desired_parts.join(texts, "desired")
    assert [it.name for it in lock.models] == [it.name for it in models]
