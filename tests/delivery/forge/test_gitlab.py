"""What GitLab alone does."""

from tests.kit.forges import HEAD, at_once, carried, opened, running


def test_the_automatic_merge_waits_until_gitlab_has_looked(origin):
    """A new merge request has no pipeline for some seconds."""
    with running("gitlab", origin) as state:
        state.not_ready = 3
        request = carried(opened(state, sleep=at_once, auto_merge=True))

    assert (state.pull(1).automatic, request.notes) == ("MERGE", ())


def test_a_project_without_pipelines_merges_nothing_by_itself(origin):
    """A note, after some seconds."""
    with running("gitlab", origin) as state:
        state.not_ready = 100
        request = carried(opened(state, sleep=at_once, auto_merge=True))

    assert state.pull(1).automatic is None
    assert request.notes == ("the automatic merge is not on: HTTP 405: Method Not Allowed",)


def test_a_label_that_gitlab_leaves_out_is_a_note(origin):
    """It answers as if nothing were missing."""
    with running("gitlab", origin) as state:
        state.no_labels = frozenset({"models"})
        request = carried(opened(state, labels=("models", "prod")))

    assert state.pull(1).labels == ["prod"]
    assert request.notes == ("label 'models' is not set: GitLab left it out, without a reason",)


def test_a_reviewer_whom_gitlab_leaves_out_is_a_note(origin):
    """It says nothing of who may not see the project, nor of a second one without a licence."""
    with running("gitlab", origin) as state:
        state.outsiders = frozenset({"bob"})
        request = carried(opened(state, reviewers=("ada", "bob")))

    assert state.pull(1).reviewers == ["ada"]
    (note,) = request.notes
    assert note.startswith("reviewer 'bob' is not asked: ")


def test_groups_and_a_path_of_the_host(origin):
    """A project may be deep, and a GitLab below a path of its host."""
    with running("gitlab", origin) as state:
        state.project = "acme/ml/serving/fleet"
        opened(state).open(HEAD, "title", "")

    assert len(state.pulls) == 1
