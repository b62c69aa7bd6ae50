"""`schemas/environment.schema.json`: what an environment file may say."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from generator.environment import load, schema, yaml_document
from generator.environment.delivery import Delivery
from generator.environment.environment import Source
from generator.environment.project_folder import texts
from generator.environment.serving import Monitoring, Polling, ServerSpec
from tests.kit.environment_schema import ALL, PROPERTIES, SCHEMA

ROOT = Path(__file__).parents[2]
FULL = yaml.safe_load((ROOT / "tests/documents/full.yaml").read_text(encoding="utf-8"))
EXAMPLES = ("dev", "staging", "prod")

# Objects whose keys a person names: maps from a name to a value of one kind.
MAPS = {
    "/$defs/inventory/properties/connect",
    "/$defs/labels",
    "/$defs/mount/properties/attributes",
    "/$defs/gpu/properties/nodeSelector",
    "/$defs/quantities",
    "/$defs/serving/properties/flags",
    "/$defs/serving/properties/networkPolicy/properties/monitoring",
    "/$defs/labelSelector/properties/matchLabels",
}

# What the complete document leaves out: it excludes other keys, or passes through.
NOT_IN_FULL = {
    "/properties/spec/properties/extends",
    "/$defs/source/properties/mount",
    "/$defs/versions/properties/all",
    "/$defs/rule/properties/name",
}
NOT_ENTERED = ("/$defs/mount/", "/$defs/resources/", "/$defs/toleration/")


def problems(data: object) -> list[str]:
    """Return what the schema says against *data*."""
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(data)]


def with_value(path: str, value: object) -> dict[str, Any]:
    """Return the complete document with *value* at *path*, as `spec.policy.0.match`."""
    data: Any = copy.deepcopy(FULL)
    *parents, last = [int(key) if key.isdecimal() else key for key in path.split(".")]
    inner = data
    for key in parents:
        inner = inner[key] if isinstance(key, int) else inner.setdefault(key, {})
    inner[last] = value
    return data


def test_the_schema_is_valid():
    """Editors and validators read the schema as draft 2020-12."""
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("pointer", PROPERTIES)
def test_every_property_is_described(pointer):
    """A person who writes a key reads in the editor what it does."""
    text = ALL[pointer].get("description", "")

    assert text.endswith(".")
    assert len(text) > 20


def test_every_object_is_closed():
    """A misspelt key is found, except where a person names the keys."""
    opened = {
        pointer
        for pointer, node in ALL.items()
        if (node.get("type") == "object" or "properties" in node)
        and node.get("additionalProperties") is not False
    }

    assert opened == MAPS
    assert all(isinstance(ALL[pointer]["additionalProperties"], dict) for pointer in MAPS)


@pytest.mark.parametrize("pointer", [p for p in PROPERTIES if "default" in ALL[p]])
def test_a_default_is_a_value_that_one_may_write(pointer):
    """Writing a default out changes nothing, so it must be valid."""
    only = {"$ref": f"#{pointer}", "$defs": SCHEMA["$defs"]}

    jsonschema.Draft202012Validator(only).validate(ALL[pointer]["default"])


@pytest.mark.parametrize(
    ("definition", "value", "keys"),
    [
        ("delivery", Delivery(), ("branch", "path", "mode")),
        ("serving", ServerSpec(), ("s3", "namespace", "replicas", "resources", "flags")),
        ("monitoring", Monitoring(), ("enabled", "path")),
    ],
    ids=["delivery", "serving", "monitoring"],
)
def test_the_program_has_the_same_defaults(definition, value, keys):
    """The schema and the program agree on what a missing key means."""
    properties = ALL[f"/$defs/{definition}"]["properties"]

    assert {key: properties[key].get("default") for key in keys} == {
        key: getattr(value, key) for key in keys
    }


def test_the_schema_says_what_the_intervals_are_unless_they_are_set():
    """They differ beside an agent, so they are told in words."""
    for key, files in (("config", 5), ("files", 60)):
        node = ALL[f"/$defs/serving/properties/polling/properties/{key}"]
        beside = Polling.beside(agent=True, access="direct")
        assert "default" not in node
        assert f"Default: {getattr(Polling(), key)}; 5 where an agent" in node["description"]
        assert getattr(beside, key) == files
    assert "with `source.access: direct` 60" in node["description"]


def test_the_program_has_the_same_default_of_reprove():
    """A day, which the schema writes with its unit."""
    assert ALL["/$defs/source/properties/reprove"]["default"] == "24h"
    assert Source().reprove == 24 * 60 * 60


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_valid(name):
    """The examples pass the schema as they stand, and the program's checks once merged."""
    text = (ROOT / f"environments/{name}.yaml").read_text(encoding="utf-8")

    assert problems(yaml.safe_load(text)) == []
    assert load.load(texts(ROOT), name).name == name
    assert text.startswith("# yaml-language-server: $schema=../schemas/environment.schema.json\n")


def test_the_complete_document_is_valid():
    """Each documented key is accepted with its documented value."""
    assert problems(FULL) == []


