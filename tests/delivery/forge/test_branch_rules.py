"""The rules of the base branch, as each forge tells whose token asks."""

import pytest

from generator.delivery.branch_rules import BranchRules
from generator.errors import PublishError
from tests.kit.forges import opened
from tests.servers.forge import Fault
from tests.servers.github import github


def test_a_branch_without_rules_takes_what_anybody_pushes_who_may_write(forge):
    """No pull request is asked for."""
    found = opened(forge).branch_rules()

    assert (found.may_write, found.is_protected, found.needs_review) == (True, False, False)
    assert found.may_push in {True, None}


def test_a_protected_branch_is_told_as_one(forge):
    """GitHub tells that it takes pull requests alone, GitLab that this token may not push."""
    forge.protected = True

    found = opened(forge).branch_rules()

    assert found.is_protected
    assert found.needs_review or found.may_push is False


def test_a_token_that_may_only_read_is_told_as_one(forge):
    """It could open no pull request."""
    forge.may_write = False

    assert opened(forge).branch_rules().may_write is False


def test_a_server_without_rulesets_tells_of_the_older_protection(origin):
    """But not what that asks for, which is then unknown."""
    with github(origin) as state:
        state.protected, state.has_rulesets = True, False

        found = opened(state).branch_rules()

    assert found == BranchRules(may_write=True, is_protected=True, needs_review=None)


def test_a_forge_that_refuses_is_an_error(forge):
    """Nothing is concluded from it."""
    forge.faults.append(Fault(403, '{"message": "no"}'))

    with pytest.raises(PublishError, match="the rules of 'main' cannot be read: HTTP 403"):
        opened(forge).branch_rules()
