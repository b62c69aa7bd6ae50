"""The rules of the base branch, as each forge tells whose token asks."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.delivery.branch_rules import BranchRules
from generator.delivery.forge import rules
from generator.errors import PublishError
from tests.kit.forges import at_once, opened
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


@pytest.mark.parametrize(
    ("told", "scopes"), [("repo, workflow", ("repo", "workflow")), ("", ()), (None, ())]
)
def test_the_scopes_of_a_classic_token_are_told(origin, told, scopes):
    """Of a fine-grained one, or that of an app, GitHub tells none."""
    with github(origin) as state:
        state.scopes = told

        assert opened(state).branch_rules().scopes == scopes


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


@pytest.mark.parametrize("body", ["[]", "7", '"main"', "<html>", '{"permissions": [1]}', ""])
def test_an_odd_answer_is_an_error_or_is_not_told(forge, body):
    """And never a bug, whatever stands between the forge and this."""
    for at in range(4):
        forge.faults = [Fault(200, body, on="GET", after=at)]
        port = opened(forge, sleep=at_once)
        with suppress(PublishError):
            assert isinstance(port.branch_rules(), BranchRules)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["permissions", "push", "protected", "type", "project_access"])
            | st.sampled_from(["access_level", "can_push", "developers_can_push"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(ODD, ODD, ODD)
def test_only_a_yes_or_a_no_is_told(repository, branch, rulesets):
    """What is absent or odd is evidence of nothing."""
    for found in (
        rules.of_github(repository, branch, rulesets),
        rules.of_gitlab(repository, branch),
    ):
        told = (found.may_write, found.may_push, found.is_protected, found.needs_review)
        assert all(one is None or isinstance(one, bool) for one in told)
        if not isinstance(branch, dict) and not isinstance(rulesets, list):
            assert (found.is_protected, found.needs_review) == (None, None)


def test_a_branch_of_gitlab_that_developers_push_to_needs_no_review():
    """It is protected from being deleted, and from nothing else."""
    branch = {"protected": True, "developers_can_push": True, "can_push": True}

    assert rules.of_gitlab({}, branch) == BranchRules(
        may_push=True, is_protected=True, needs_review=False
    )
