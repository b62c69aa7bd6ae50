"""The rules of a branch on GitHub: by rulesets, and by the older branch protection."""

from typing import Any
from urllib.parse import quote

from github import UnknownObjectException
from github.Repository import Repository

from generator.delivery.branch_rules import BranchRules


def rules(repository: Repository, branch: str) -> BranchRules:
    """Return the rules of *branch*.

    GitHub tells no one but an administrator what the older protection asks for, only that
    there is one.

    Raises:
        GithubException: GitHub refuses, or has no such branch.
    """
    rights = repository.raw_data.get("permissions") or {}
    kinds = {str(rule.get("type")) for rule in _rulesets(repository, branch)}
    is_protected = repository.get_branch(branch).protected or bool(kinds)
    unknown = None if is_protected else False
    return BranchRules(
        may_write=rights.get("push"),
        is_protected=is_protected,
        needs_review=True if "pull_request" in kinds else unknown,
    )


def _rulesets(repository: Repository, branch: str) -> list[dict[str, Any]]:
    """Return the rules that rulesets have for *branch*; none on a server without rulesets."""
    url = f"{repository.url}/rules/branches/{quote(branch, safe='')}"
    try:
        _, found = repository.requester.requestJsonAndCheck("GET", url)
    except UnknownObjectException:
        return []
    return found if isinstance(found, list) else []
