"""Checks of an environment beyond its schema: unsafe combinations, contradictory rules."""

import re
from collections.abc import Iterator, Sequence

from generator.catalog.warned import Warned
from generator.environment import checks_inventory, checks_serving, windows
from generator.environment.environment import GCS_DRIVER, S3_DRIVER, Environment, Rule, Source
from generator.environment.findings import Doubt, Refused
from generator.environment.glob import Glob, may_meet
from generator.environment.matching import RuleIndex
from generator.environment.rule_conflicts import contradictions, dangling
from generator.environment.serving import image_version
from generator.environment.windows import Window
from generator.errors import Place, Problem
from generator.limits.yaml import RULES_ALIKE
from generator.text.entry_name import is_unsafe

# What `git check-ref-format --branch` refuses, and a full name such as refs/heads/main.
_NO_BRANCH = re.compile(
    r"^[-/.]|^refs/|\.\.|//|/\.|@\{|[\x00-\x20\x7f~^:?*\[\\]|\.lock(/|$)|[./]$|^$"
)
_ON_NO_FORGE = re.compile(r"file:|(?![a-z+]+://|[^/:]+@[^/:]+:)", re.IGNORECASE)
_CREDENTIALS = re.compile(r"https?://[^/]*@", re.IGNORECASE)
_LAST_WITH_S3 = (2, 6)


def problems(environment: Environment) -> Iterator[Refused]:
    """Yield what makes *environment* invalid or unsafe."""
    for path, value in (
        (("source", "url"), environment.source.url),
        (("delivery", "repository"), environment.delivery.repository),
        (("serving", "image"), environment.serving.effective_image),
    ):
        if not value:
            yield ("spec", *path), f"spec.{'.'.join(path)} is missing, here and in what it extends"
    if environment.source.url:
        yield from _access(environment)
        if environment.source.events and environment.source.location.scheme != "s3":
            problem = "events is for s3:// alone: no other store notifies a queue of SQS"
            yield ("spec", "source", "events"), problem
    yield from checks_inventory.problems(environment.source)
    yield from _delivery(environment)
    for below, problem in checks_serving.problems(environment.serving):
        yield ("spec", "serving", *below), problem
    yield from _policy(environment.policy)


def doubts(environment: Environment) -> Iterator[Doubt]:
    """Yield what is allowed, but not what a careful operator would leave so."""
    source = environment.source
    if source.credentials_secret and source.effective_access == "mount":
        problem = "has no effect with access: mount: the volume has its own credentials"
        path = ("spec", "source", "credentialsSecret")
        yield Doubt("no-effect", path, f"spec.source.credentialsSecret {problem}")
    is_read_directly = source.effective_access == "direct" and source.location.scheme == "s3"
    if source.addressing == "virtual" and is_read_directly:
        problem = "virtual is for the sync: TensorFlow's own S3 reader names the bucket in the path"
        path = ("spec", "source", "addressing")
        yield Doubt("no-effect", path, f"spec.source.addressing: {problem}")
    yield from checks_inventory.doubts(source)
    yield from checks_serving.doubts(environment)
    yield from _unasked(environment)
    yield from _unheard(environment)
    if environment.delivery.repository.startswith("http://"):
        problem = "http:// sends commits in the clear, and no token is sent over it"
        path = ("spec", "delivery", "repository")
        yield Doubt("insecure-url", path, f"spec.delivery.repository: {problem}")


def shared_namespaces(environments: Sequence[Environment]) -> Iterator[Warned]:
    """Warn of environments that would be the same objects, if one cluster had them both."""
    first: dict[tuple[str, str], Environment] = {}
    for environment in environments:
        delivery = environment.delivery
        where = f"{delivery.repository} {delivery.path}", environment.serving.namespace
        other = first.setdefault(where, environment)
        if other is not environment:
            problem = f"{where[1]!r} is the namespace of {other.name!r} too: in one cluster each "
            text = f"spec.serving.namespace {problem}undoes the other"
            place = environment.settings.place(("serving", "namespace"))
            yield Warned("shared-namespace", Problem(text, place or Place(environment.file)))


