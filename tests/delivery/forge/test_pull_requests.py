"""What both forges do with pull requests: the real client libraries, over HTTP, on stand-ins."""

from datetime import datetime

import pytest

from generator.delivery.pull_request import PullRequest, State
from tests.kit.forges import HEAD, at_once, carried, opened, propose, refused
from tests.servers.forge import CREATED, Fault, Pull


def test_a_branch_without_a_pull_request_has_none(forge):
    """Nothing is opened by looking."""
    assert opened(forge).pull_requests(HEAD) == ()
    assert forge.pulls == []


def test_what_is_opened_is_what_is_listed(forge):
    """The number, the page for people, the text, the state and when it was opened."""
    port = opened(forge)

    request = port.open(HEAD, "models(prod): resnet 50→101", "| Model |\n|---|\n")

    (pull,) = forge.pulls
    assert (pull.head, pull.base, pull.sha) == (HEAD, "main", forge.tip(HEAD))
    assert request == PullRequest(
        1,
        request.url,
        "models(prod): resnet 50→101",
        "| Model |\n|---|\n",
        State.OPEN,
        forge.tip(HEAD),
        "main",
        opened=datetime.fromisoformat(CREATED),
    )
    assert request.url.startswith(f"{forge.url}/{forge.project}/")
    assert port.pull_requests(HEAD) == (request,)


def test_a_pull_request_carries_what_the_environment_says(forge):
    """Labels, reviewers, and the automatic merge; nothing is noted."""
    port = opened(forge, labels=("models", "env:prod"), reviewers=("ada", "@bob"), auto_merge=True)

    request = carried(port)

    (pull,) = forge.pulls
    assert (pull.labels, pull.reviewers) == (["models", "env:prod"], ["ada", "bob"])
    assert pull.automatic == "MERGE"
    assert request.notes == ()


def test_a_pull_request_carries_nothing_by_default(forge):
    """Nobody is asked, and nothing merges by itself."""
    carried(opened(forge))

    (pull,) = forge.pulls
    assert (pull.labels, pull.reviewers, pull.automatic) == ([], [], None)


def test_a_reviewer_that_does_not_exist_is_a_note(forge):
    """The pull request is there, and the others are asked."""
    port = opened(forge, labels=("models",), reviewers=("nobody", "ada"), auto_merge=True)

    request = carried(port)

    (pull,) = forge.pulls
    assert (pull.labels, pull.reviewers, pull.automatic) == (["models"], ["ada"], "MERGE")
    (note,) = request.notes
    assert "reviewer 'nobody' is not asked: " in note


def test_the_newest_come_first_in_every_state(forge):
    """A merged one is not a closed one."""
    port = opened(forge)
    for number in (1, 2, 3):
        port.open(HEAD, f"title {number}", "")
        if number == 1:
            port.close(port.pull_requests(HEAD)[0], "superseded")
        if number == 2:
            forge.merge(2)
            propose(forge, HEAD)

    found = port.pull_requests(HEAD)

    assert [(one.number, one.state) for one in found] == [
        (3, State.OPEN),
        (2, State.MERGED),
        (1, State.CLOSED),
    ]


def test_a_push_of_the_branch_to_the_base_is_a_merge(forge):
    """People merge with Git alone, too."""
    port = opened(forge)
    port.open(HEAD, "title", "")
    repo = forge.origin.repo
    repo.branches.local["main"].set_target(repo.branches.local[HEAD].target)

    assert [one.state for one in port.pull_requests(HEAD)] == [State.MERGED]


def test_only_the_newest_are_read(forge):
    """An environment may have had thousands."""
    for number in range(1, 46):
        forge.pulls.append(Pull(number, "t", "", HEAD, "main", forge.tip("main"), "closed"))

    found = opened(forge).pull_requests(HEAD)

    assert [one.number for one in found] == [*range(45, 25, -1)]
    assert len(forge.requests) == 2


def test_those_of_other_branches_and_forks_are_not_ours(forge):
    """Anybody may open one from a branch of the same name in a fork: it is not to be updated."""
    sha = forge.tip(HEAD)
    propose(forge, "tfs-gitops/dev")
    forge.pulls += [
        Pull(1, "of a fork", "", HEAD, "main", sha, fork="stranger"),
        Pull(2, "of dev", "", "tfs-gitops/dev", "main", forge.tip("tfs-gitops/dev")),
        Pull(3, "of a fork by the same owner", "", HEAD, "main", sha, fork="acme"),
    ]

    assert opened(forge).pull_requests(HEAD) == ()


