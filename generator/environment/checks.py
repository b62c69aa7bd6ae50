"""Checks of an environment beyond its schema: unsafe combinations, contradictory rules."""

from collections.abc import Iterator, Sequence

from generator.catalog.warned import Warned
from generator.environment import (
    checks_delivery,
    checks_inventory,
    checks_serving,
    checks_source,
)
from generator.environment.environment import Environment, Rule
from generator.environment.findings import Doubt, Refused
from generator.environment.glob import Glob, may_meet
from generator.environment.matching import RuleIndex
from generator.environment.rule_conflicts import contradictions, dangling
from generator.errors import Place, Problem
from generator.limits.yaml import RULES_ALIKE


def problems(environment: Environment) -> Iterator[Refused]:
    """Yield what makes *environment* invalid or unsafe."""
    for path, value in (
        (("source", "url"), environment.source.url),
        (("delivery", "repository"), environment.delivery.repository),
        (("serving", "image"), environment.serving.effective_image),
    ):
        if not value:
            yield ("spec", *path), f"spec.{'.'.join(path)} is missing, here and in what it extends"
    yield from checks_source.problems(environment)
    yield from checks_inventory.problems(environment.source)
    yield from checks_delivery.problems(environment.delivery)
    for below, problem in checks_serving.problems(environment.serving):
        yield ("spec", "serving", *below), problem
    yield from _policy(environment.policy)


def doubts(environment: Environment) -> Iterator[Doubt]:
    """Yield what is allowed, but not what a careful operator would leave so."""
    yield from checks_source.doubts(environment.source)
    yield from checks_inventory.doubts(environment.source)
    yield from checks_serving.doubts(environment)
    yield from _unasked(environment)
    yield from _unheard(environment)
    yield from _unseen(environment)
    yield from checks_delivery.doubts(environment.delivery)


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


def _unseen(environment: Environment) -> Iterator[Doubt]:
    """Yield that Flux is believed to see what pods serve, where no Job asks them."""
    verified, serving = environment.delivery.verified, environment.serving
    is_of_flux = verified is not None and verified.context.startswith("kustomization/")
    if is_of_flux and serving.agent and serving.verify is None and not serving.is_rolling:
        problem = (
            "is what Flux posts when a commit is applied: it tells of what pods serve where "
            "`serving.verify` is set, and it is not"
        )
        path = ("spec", "delivery", "verified", "context")
        yield Doubt("applied-only", path, f"spec.delivery.verified.context {problem}")


def _rule(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.require and rule.require.probe and rule.probe and rule.probe.is_off:
        yield "probe", "`probe: off` asks nothing, so `require: {probe: true}` can never hold"
    if rule.exclude and (rule.versions or rule.labels):
        yield "exclude", f"{rule.match!r} is excluded, so `versions` and `labels` can never hold"
    if rule.versions is None or not rule.labels:
        return
    for problem in dangling(rule.versions, rule.labels):
        yield "labels", problem
