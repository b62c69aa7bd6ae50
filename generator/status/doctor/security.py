"""The security checklist: what lets a sync work, and a careful operator would change."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from generator.delivery.branch_rules import BranchRules
from generator.delivery.credentials import WebOrigin
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment
from generator.environment.project_root import FOLDER, TEMPLATES
from generator.errors import GeneratorError, PublishError
from generator.status.doctor import checklist, code_owners
from generator.status.doctor.finding import Finding
from generator.status.doctor.ports import Machine

TOLD_BY_TRANSPORT = "insecure-url"
"""The warning of an environment that `transport` repeats."""


def open_bucket(url: str) -> Finding:
    """Return that anybody may list the bucket at *url*."""
    problem = f"{url}: it lists itself to anybody, without credentials"
    return Finding.warn("bucket", problem, checklist.BUCKET.setting)


def transport(environment: Environment) -> Finding:
    """Return whether nobody on the way can read or change what is fetched and pushed."""
    source, delivery = environment.source, environment.delivery
    named = {
        "spec.delivery.repository": delivery.repository,
        "spec.delivery.forge.apiUrl": delivery.forge.api_url,
        "spec.source.endpoint": source.endpoint,
        "spec.source.events.queue": source.events.queue if source.events else None,
    }
    clear = [key for key, url in named.items() if url and _is_in_the_clear(url)]
    if clear:
        plain = "http:// beyond this machine can be read and changed on the way"
        problem = f"{', '.join(clear)}: {plain}"
        return Finding.warn("transport", problem, checklist.TRANSPORT.setting)
    return Finding.ok("transport", "nothing goes over http:// beyond this machine")


def owners(environment: Environment, machine: Machine) -> Iterator[Finding]:
    """Yield whether CODEOWNERS says who approves a change of the policy, where people share it."""
    if not machine.is_shared:
        return
    text = machine.code_owners or ""
    top = f"{machine.below}/" if machine.below else ""
    policy = [f"{top}{FOLDER}/{name}.yaml" for name in (environment.name, *environment.bases)]
    alone = [file for file in policy if not code_owners.owners(text, file)]
    if not code_owners.owners(text, f"{top}{TEMPLATES}/any/template"):
        alone.append(f"{top}{TEMPLATES}/")
    if alone:
        yield Finding.warn(
            "owners",
            f"CODEOWNERS names nobody for {', '.join(alone)}: anybody may approve a change",
            f"{checklist.OWNERS.setting}: `/{alone[0]} @org/team`",
        )
    else:
        yield Finding.ok("owners", f"CODEOWNERS says who approves a change of {policy[0]}")


def token(rules: BranchRules) -> Finding:
    """Return whether the token reaches more than its repository, or a question where no one tells.

    *rules* are those of a branch that the forge told to who has the token.
    """
    if rules.scopes:
        reach = f"it may {', '.join(rules.scopes)} in every repository of its owner"
        return Finding.warn("token", reach, checklist.TOKEN.setting)
    return Finding.ask("token", checklist.TOKEN.question, checklist.TOKEN.setting)


def review(
    environment: Environment, rules: BranchRules | GeneratorError | None, *, is_last: bool
) -> Iterator[Finding]:
    """Yield whether a person is asked before servers get something else.

    *rules* are those of the branch, why they are not known, or None where it is on no forge.
    *is_last*: other environments serve versions before this one, and none after it.
    """
    delivery = environment.delivery
    if delivery.mode == "commit":
        yield _of_commits(delivery, rules, is_last=is_last)
    elif isinstance(rules, BranchRules):
        yield _of_pull_requests(delivery, rules)


def _of_commits(
    delivery: Delivery, rules: BranchRules | GeneratorError | None, *, is_last: bool
) -> Finding:
    branch, told = delivery.branch, rules if isinstance(rules, BranchRules) else BranchRules()
    if told.may_push is False and delivery.repository.lower().startswith("http"):
        problem = f"{branch} takes no push of this token, and spec.delivery.mode is commit"
        hint = "set spec.delivery.mode to pull-request, or let the identity of the sync push there"
        return Finding.fail("review", PublishError(problem, hint=hint))
    if told.may_push is False or told.needs_review:
        return Finding.warn(
            "review",
            f"{branch} takes only pull requests, but from who may bypass its rules, and "
            "spec.delivery.mode is commit",
            "set spec.delivery.mode to pull-request, or let the identity of the sync bypass them",
        )
    if is_last:
        mode = "set spec.delivery.mode to pull-request"
        return Finding.warn(
            "review",
            "it is the last environment, and nobody is asked: spec.delivery.mode is commit",
            mode if rules is not None else f"deliver to a repository on a forge, and {mode}",
        )
    return Finding.ok("review", f"commits go to {branch} directly, as spec.delivery.mode says")


def _of_pull_requests(delivery: Delivery, rules: BranchRules) -> Finding:
    if rules.needs_review:
        return Finding.ok("review", f"{delivery.branch} takes only what was a pull request")
    found = f"the forge does not tell whether {delivery.branch} requires a pull request"
    if rules.needs_review is False:
        found = f"{delivery.branch} takes pushes too: whoever may write passes the pull request by"
    alone = "; with autoMerge nobody may be asked" if delivery.pull_request.auto_merge else ""
    return Finding.warn(
        "review",
        found + alone,
        checklist.REVIEW.setting,
    )


def last_of(environments: Sequence[Environment]) -> frozenset[str]:
    """Return the names of those that take versions from others, and that none takes from."""
    taken_from = {name for environment in environments for name in environment.sources}
    return frozenset(it.name for it in environments if it.sources and it.name not in taken_from)


def _is_in_the_clear(url: str) -> bool:
    if urlsplit(url).scheme.lower() != "http":
        return False
    server = WebOrigin.of(url)
    return server is None or not server.is_loopback