def test_those_into_other_branches_are_told_and_not_taken_over(forge):
    """A person has sent them there."""
    sha = forge.tip(HEAD)
    forge.origin.repo.references.create("refs/heads/release", forge.tip("main"))
    forge.pulls.append(Pull(1, "into another", "", HEAD, "release", sha))
    port = opened(forge)

    port.open(HEAD, "title", "body")
    again = port.open(HEAD, "another", "text")

    assert [one.base for one in port.pull_requests(HEAD)] == ["main", "release"]
    assert (again.number, again.base) == (2, "main")
    assert forge.pulls[0].title == "into another"


def test_an_update_changes_the_text_and_nothing_else(forge):
    """A label that a person has taken off stays off."""
    port = opened(forge, labels=("models",), reviewers=("ada",))
    request = port.open(HEAD, "title", "body")
    forge.pull(1).labels, forge.pull(1).reviewers = ["mine"], ["bob"]

    changed = port.update(request, "another", "text")

    assert (changed.number, changed.title, changed.body) == (1, "another", "text")
    pull = forge.pull(1)
    assert (pull.title, pull.body, pull.state) == ("another", "text", "open")
    assert (pull.labels, pull.reviewers) == (["mine"], ["bob"])
    assert port.pull_requests(HEAD) == (changed,)


def test_closing_says_why(forge):
    """In a comment: the text stays as it was."""
    port = opened(forge)
    request = port.open(HEAD, "title", "body")

    port.close(request, "nothing is left to change")

    assert forge.pull(1).state == "closed"
    assert forge.pull(1).comments == ["nothing is left to change"]
    assert forge.pull(1).body == "body"


@pytest.mark.parametrize("state", ["closed", "merged"])
def test_what_a_person_has_ended_is_left_alone(forge, state):
    """They were faster: there is nothing to say."""
    port = opened(forge)
    request = port.open(HEAD, "title", "body")
    forge.pull(1).state = state

    port.close(request, "too late")

    assert forge.pull(1).state == state
    assert forge.pull(1).comments == []


def test_one_that_is_open_already_is_taken_over(forge):
    """Another run was faster, or died between two steps: there is never a second one."""
    opened(forge).open(HEAD, "title", "body")

    request = opened(forge).open(HEAD, "new", "text")

    (pull,) = forge.pulls
    assert (request.number, request.title, request.notes) == (1, "new", ())
    assert (pull.title, pull.body) == ("new", "text")


@pytest.mark.parametrize("reviewers", [(), ("ada",)])
def test_reviewers_and_labels_of_people_stay(forge, reviewers):
    """Ours come beside them."""
    port = opened(forge, labels=("models",), reviewers=reviewers)
    request = port.open(HEAD, "title", "body")
    forge.pull(1).reviewers, forge.pull(1).labels = ["bob"], ["urgent"]

    port.apply_settings(request)

    assert sorted(forge.pull(1).reviewers) == [*reviewers, "bob"]
    assert forge.pull(1).labels == ["urgent", "models"]


def test_lines_end_as_ours_do(forge):
    """A browser sends CRLF; that is not another text."""
    port = opened(forge)
    port.open(HEAD, "title", "body")
    forge.pull(1).body = "a\r\nb\r\n"

    assert port.pull_requests(HEAD)[0].body == "a\nb\n"


def test_what_passes_is_no_note(forge):
    """The next run does what a failing server did not."""
    port = opened(forge, sleep=at_once, labels=("models",), reviewers=("ada",))
    request = port.open(HEAD, "title", "body")
    forge.faults = [Fault(502)] * 9

    error = refused(port.apply_settings, request)

    assert "1 does not carry all yet: HTTP 502" in str(error)
    forge.faults.clear()
    assert opened(forge, labels=("models",), reviewers=("ada",)).apply_settings(request).notes == ()
    assert (forge.pull(1).labels, forge.pull(1).reviewers) == (["models"], ["ada"])
