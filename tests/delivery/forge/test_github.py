"""What GitHub alone does."""

import pytest

from generator.delivery.pull_request import State
from tests.kit.forges import (
    carried,
    opened,
    running,
)


@pytest.mark.parametrize("kind", ["github"])
@pytest.mark.parametrize("named", ["acme/models", "@acme/models", "ACME/models"])
def test_a_team_reviews(origin, kind, named):
    """Of the repository's owner."""
    with running(kind, origin) as state:
        carried(opened(state, reviewers=(named, "ada")))

    assert state.pull(1).reviewers == ["ada", "acme/models"]


def test_a_team_of_others_is_a_note(origin):
    """GitHub takes the name alone, and would ask a team of that name here."""
    with running("github", origin) as state:
        request = carried(opened(state, reviewers=("other/models", "acme/nobody")))

    assert state.pull(1).reviewers == []
    assert [note.partition(":")[0] for note in request.notes] == [
        "reviewer 'acme/nobody' is not asked",
        "reviewer 'other/models' is not asked",
    ]


def test_one_label_that_is_refused_keeps_the_others(origin):
    """GitHub takes all that are asked for at once, or none."""
    with running("github", origin) as state:
        request = carried(opened(state, labels=("models", "l" * 51, "prod")))

    assert state.pull(1).labels == ["models", "prod"]
    (note,) = request.notes
    assert note.startswith("label 'lll")
    assert note.endswith("HTTP 422: Validation Failed; name is invalid")


def test_an_automatic_merge_that_is_refused_is_a_note(origin):
    """The pull request is there, with all else."""
    with running("github", origin) as state:
        state.refuses_automatic = "Pull request is in clean status"
        request = carried(opened(state, reviewers=("ada",), auto_merge=True))

    assert request.state is State.OPEN
    assert state.pull(1).reviewers == ["ada"]
    assert request.notes == (
        "the automatic merge is not on: HTTP 400: Pull request is in clean status",
    )


@pytest.mark.parametrize(
    ("allowed", "method"), [({"SQUASH", "REBASE"}, "SQUASH"), ({"REBASE"}, "REBASE")]
)
def test_the_automatic_merge_is_one_that_the_repository_allows(origin, allowed, method):
    """A merge commit, else a squash, else a rebase."""
    with running("github", origin) as state:
        state.allows = allowed
        request = carried(opened(state, auto_merge=True))

    assert (state.pull(1).automatic, request.notes) == (method, ())
