"""`schemas/environment.schema.json`: what an environment file may say."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from generator import document, environment, loading, schema

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "schemas/environment.schema.json").read_text(encoding="utf-8"))
FULL = yaml.safe_load((ROOT / "tests/documents/full.yaml").read_text(encoding="utf-8"))
EXAMPLES = ("dev", "staging", "prod")

# Objects whose keys a person names: maps from a name to a value of one kind.
MAPS = {
    "/$defs/labels",
    "/$defs/mount/properties/attributes",
    "/$defs/gpu/properties/nodeSelector",
    "/$defs/quantities",
    "/$defs/serving/properties/flags",
}

# Keys that the complete document leaves out: they exclude others that are in it.
NOT_IN_FULL = {"extends", "mount", "driver", "attributes", "claimName", "all", "name"}
PASSED_THROUGH = {"resources", "toleration"}
NO_DEFAULT = object()


def subschemas(schema: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema at or below *schema* with its JSON pointer."""
    yield pointer, schema
    for keyword in ("properties", "$defs"):
        for key, below in schema.get(keyword, {}).items():
            yield from subschemas(below, f"{pointer}/{keyword}/{key}")
    for keyword in ("items", "additionalProperties", "propertyNames"):
        if isinstance(schema.get(keyword), dict):
            yield from subschemas(schema[keyword], f"{pointer}/{keyword}")
    for keyword in ("oneOf", "anyOf"):
        for number, below in enumerate(schema.get(keyword, [])):
            yield from subschemas(below, f"{pointer}/{keyword}/{number}")


ALL = dict(subschemas(SCHEMA))
PROPERTIES = sorted(pointer for pointer in ALL if pointer.split("/")[-2:-1] == ["properties"])


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


def test_the_walk_finds_the_schema():
    """The rules below hold for every key, so the walk must have seen those known to be deep."""
    assert {"/properties/spec/properties/policy", "/$defs/toleration/properties/effect"} <= {
        *PROPERTIES
    }


@pytest.mark.parametrize("pointer", PROPERTIES)
def test_every_property_is_described(pointer):
    """A person who writes a key reads in the editor what it does."""
    text = ALL[pointer].get("description", "")

    assert text.endswith(".")
    assert len(text) > 20


def test_every_object_is_closed():
    """A misspelt key is found, except where a person names the keys."""
    objects = {
        pointer: schema
        for pointer, schema in ALL.items()
        if schema.get("type") == "object" or "properties" in schema
    }

    opened = {
        pointer
        for pointer, schema in objects.items()
        if schema.get("additionalProperties") is not False
    }

    assert opened == MAPS
    assert all(isinstance(ALL[pointer]["additionalProperties"], dict) for pointer in MAPS)


@pytest.mark.parametrize("pointer", [p for p in PROPERTIES if "default" in ALL[p]])
def test_a_default_is_a_value_that_one_may_write(pointer):
    """Writing a default out changes nothing, so it must be valid."""
    schema = {"$ref": f"#{pointer}", "$defs": SCHEMA["$defs"]}

    jsonschema.Draft202012Validator(schema).validate(ALL[pointer]["default"])


@pytest.mark.parametrize(
    ("definition", "key", "value"),
    [
        pytest.param("source", "reprove", "24h", id="reprove"),
        *[
            pytest.param("delivery", key, getattr(environment.Delivery(), key), id=key)
            for key in ("branch", "path", "mode")
        ],
        *[
            pytest.param("serving", key, getattr(environment.Serving(), key), id=key)
            for key in ("s3", "namespace", "replicas", "resources", "flags")
        ],
        *[
            pytest.param("monitoring", key, getattr(environment.Monitoring(), key), id=key)
            for key in ("enabled", "path")
        ],
    ],
)
def test_a_default_is_the_one_that_the_program_has(definition, key, value):
    """The schema and the program agree on what a missing key means."""
    default = ALL[f"/$defs/{definition}/properties/{key}"].get("default", NO_DEFAULT)

    assert default == value


