"""What a schema cannot say: unsafe combinations of keys, and rules that contradict.

Each problem is a path in the document and a sentence with the way out.
"""

import re
from collections.abc import Iterator

from generator import flags, serving
from generator.catalog import Warned
from generator.contradiction import contradictions, dangling
from generator.environment import Batching, Environment, Rule, Serving
from generator.volume import GCS_DRIVER, S3_DRIVER

Problem = tuple[tuple[str | int, ...], str]

_VERSION = re.compile(r":v?(\d+)\.(\d+)(?:\.(\d+))?")
# What `git check-ref-format --branch` refuses, and a full name such as refs/heads/main.
_NO_BRANCH = re.compile(
    r"^[-/.]|^refs/|\.\.|//|/\.|@\{|[\x00-\x20\x7f~^:?*\[\\]|\.lock(/|$)|[./]$|^$"
)
_LAST_WITH_S3 = (2, 6)
_PER_MODEL = "enable_per_model_batching_parameters"
_LARGEST_BATCH = 1000  # where no maxBatchSize is set


def problems(environment: Environment, stem: str) -> Iterator[Problem]:
    """Yield what makes *environment*, of the file *stem*`.yaml`, invalid or unsafe."""
    if environment.name != stem:
        expected = f"metadata.name: found {environment.name!r}, expected the file's name, {stem!r}"
        yield ("metadata", "name"), expected
    for path, value in (
        (("source", "url"), environment.source.url),
        (("delivery", "repository"), environment.delivery.repository),
        (("serving", "image"), environment.serving.image),
    ):
        if not value:
            yield ("spec", *path), f"spec.{'.'.join(path)} is missing, here and in what it extends"
    if environment.source.url:
        yield from _access(environment)
    yield from _delivery(environment)
    if environment.serving.batching is not None:
        for key, problem in _batching(environment.serving.batching):
            yield ("spec", "serving", "batching", key), f"batching.{key}: {problem}"
    yield from _flags(environment.serving)
    for number, rule in enumerate(environment.policy):
        for key, problem in _rule(rule):
            yield ("spec", "policy", number, key), problem
    for number, key, problem in contradictions(environment.policy):
        yield ("spec", "policy", number, key), problem


def warnings(environment: Environment) -> Iterator[Warned]:
    """Yield what is allowed, but not what a careful operator would leave so."""
    file = environment.file
    for path in environment.without_effect:
        yield Warned("not-implemented", f"{file}: {path} has no effect in this release")
    if environment.delivery.mode == "pull-request":
        problem = "pull requests are not released yet: `sync` will refuse to commit"
        yield Warned("not-implemented", f"{file}: spec.delivery.mode: {problem}")
    image = environment.serving.image
    if "@" not in image and not re.search(r":.*\d", image.rpartition("/")[2]):
        problem = "name a version or a digest, so that Git says what runs"
        yield Warned("image-not-pinned", f"{file}: spec.serving.image {image!r}: {problem}")
    if environment.delivery.repository.startswith("http://"):
        problem = "http:// sends credentials and commits in the clear"
        yield Warned("insecure-url", f"{file}: spec.delivery.repository: {problem}")


def image_version(image: str) -> tuple[int, int] | None:
    """Return the server's major and minor version that a tag such as `2.19.1-gpu` names."""
    found = _VERSION.search(image.rpartition("/")[2])
    return (int(found[1]), int(found[2])) if found else None


def _access(environment: Environment) -> Iterator[Problem]:
    source, serving_ = environment.source, environment.serving
    path = ("spec", "source", "access")
    access, scheme = source.effective_access, source.location.scheme
    ways_out = "`access: mount` with `mount:`"
    if access == "pull":
        default = "" if source.access else f" (the default for {scheme}://)"
        yield path, f"access: pull{default} needs the agent, which is not released yet: {ways_out}"
    if access == "direct" and scheme == "file":
        yield path, f"access: direct: servers in a cluster cannot see file://: {ways_out}"
    version = image_version(serving_.image)
    built_in = serving_.s3 or (version is not None and version <= _LAST_WITH_S3)
    if access == "direct" and scheme == "s3" and not built_in:
        yield (
            path,
            (
                f"access: direct: the image {serving_.image!r} cannot read s3:// (the stock images "
                f"lost it in 2.7.0). Ways out: {ways_out}; a 2.6.x image; or an image that has S3 "
                "support built in, with `serving.s3: true`"
            ),
        )
    mount_path = ("spec", "source", "mount")
    if access == "mount" and source.mount is None:
        yield mount_path, "access: mount needs `mount:` with a `driver` or a `claimName`"
    if access != "mount" and source.mount is not None:
        yield mount_path, f"mount has no effect with access: {access}: set `access: mount`"
    if source.mount is not None and source.mount.driver and source.mount.claim_name:
        yield mount_path, "mount has both a `driver` and a `claimName`: one of them, here or below"
    driver = source.mount.driver if source.mount else None
    wanted = {"s3": S3_DRIVER, "gs": GCS_DRIVER}.get(scheme)
    if access == "mount" and driver is not None and driver != wanted:
        use = f"use {wanted!r}" if wanted else "use `claimName`"
        yield mount_path, f"mount.driver: {driver!r} cannot mount {scheme}://: {use}"
    if access == "mount" and driver == wanted and re.search(r"[\s,]", source.location.prefix):
        problem = "a driver cannot mount a prefix with a space or a comma: use `claimName`"
        yield ("spec", "source", "url"), f"source.url: {source.url!r}: {problem}"


def _delivery(environment: Environment) -> Iterator[Problem]:
    branch = environment.delivery.branch
    if _NO_BRANCH.search(branch) or branch in {"@", "HEAD"}:
        problem = f"delivery.branch: {branch!r} is not the short name of a branch"
        yield ("spec", "delivery", "branch"), f"{problem} (git help check-ref-format)"
    path = environment.delivery.path
    segments = path.split("/") if path else []
    if {"", ".", "..", ".git"} & {segment.casefold() for segment in segments} or "\\" in path:
        problem = f"delivery.path: {path!r} is not a folder inside the repository"
        yield ("spec", "delivery", "path"), problem


def _batching(batching: Batching) -> Iterator[tuple[str, str]]:
    """Yield what stops or crashes a server (facts 2d; observed, Flags, batching, warm-up)."""
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


def _flags(serving_: Serving) -> Iterator[Problem]:
    owned = serving.owned(serving_)
    version = image_version(serving_.image)
    for name, value in serving_.flags.items():
        path = ("spec", "serving", "flags", name)
        if name in owned:
            yield path, f"flags.{name} is set by this program, from other keys"
        elif problem := flags.problem(name, value, version):
            yield path, f"flags.{name}: {problem}"
    if serving_.flags.get(_PER_MODEL) and serving_.batching is None:
        problem = "no effect without `serving.batching` (`batching: {}` has the defaults)"
        yield ("spec", "serving", "flags", _PER_MODEL), f"flags.{_PER_MODEL}: {problem}"
    for name, problem in flags.conflicts(serving_.flags):
        yield ("spec", "serving", "flags", name), f"flags.{name}: {problem}"


def _rule(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.exclude and (rule.versions or rule.labels):
        yield "exclude", f"{rule.match!r} is excluded, so `versions` and `labels` can never hold"
    if rule.versions is None or not rule.labels:
        return
    for problem in dangling(rule.versions, rule.labels):
        yield "labels", problem
