"""The rules of a branch as answers of forges have them; what is odd in one is not told."""

from collections.abc import Mapping

from generator.delivery.branch_rules import BranchRules

_DEVELOPER = 30
"""GitLab's access level from which on one may write."""


def of_github(repository: object, branch: object, rulesets: object) -> BranchRules:
    """Return the rules of a *branch*, from its record, its repository's and its rulesets' rules.

    What the older branch protection asks for, GitHub tells to administrators alone.
    """
    rules = rulesets if isinstance(rulesets, list) else []
    kinds = {kind for rule in rules if isinstance(kind := _value(rule, "type"), str)}
    is_protected = True if kinds else _flag(branch, "protected")
    return BranchRules(
        may_write=_flag(_value(repository, "permissions"), "push"),
        is_protected=is_protected,
        needs_review=True if "pull_request" in kinds else _no_rule(is_protected),
    )


def of_gitlab(project: object, branch: object) -> BranchRules:
    """Return the rules of a *branch*, from its record and its project's, as who asks has them."""
    rights = _value(project, "permissions")
    found = [
        _value(_value(rights, of), "access_level") for of in ("project_access", "group_access")
    ]
    levels = [level for level in found if isinstance(level, int)]
    is_protected = _flag(branch, "protected")
    is_open = is_protected is False or _flag(branch, "developers_can_push") is True
    return BranchRules(
        may_write=max(levels) >= _DEVELOPER if levels else None,
        may_push=_flag(branch, "can_push"),
        is_protected=is_protected,
        needs_review=False if is_open else None,
    )


def _no_rule(is_protected: bool | None) -> bool | None:  # noqa: FBT001  a value that was told
    """Return that a branch without protection asks for nothing; of others it is not told."""
    return False if is_protected is False else None


def _value(record: object, key: str) -> object:
    return record.get(key) if isinstance(record, Mapping) else None


def _flag(record: object, key: str) -> bool | None:
    found = _value(record, key)
    return found if isinstance(found, bool) else None