def test_the_polling_defaults_are_those_of_the_program():
    """The schema and the program agree on the seconds between two looks."""
    keys = ALL["/$defs/serving/properties/polling"]["properties"]

    assert {key: keys[key]["default"] for key in keys} == {
        "config": environment.Polling().config,
        "files": environment.Polling().files,
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_valid(name):
    """The examples pass the schema as they stand, and the program's checks once merged."""
    text = (ROOT / f"environments/{name}.yaml").read_text(encoding="utf-8")

    assert problems(yaml.safe_load(text)) == []
    assert loading.load(ROOT, name).name == name
    assert text.startswith("# yaml-language-server: $schema=../schemas/environment.schema.json\n")


def test_the_complete_document_is_valid():
    """Each documented key is accepted with its documented value."""
    assert problems(FULL) == []


def test_the_complete_document_is_complete():
    """A new key of the schema needs a place in the complete document."""
    keys = set(all_keys(FULL))
    missing = {
        pointer
        for pointer in PROPERTIES
        if pointer.split("/")[-1] not in keys | NOT_IN_FULL
        and pointer.split("/")[2] not in PASSED_THROUGH
    }

    assert missing == set()


def all_keys(data: object) -> Iterator[str]:
    """Yield every key of every mapping in *data*."""
    if isinstance(data, dict):
        yield from data
        for value in data.values():
            yield from all_keys(value)
    elif isinstance(data, list):
        for value in data:
            yield from all_keys(value)


GOOD = [
    ("spec.extends", "staging"),
    ("spec.source.mount", {"claimName": "store"}),
    ("spec.source.mount", {"driver": "s3.csi.aws.com", "attributes": {"bucketName": "models"}}),
    ("spec.source.url", "gs://models/team/a"),
    ("spec.source.url", "file:///srv/models"),
    ("spec.source.reprove", "0s"),
    ("spec.delivery.limits.removals", 0),
    ("spec.delivery.limits.removals", "12.5%"),
    ("spec.serving.replicas", 0),
    ("spec.serving.resources", {"limits": {"nvidia.com/gpu": 1}, "claims": [{"name": "gpu"}]}),
    ("spec.serving.gpu.tolerations", [{"key": "gpu", "operator": "Exists", "effect": "NoExecute"}]),
    ("spec.serving.flags", {"grpc_max_threads": 8, "enable_profiler": False, "model_name": "m"}),
    ("spec.policy.0.versions", {"all": True}),
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
    ("metadata.labels", {}),
    ("status", {}),
    ("spec.models", []),
    ("spec.policy", []),
    ("spec.source.url", "https://models"),
    ("spec.source.url", "file://models"),
    ("spec.source.url", "s3://"),
    ("spec.source.access", "copy"),
    ("spec.source.reprove", "1.5h"),
    ("spec.source.reprove", "0m"),
    ("spec.source.reprove", 60),
    ("spec.source.credentialsSecret", "Store_Secret"),
    ("spec.source.mount", {}),
    ("spec.source.mount", {"driver": "s3.csi.aws.com", "claimName": "store"}),
    ("spec.source.mount", {"claimName": "store", "attributes": {"bucketName": "models"}}),
    ("spec.source.mount", {"driver": "s3.csi.aws.com", "attributes": {"cache": 1}}),
    ("spec.delivery.mode", "merge-request"),
    ("spec.delivery.forge.type", "gitea"),
    ("spec.delivery.author", {"name": "tfs-gitops"}),
    ("spec.delivery.signing.format", "gpg"),
    ("spec.delivery.limits.removals", "10"),
    ("spec.delivery.limits.removals", -1),
    ("spec.delivery.limits.removals", True),
    ("spec.delivery.pullRequest.labels", "models"),
    ("spec.serving.image", ""),
    ("spec.serving.image", "tensorflow/serving :2.19.1"),
    ("spec.serving.namespace", "tf.serving"),
    ("spec.serving.replicas", -1),
    ("spec.serving.replicas", "3"),
    ("spec.serving.replica", 3),
    ("spec.serving.resources", {"limit": {"cpu": 1}}),
    ("spec.serving.gpu.memoryFraction", 0),
    ("spec.serving.gpu.memoryFraction", 1.1),
    ("spec.serving.gpu.nodeSelector", {"gpu": True}),
    ("spec.serving.gpu.tolerations", [{"key": "gpu", "effekt": "NoExecute"}]),
    ("spec.serving.batching.maxBatchSize", 0),
    ("spec.serving.batching.maxBatchSize", 2**31),
    ("spec.serving.batching.batchTimeoutMicros", -1),
    ("spec.serving.batching.numBatchThreads", 0),
    ("spec.serving.batching.allowedBatchSizes", [0, 128]),
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
    ("spec.policy.0.versions", {"pin": [0]}),
    ("spec.policy.0.versions", {"pin": [2**63]}),
    ("spec.policy.0.versions", {"pin": [1, 1]}),
    ("spec.policy.0.versions", {"pin": ["1"]}),
    ("spec.policy.0.versions", {"latest": 1, "minAge": "1w"}),
    ("spec.policy.1.labels", {"stable": 0}),
    ("spec.policy.1.labels", {"stable": "newest"}),
    ("spec.policy.1.labels", {"a/b": 50}),
    ("spec.policy.1.labels", {"a:b": 50}),
    ("spec.policy.2.require.signatures", "same"),
    ("spec.policy.2.require.maxBytes", "2GB"),
    ("spec.policy.2.name", "a/b"),
    ("spec.policy.2.name", "m" * 254),
    ("spec.policy.4.hold", "true"),
]


@pytest.mark.parametrize(("path", "value"), BAD)
def test_a_bad_value_is_refused(path, value):
    """One wrong value in an otherwise good document is one problem at that place."""
    validator = jsonschema.Draft202012Validator(SCHEMA)

    found = [
        list(map(str, error.absolute_path))
        for error in validator.iter_errors(with_value(path, value))
    ]

    assert found
    shortest = path.split(".")[:-1]
    assert all(place[: len(shortest)] == shortest for place in found)


@pytest.mark.parametrize("key", ["apiVersion", "kind", "metadata", "spec"])
def test_a_missing_key_is_refused(key):
    """A document says what it is, which environment, and what is in it."""
    assert problems({name: value for name, value in FULL.items() if name != key})


def test_a_policy_is_never_inherited():
    """`extends` shares source, delivery and serving, so each environment has its own policy."""
    assert problems(FULL | {"spec": {"extends": "staging"}})
    assert problems(FULL | {"spec": {"extends": "staging", "policy": [{"match": "*"}]}}) == []


@pytest.mark.parametrize(("path", "value"), BAD)
def test_every_refusal_can_be_told(path, value):
    """The program explains each of these problems, with the file and the line."""
    text = yaml.safe_dump(with_value(path, value), sort_keys=False)

    told = schema.problems(document.read(text, "environments/prod.yaml"))

    assert told
    assert all(line.startswith("environments/prod.yaml:") for line in told)