def shared_contexts(environments: Sequence[Environment]) -> Iterator[Warned]:
    """Warn of environments of one branch for which the same commit status may be taken."""
    seen: list[Environment] = []
    for environment in environments:
        delivery = environment.delivery
        if delivery.verified is None:
            continue
        for other in seen:
            theirs = other.delivery
            is_same = (theirs.repository, theirs.branch) == (delivery.repository, delivery.branch)
            contexts = [Glob(it.verified.context) for it in (theirs, delivery) if it.verified]
            if is_same and may_meet(*contexts):
                place = environment.settings.place(("delivery", "verified", "context"))
                problem = (
                    f"spec.delivery.verified.context {delivery.verified.context!r} may match a "
                    f"commit status of {other.name!r}, {contexts[0].text!r}, on the same branch: "
                    "each is then taken to be served when the other one is"
                )
                yield Warned("shared-context", Problem(problem, place or Place(environment.file)))
        seen.append(environment)


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


def _delivery(environment: Environment) -> Iterator[Refused]:
    branch = environment.delivery.branch
    if _NO_BRANCH.search(branch) or branch in {"@", "HEAD"}:
        problem = f"delivery.branch: {branch!r} is not the short name of a branch"
        yield ("spec", "delivery", "branch"), f"{problem} (git help check-ref-format)"
    for key, url in (
        (("repository",), environment.delivery.repository),
        (("forge", "apiUrl"), environment.delivery.forge.api_url or ""),
    ):
        if _CREDENTIALS.match(url):
            problem = f"delivery.{'.'.join(key)}: there are credentials in the URL: take them out"
            yield ("spec", "delivery", *key), f"{problem}, and set TFS_GITOPS_TOKEN for the run"
    if environment.delivery.dashboard and _ON_NO_FORGE.match(environment.delivery.repository):
        problem = (
            "delivery.dashboard: the repository is on this machine, and no forge has its issues"
        )
        yield ("spec", "delivery", "dashboard"), problem
    yield from _windows(environment.delivery.windows)
    path = environment.delivery.path
    if path and any(map(is_unsafe, path.split("/"))):
        problem = f"delivery.path: {path!r} is not a folder inside the repository"
        yield ("spec", "delivery", "path"), problem


def _windows(found: Sequence[Window]) -> Iterator[Refused]:
    for number, window in enumerate(found):
        path, name = ("spec", "delivery", "windows", number), f"delivery.windows.{number}"
        if problem := windows.problem_of_cron(window.cron):
            yield (*path, "cron"), f"{name}.cron: {window.cron!r}: {problem}"
        if problem := windows.problem_of_timezone(window.timezone):
            yield (*path, "timezone"), f"{name}.timezone: {window.timezone!r}: {problem}"
        if not window.duration:
            yield (*path, "duration"), f"{name}.duration: 0s: it closes when it opens"


def _policy(rules: Sequence[Rule]) -> Iterator[Refused]:
    if len(rules) > RULES_ALIKE and (it := RULES_ALIKE.exceeded(RuleIndex(rules).alike)):
        yield ("spec", "policy"), f"spec.policy: {it}"
    for number, rule in enumerate(rules):
        for key, problem in _rule(rule):
            yield ("spec", "policy", number, key), problem
    for number, key, problem in contradictions(rules):
        yield ("spec", "policy", number, key), problem


def _unasked(environment: Environment) -> Iterator[Doubt]:
    """Yield the first rule that names a probe where no agent asks."""
    named = (number for number, rule in enumerate(environment.policy) if rule.probe)
    number = None if environment.serving.agent else next(named, None)
    if number is not None:
        problem = "has no effect without serving.agent: only agents ask"
        yield Doubt("no-effect", ("spec", "policy", number, "probe"), f"probe {problem}")


def _unheard(environment: Environment) -> Iterator[Doubt]:
    """Yield a way back by itself where neither an agent nor a status can tell of a failure."""
    delivery = environment.delivery
    if delivery.goes_back_by and delivery.verified is None and not environment.serving.agent:
        problem = (
            "has no effect without serving.agent or delivery.verified: nobody tells it what failed"
        )
        yield Doubt(
            "no-effect", ("spec", "delivery", "onFailure"), f"spec.delivery.onFailure {problem}"
        )


def _rule(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.require and rule.require.probe and rule.probe and rule.probe.is_off:
        yield "probe", "`probe: off` asks nothing, so `require: {probe: true}` can never hold"
    if rule.exclude and (rule.versions or rule.labels):
        yield "exclude", f"{rule.match!r} is excluded, so `versions` and `labels` can never hold"
    if rule.versions is None or not rule.labels:
        return
    for problem in dangling(rule.versions, rule.labels):
        yield "labels", problem