def test_the_complete_document_is_complete():
    """A new key of the schema needs a place in the complete document."""
    missing = set(PROPERTIES) - set(used(SCHEMA, "", FULL))

    assert {key for key in missing if not key.startswith(NOT_ENTERED)} == NOT_IN_FULL


def used(node: Any, pointer: str, data: Any) -> Iterator[str]:
    """Yield the JSON pointer of each property of the schema *node* that *data* sets."""
    if "$ref" in node:
        pointer = node["$ref"].removeprefix("#")
        node = ALL[pointer]
    for item in data if isinstance(data, list) else ():
        yield from used(node["items"], f"{pointer}/items", item)
    for key in data if isinstance(data, dict) else ():
        if key in node.get("properties", {}):
            below = f"{pointer}/properties/{key}"
            yield below
            yield from used(node["properties"][key], below, data[key])


GOOD = [
    ("spec.extends", "staging"),
    ("spec.source.mount", {"claimName": "store"}),
    ("spec.source.mount", {"driver": "s3.csi.aws.com", "attributes": {"bucketName": "models"}}),
    ("spec.source.url", "gs://models/team/a"),
    ("spec.source.url", "file:///srv/models"),
    ("spec.source.reprove", "0s"),
    ("spec.source.inventory", "s3://lists/inventory/models/daily"),
    ("spec.source.inventory", {"url": "s3://lists/inventory/models/daily"}),
    ("spec.delivery.limits.removals", 0),
    ("spec.delivery.limits.removals", "12.5%"),
    ("spec.serving.replicas", 0),
    ("spec.serving.resources", {"limits": {"nvidia.com/gpu": 1}, "claims": [{"name": "gpu"}]}),
    ("spec.serving.gpu.tolerations", [{"key": "gpu", "operator": "Exists", "effect": "NoExecute"}]),
    ("spec.serving.flags", {"grpc_max_threads": 8, "enable_profiler": False, "model_name": "m"}),
    ("spec.policy.0.versions", {"all": True}),
    ("spec.policy.0.versions", {"pin": [0, 2**63 - 1]}),
    ("spec.policy.0.versions.latest", 20),
    ("spec.policy.1.versions.pin", [1, 2**63 - 1]),
    ("spec.policy.1.name", "Resnet_v1.5"),
    ("spec.policy.2.match", "vision/**"),
    ("spec.policy.2.require.maxBytes", 2147483648),
]


@pytest.mark.parametrize(("path", "value"), GOOD)
def test_a_good_value_is_accepted(path, value):
    """What the design allows beside the complete document passes."""
    assert problems(with_value(path, value)) == []


