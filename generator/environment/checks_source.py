"""Checks of the key `source` beyond its schema: how servers get at the store, if they can."""

import re
from collections.abc import Iterator

from generator.environment.environment import GCS_DRIVER, S3_DRIVER, Environment, Source
from generator.environment.findings import Doubt, Refused
from generator.environment.serving import image_version

_LAST_WITH_S3 = (2, 6)


def problems(environment: Environment) -> Iterator[Refused]:
    """Yield what keeps servers, or a sync, from the store; nothing without its URL."""
    if not environment.source.url:
        return
    yield from _access(environment)
    if environment.source.events and environment.source.location.scheme != "s3":
        problem = "events is for s3:// alone: no other store notifies a queue of SQS"
        yield ("spec", "source", "events"), problem


def doubts(source: Source) -> Iterator[Doubt]:
    """Yield keys that have no effect."""
    if source.credentials_secret and source.effective_access == "mount":
        problem = "has no effect with access: mount: the volume has its own credentials"
        path = ("spec", "source", "credentialsSecret")
        yield Doubt("no-effect", path, f"spec.source.credentialsSecret {problem}")
    is_read_directly = source.effective_access == "direct" and source.location.scheme == "s3"
    if source.addressing == "virtual" and is_read_directly:
        problem = "virtual is for the sync: TensorFlow's own S3 reader names the bucket in the path"
        path = ("spec", "source", "addressing")
        yield Doubt("no-effect", path, f"spec.source.addressing: {problem}")


def _access(environment: Environment) -> Iterator[Refused]:
    source, serving = environment.source, environment.serving
    path = ("spec", "source", "access")
    access, scheme = source.effective_access, source.location.scheme
    ways_out = "`access: mount` with `mount:`"
    if access == "pull":
        yield from _pull(source, has_agent=serving.agent, ways_out=ways_out)
    if access == "direct" and scheme == "file":
        yield path, f"access: direct: servers in a cluster cannot see file://: {ways_out}"
    image = serving.effective_image
    version = image_version(image)
    built_in = serving.s3 or (version is not None and version <= _LAST_WITH_S3)
    if access == "direct" and scheme == "s3" and not built_in:
        yield (
            path,
            (
                f"access: direct: the image {image!r} cannot read s3:// (the stock images "
                f"lost it in 2.7.0). Ways out: {ways_out}; a 2.6.x image; or an image that has S3 "
                "support built in, with `serving.s3: true`"
            ),
        )
    yield from _mount(source)
    if access != "pull" and source.pull is not None:
        problem = f"pull has no effect with access: {access}: set `access: pull`"
        yield ("spec", "source", "pull"), problem
    yield from _driver(source)


def _mount(source: Source) -> Iterator[Refused]:
    mount_path = ("spec", "source", "mount")
    access = source.effective_access
    if access == "mount" and source.mount is None:
        yield mount_path, "access: mount needs `mount:` with a `driver` or a `claimName`"
    if access != "mount" and source.mount is not None:
        yield mount_path, f"mount has no effect with access: {access}: set `access: mount`"
    if source.mount is not None and source.mount.driver and source.mount.claim_name:
        yield mount_path, "mount has both a `driver` and a `claimName`: one of them, here or below"


def _driver(source: Source) -> Iterator[Refused]:
    mount_path = ("spec", "source", "mount")
    access, scheme = source.effective_access, source.location.scheme
    driver = source.mount.driver if source.mount else None
    wanted = {"s3": S3_DRIVER, "gs": GCS_DRIVER}.get(scheme)
    if access == "mount" and driver is not None and driver != wanted:
        use = f"use {wanted!r}" if wanted else "use `claimName`"
        yield mount_path, f"mount.driver: {driver!r} cannot mount {scheme}://: {use}"
    is_mounted = access == "mount" and driver is not None and driver == wanted
    if is_mounted and re.search(r"[\s,]", source.location.prefix):
        problem = "a driver cannot mount a prefix with a space or a comma: use `claimName`"
        yield ("spec", "source", "url"), f"source.url: {source.url!r}: {problem}"


def _pull(source: Source, *, has_agent: bool, ways_out: str) -> Iterator[Refused]:
    path, scheme = ("spec", "source", "access"), source.location.scheme
    pull = "access: pull" if source.access else f"access: pull (the default for {scheme}://)"
    if not has_agent:
        problem = f"{pull} needs the agent, and `serving.agent` is false"
        yield path, f"{problem}: take that out, or use {ways_out}"
    elif scheme == "file":
        yield path, f"{pull}: agents in a cluster cannot see file://: {ways_out}"
    elif scheme == "gs" and source.credentials_secret:
        problem = "access: pull: an agent gets at gs:// by the pod's workload identity"
        yield ("spec", "source", "credentialsSecret"), f"{problem}; or use `access: direct`"
