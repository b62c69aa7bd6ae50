"""Publish a fleet as exporters would: objects, then an index for each version."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import obstore
import yaml
from obstore.store import S3Store

from generator.catalog.claim import Blob
from generator.catalog.index import write
from tests.kit.savedmodels import SAVER, field, info, saved
from tests.servers.seaweed import S3Server

VERSIONS = (1, 2)
OBJECTS = (
    "assets.extra/tf_serving_warmup_requests",
    "assets/vocabulary.txt",
    "fingerprint.pb",
    "saved_model.pb",
    "variables/variables.data-00000-of-00001",
    "variables/variables.index",
)
LARGEST_ENVIRONMENT = 2000
"""Models; the model config of one environment must fit into a ConfigMap."""

_AT_ONCE = 64


_LETTERS = 26


@dataclass(frozen=True, slots=True)
class Fleet:
    """Models spread over environments by the first letters of their names."""

    models: int
    versions: tuple[int, ...] = VERSIONS
    objects: tuple[str, ...] = OBJECTS
    """Of each version."""

    @property
    def names(self) -> list[str]:
        """The model names, such as `aa-00000`."""
        return [
            f"{_letters(number // LARGEST_ENVIRONMENT)}-{number:05}"
            for number in range(self.models)
        ]

    @property
    def environments(self) -> list[str]:
        """The names of the environments: two letters each."""
        return sorted({name.partition("-")[0] for name in self.names})

    def content(self, path: str, version: str) -> bytes:
        """Return what a server could load: a graph, with variables if there are some."""
        if path == "saved_model.pb":
            saver = [SAVER] if "variables/variables.index" in self.objects else []
            return saved([info("serve"), *saver, field(99, version)])
        return b"" if path.startswith("assets.extra/") else version.encode()


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + it) for it in divmod(number, _LETTERS))


def publish(fleet: Fleet, server: S3Server, bucket: str) -> None:
    """Upload the whole fleet to a new bucket."""
    server.client().create_bucket(Bucket=bucket)
    store = S3Store(
        bucket,
        endpoint=server.endpoint,
        region="us-east-1",
        access_key_id=server.access_key,
        secret_access_key=server.secret_key,
        client_options={"allow_http": True},
    )
    asyncio.run(_publish(fleet, store))


def server_env(server: S3Server) -> dict[str, str]:
    """Return the environment of a command that has the keys of *server*."""
    return {
        **os.environ,
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
        "AWS_REGION": "us-east-1",
    }


async def _publish(fleet: Fleet, store: S3Store) -> None:
    free = asyncio.Semaphore(_AT_ONCE)

    async def put(key: str, data: bytes) -> Blob:
        return Blob(key, ((await obstore.put_async(store, key, data))["e_tag"] or "").strip('"'))

    async def version(name: str, number: int) -> None:
        async with free:
            blobs = [
                await put(f"{name}/{number}/{path}", fleet.content(path, f"{name} {number}"))
                for path in fleet.objects
            ]
            index = uuid5(NAMESPACE_URL, f"{name}/{number}")
            await put(f"index-{index}.csv", write(name, blobs))

    await asyncio.gather(
        *(version(name, number) for name in fleet.names for number in fleet.versions)
    )


def write_environments(
    fleet: Fleet, project: Path, source: Mapping[str, Any], origin: Path, latest: int = 1
) -> None:
    """Write the file of each environment; all deliver to the repository *origin*.

    Each serves the *latest* versions of its models.
    """
    for name in fleet.environments:
        rule = {"match": f"{name}-*", "versions": {"latest": latest}}
        write_environment(project, name, origin, source, rule)


def write_environment(
    project: Path,
    name: str,
    origin: Path,
    source: Mapping[str, Any],
    rule: Mapping[str, Any] = MappingProxyType({"match": "*"}),
    **delivery: str,
) -> None:
    """Write one environment file, of one *rule*, that delivers to *origin*."""
    document = {
        "apiVersion": "tfs-gitops/v1",
        "kind": "Environment",
        "metadata": {"name": name},
        "spec": {
            "source": {**source, "access": "mount", "mount": {"claimName": "models"}},
            "delivery": {"repository": str(origin), "path": "", **delivery},
            "serving": {"image": "tensorflow/serving:2.19.1"},
            "policy": [dict(rule)],
        },
    }
    (project / "environments").mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(document, sort_keys=False)
    (project / "environments" / f"{name}.yaml").write_text(text, encoding="utf-8")