BAD = [
    ("apiVersion", "tfs-gitops/v2"),
    ("kind", "environment"),
    ("metadata.name", "Prod"),
    ("metadata", {}),
    ("metadata.labels", {}),
    ("spec.policy", []),
    ("spec.source.url", "https://models"),
    ("spec.source.url", "file://models"),
    ("spec.source.access", "copy"),
    ("spec.source.reprove", "1.5h"),
    ("spec.source.reprove", "0m"),
    ("spec.source.events", {}),
    ("spec.source.events", {"queue": "arn:aws:sqs:eu-west-1:123456789012:models"}),
    ("spec.source.events", {"queue": "https://console.example/sqs/home?region=eu-west-1"}),
    ("spec.source.events", {"queue": "https://console.example/sqs/home#/queues/models"}),
    ("spec.source.events", {"queue": "https://sqs.example/1/models", "sweep": "1.5h"}),
    ("spec.source.inventory", "s3://lists"),
    ("spec.source.inventory", "gs://lists/inventory"),
    ("spec.source.inventory", {}),
    ("spec.source.inventory", {"engine": "duckdb"}),
    ("spec.source.inventory.url", "file:///lists/inventory"),
    ("spec.source.inventory.engine", "redshift"),
    ("spec.source.inventory.table", "a.b.c.d"),
    ("spec.source.inventory.connect", {"workers": 1.5}),
    ("spec.source.credentialsSecret", "Store_Secret"),
    ("spec.source.endpoint", "minio:9000"),
    ("spec.source.region", "eu west"),
    ("spec.source.mount", {}),
    ("spec.source.mount", {"driver": "nfs.csi.k8s.io"}),
    ("spec.source.mount", {"driver": "s3.csi.aws.com", "claimName": "store"}),
    ("spec.source.mount", {"claimName": "store", "attributes": {"bucketName": "models"}}),
    ("spec.source.mount", {"driver": "s3.csi.aws.com", "attributes": {"cache": 1}}),
    ("spec.delivery.mode", "merge-request"),
    ("spec.delivery.forge.type", "gitea"),
    ("spec.delivery.forge.apiUrl", "ghe.example"),
    ("spec.delivery.branch", "-f"),
    ("spec.delivery.signing.format", "gpg"),
    ("spec.delivery.pullRequest.labels", ["a", "a"]),
    ("spec.delivery.pullRequest.reviewers", ["a", "a"]),
    ("spec.delivery.author", {"name": "tfs-gitops"}),
    ("spec.delivery.author.name", "<>"),
    ("spec.delivery.author.email", "nobody"),
    ("spec.delivery.limits.removals", "10"),
    ("spec.delivery.limits.removals", "010%"),
    ("spec.delivery.limits.removals", -1),
    ("spec.serving.image", "tensorflow/serving :2.19.1"),
    ("spec.serving.namespace", "tf.serving"),
    ("spec.serving.replicas", -1),
    ("spec.serving.replica", 3),
    ("spec.serving.resources", {"limit": {"cpu": 1}}),
    ("spec.serving.resources", {"limits": {"cpu": True}}),
    ("spec.serving.resources", {"limits": {"cpu": -1}}),
    ("spec.serving.resources", {"limits": {"memory": "4GB"}}),
    ("spec.serving.resources", {"claims": [{}]}),
    ("spec.serving.serviceAccount.roleArn", "role/models"),
    ("spec.serving.autoscaling.minReplicas", 0),
    ("spec.serving.autoscaling.maxReplicas", 0),
    ("spec.serving.autoscaling.targetCPUUtilization", 0),
    ("spec.serving.gpu.count", 0),
    ("spec.serving.gpu.resource", "gpu"),
    ("spec.serving.gpu.memoryFraction", 1.1),
    ("spec.serving.gpu.nodeSelector", {"gpu": True}),
    ("spec.serving.gpu.memoryFraction", 0),
    ("spec.serving.gpu.tolerations", [{"key": "gpu", "effekt": "NoExecute"}]),
    ("spec.serving.gpu.tolerations", [{"operator": "In"}]),
    ("spec.serving.gpu.tolerations", [{"effect": "Evict"}]),
    ("spec.serving.batching.maxBatchSize", 0),
    ("spec.serving.batching.maxBatchSize", 2**31),
    ("spec.serving.batching.batchTimeoutMicros", -1),
    ("spec.serving.batching.allowedBatchSizes", [0, 128]),
    ("spec.serving.batching.allowedBatchSizes", [128, 128]),
    ("spec.serving.batching.threadPoolName", 'a"b'),
    ("spec.serving.batching", None),
    ("spec.serving.monitoring.path", "metrics"),
    ("spec.serving.polling.config", 0),
    ("spec.serving.polling.files", -1),
    ("spec.serving.flags", {"--grpc_max_threads": 8}),
    ("spec.serving.flags", {"grpc_max_threads": [8]}),
    ("spec.serving.warmup", "yes"),
    ("spec.policy.0", {"versions": {"latest": 1}}),
    ("spec.policy.0.match", ""),
    ("spec.policy.0.match", "/resnet"),
    ("spec.policy.0.versions", {}),
    ("spec.policy.0.versions", {"minAge": "24h"}),
    ("spec.policy.0.versions", {"latest": 1, "pin": [1]}),
    ("spec.policy.0.versions", {"latest": 0}),
    ("spec.policy.0.versions", {"all": False}),
    ("spec.policy.0.versions", {"pin": []}),
    ("spec.policy.0.versions", {"pin": [-1]}),
    ("spec.policy.0.versions", {"pin": [2**63]}),
    ("spec.policy.0.versions", {"pin": [1, 1]}),
    ("spec.policy.0.versions", {"pin": ["1"]}),
    ("spec.policy.0.versions", {"latest": 1, "minAge": "1w"}),
    ("spec.policy.1.labels", {"stable": -1}),
    ("spec.policy.1.labels", {"stable": "newest"}),
    ("spec.policy.1.labels", {"a/b": 50}),
    ("spec.policy.2.require.signatures", "same"),
    ("spec.policy.2.require.maxBytes", "2GB"),
    ("spec.policy.2.require.maxBytes", 0),
    ("spec.policy.2.name", "a/b"),
    ("spec.policy.4.hold", "true"),
]


@pytest.mark.parametrize(("path", "value"), BAD)
def test_a_bad_value_is_refused(path, value):
    """Only what is at the bad value, or around it, is refused, and the program can say so."""
    data = with_value(path, value)
    around = path.split(".")[:-1]

    found = list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(data))
    told = schema.problems(yaml_document.read(yaml.safe_dump(data), "prod.yaml"))

    assert found
    assert all([*map(str, error.absolute_path)][: len(around)] == around for error in found)
    assert told
    assert all(line.startswith("prod.yaml:") for line in told)


@pytest.mark.parametrize("key", ["apiVersion", "kind", "metadata", "spec"])
def test_a_missing_key_is_refused(key):
    """A document says what it is, which environment, and what is in it."""
    assert problems({name: value for name, value in FULL.items() if name != key})


def test_a_policy_is_never_inherited():
    """`extends` shares source, delivery and serving, so each environment has its own policy."""
    assert problems(FULL | {"spec": {"extends": "staging"}})
    assert problems(FULL | {"spec": {"extends": "staging", "policy": [{"match": "*"}]}}) == []
