"""Checks of the key `serving` beyond its schema.

They find what stops or crashes a server, what Kubernetes refuses, and what has no effect.
"""

import re
from collections.abc import Iterator

from generator.environment import checks_network, checks_rollout, flags, polling_cost
from generator.environment.arguments import owned
from generator.environment.environment import Environment
from generator.environment.findings import Doubt, Refused
from generator.environment.serving import (
    Autoscaling,
    Batching,
    Gpu,
    ServerSpec,
    image_tag,
    image_version,
)

_PER_MODEL = "enable_per_model_batching_parameters"
_ALTS = "use_alts_credentials"
_LARGEST_BATCH = 1000  # where no maxBatchSize is set


def problems(serving: ServerSpec) -> Iterator[Refused]:
    """Yield what a server, or Kubernetes, would not take; paths are below `spec.serving`."""
    if serving.batching is not None:
        for key, problem in _batching(serving.batching):
            yield ("batching", key), f"batching.{key}: {problem}"
    yield from _flags(serving)
    if serving.gpu is not None:
        yield from _gpu(serving, serving.gpu)
    if serving.tls is not None and not serving.tls.secret_name:
        yield ("tls",), "tls.secretName is missing, here and in what it extends"
    if serving.autoscaling is not None:
        yield from _autoscaling(serving, serving.autoscaling)
    yield from checks_rollout.problems(serving)
    for path, problem in checks_network.problems(serving.network_policy):
        yield ("networkPolicy", *path), f"{'.'.join(map(str, ('networkPolicy', *path)))}: {problem}"


def doubts(environment: Environment) -> Iterator[Doubt]:
    """Yield what is allowed, but not what a careful operator would leave so."""
    for code, key, problem in _doubts(environment.serving):
        path = ("spec", "serving", *key.split(".", 1))
        yield Doubt(code, path, f"spec.serving.{key}{problem}")
    yield from polling_cost.doubts(environment)


def _doubts(serving: ServerSpec) -> Iterator[tuple[str, str, str]]:
    image, monitoring = serving.effective_image, serving.monitoring
    key = "gpu.image" if serving.gpu and serving.gpu.image else "image"
    if "@" not in image and not re.search(r":.*\d", image_tag(image)):
        problem = "name a version or a digest, so that Git says what runs"
        yield "image-not-pinned", key, f" {image!r}: {problem}"
    if serving.gpu and not serving.gpu.image and "gpu" not in image_tag(image):
        problem = "does not say that it is for GPUs: set `gpu.image`, such as …:2.19.1-gpu"
        yield "gpu-image", key, f" {image!r} {problem}"
    for name, problem in flags.doubtful(serving.flags):
        yield "doubtful-flag", f"flags.{name}", f": {problem}"
    version = image_version(image)
    for name, since in flags.SINCE.items():
        if name in owned(serving) and version and version < since:
            have, need = (".".join(map(str, numbers)) for numbers in (version, since))
            yield "old-image", key, f" is {have}: it ignores --{name}, which exists since {need}"
    if monitoring is not None and monitoring.service_monitor and not monitoring.enabled:
        yield "no-effect", "monitoring.serviceMonitor", " has no effect with `enabled: false`"
    collected = serving.network_policy.clients and monitoring is not None and monitoring.enabled
    if serving.network_policy.monitoring is not None and not (serving.agent or collected):
        problem = (
            "has no effect without an agent: everybody who may ask the server gets its metrics"
        )
        yield "no-effect", "networkPolicy.monitoring", f" {problem}"
    yield from checks_rollout.doubts(serving)
    requested = {**serving.resources.get("limits", {}), **serving.resources.get("requests", {})}
    if serving.autoscaling is not None and "cpu" not in requested:
        problem = "scales by the CPU use that pods request: set `resources.requests.cpu`"
        yield "no-cpu-request", "autoscaling", f" {problem}"


def _gpu(serving: ServerSpec, gpu: Gpu) -> Iterator[Refused]:
    for part in ("limits", "requests"):
        found = serving.resources.get(part, {}).get(gpu.resource, gpu.count)
        if str(found) != str(gpu.count):
            problem = f"{found} is not gpu.count ({gpu.count}): leave it to `gpu`"
            yield ("resources", part, gpu.resource), f"resources.{part}.{gpu.resource}: {problem}"


def _autoscaling(serving: ServerSpec, autoscaling: Autoscaling) -> Iterator[Refused]:
    fewest, most = serving.pods
    if not autoscaling.max_replicas:
        yield ("autoscaling",), "autoscaling.maxReplicas is missing, here and in what it extends"
    elif fewest > most:
        default = "" if autoscaling.min_replicas else ", from `replicas`,"
        problem = f"{fewest}{default} is over maxReplicas ({most})"
        yield ("autoscaling", "minReplicas"), f"autoscaling.minReplicas: {problem}"


def _batching(batching: Batching) -> Iterator[tuple[str, str]]:
    """Yield what stops or crashes a server (F80 to F83)."""
    largest = batching.max_batch_size
    execution = batching.max_execution_batch_size
    sizes = batching.allowed_batch_sizes
    if batching.enable_large_batch_splitting:
        if largest is None:
            yield "enableLargeBatchSplitting", "needs maxBatchSize, or every request fails"
        if batching.max_enqueued_batches == 0:
            yield "maxEnqueuedBatches", "0 with splitting on crashes the server: at least 1"
    expected = _LARGEST_BATCH if largest is None else largest
    if execution is not None and execution > expected:
        problem = f"{execution} is over maxBatchSize ({expected}): that crashes the server"
        yield "maxExecutionBatchSize", problem
    if not sizes:
        return
    if list(sizes) != sorted(set(sizes)):
        yield "allowedBatchSizes", f"{list(sizes)} must increase"
    if sizes[-1] != expected:
        yield "allowedBatchSizes", f"the last, {sizes[-1]}, must equal maxBatchSize ({expected})"
    splits = batching.enable_large_batch_splitting
    if splits and execution is not None and execution != sizes[-1]:
        problem = f"{execution} must equal the last of allowedBatchSizes ({sizes[-1]})"
        yield "maxExecutionBatchSize", problem


def _flags(serving: ServerSpec) -> Iterator[Refused]:
    set_by_us = owned(serving)
    version = image_version(serving.effective_image)
    for name, value in serving.flags.items():
        path = ("flags", name)
        if name in set_by_us:
            yield path, f"flags.{name} is {flags.owned_problem(name)}"
        elif problem := flags.problem(name, value, version):
            yield path, f"flags.{name}: {problem}"
    if serving.flags.get(_PER_MODEL) and serving.batching is None:
        problem = "no effect without `serving.batching` (`batching: {}` has the defaults)"
        yield ("flags", _PER_MODEL), f"flags.{_PER_MODEL}: {problem}"
    for name, problem in flags.conflicts({**serving.flags, **set_by_us}):
        # A flag that `tls` sets has no place in `flags`.
        at = name if name in serving.flags else _ALTS
        yield ("flags", at), f"flags.{at}: {problem}"
