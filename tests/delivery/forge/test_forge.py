"""Pull requests on GitHub and GitLab: the real client libraries, over HTTP, on stand-ins."""

import gc
import logging
import time
import traceback
from contextlib import contextmanager

import pytest

from generator.cli.project import Project
from generator.delivery.credentials import Tokens
from generator.delivery.forge import open_forge
from generator.delivery.forge.access import open_access
from generator.delivery.forge.address import Kind, locate
from generator.delivery.forge.retry import TIMEOUT, Patience
from generator.delivery.pull_request import PullRequest, State
from generator.environment.delivery import Delivery, ForgeApi, Review
from generator.environment.parse import parse
from generator.errors import PublishError
from tests.servers.forge import TOKEN, Fault, Pull
from tests.servers.github import github
from tests.servers.gitlab import gitlab
from tests.servers.https import authority

HEAD = "tfs-gitops/prod"
STAND_INS = {"github": github, "gitlab": gitlab}

RATE_LIMIT = '{"message": "API rate limit exceeded for user ID 1."}'
BAD_GATEWAY = Fault(502, "<html>502 Bad Gateway</html>")


@pytest.fixture(autouse=True)
def no_connection_is_left():
    """Collect the sessions of the test before its server is gone."""
    yield
    gc.collect()


@pytest.fixture(params=STAND_INS)
def forge(request, origin):
    """Run a stand-in whose repository has a commit to propose on the branch HEAD."""
    with STAND_INS[request.param](origin) as state:
        propose(state, HEAD)
        yield state


@contextmanager
def running(kind, origin):
    """Run one stand-in with a branch to propose."""
    with STAND_INS[kind](origin) as state:
        propose(state, HEAD)
        yield state


def propose(state, branch):
    """Put a branch with one commit more than main into the repository."""
    repo = state.origin.repo
    repo.branches.local.create(branch, repo.branches.local["main"].peel(), force=True)
    state.origin.commit({"models.config": branch.encode()}, "models(prod): …", branch)


def delivery(state, **review):
    """Return a delivery to the stand-in."""
    kind = type(state).__name__.lower()
    return Delivery(
        f"{state.url}/{state.project}.git",
        forge=ForgeApi(kind, state.api_url),
        pull_request=Review(**review),
    )


def opened(state, token=TOKEN, sleep=time.sleep, timeout=TIMEOUT, **review):
    """Return the port to the stand-in."""
    patience = Patience(timeout=timeout, sleep=sleep)
    return open_forge(delivery(state, **review), {"TFS_GITOPS_TOKEN": token}, patience)


def at_once(_):
    """Take no pause, in place of `time.sleep`."""


def carried(port, body="body"):
    """Open a pull request with all that it carries."""
    return port.apply_settings(port.open(HEAD, "title", body))


def refused(act, *arguments):
    """Return the error that a call ends with."""
    with pytest.raises(PublishError) as caught:
        act(*arguments)
    return caught.value


# What both forges do.


def test_a_branch_without_a_pull_request_has_none(forge):
    """Nothing is opened by looking."""
    assert opened(forge).pull_requests(HEAD) == ()
    assert forge.pulls == []


def test_what_is_opened_is_what_is_listed(forge):
    """The number, the page for people, the text and the state."""
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


# What is refused.


def test_a_branch_that_is_not_there_cannot_be_proposed(forge):
    """The forge's own words say what it misses."""
    error = refused(opened(forge).open, "tfs-gitops/none", "title", "body")

    assert f"{forge.url}/acme/fleet.git: " in str(error)
    assert "'tfs-gitops/none' cannot be opened: HTTP 422: " in str(error)
    assert any(words in str(error) for words in ("head is invalid", "source_branch: does not"))
    assert forge.pulls == []


def test_a_refused_token_is_named_by_its_variable(forge):
    """And not by itself."""
    error = refused(opened(forge, token="expired-one").pull_requests, HEAD)

    assert "HTTP 401" in str(error)
    assert "TFS_GITOPS_TOKEN" in error.hint
    assert "expired-one" not in str(error)


def test_a_project_that_is_not_there(forge):
    """It may be one that the token may not see: forges do not tell the two apart."""
    forge.project = "acme/other"
    port = opened(forge)
    forge.project = "acme/fleet"

    error = refused(port.pull_requests, HEAD)

    assert "HTTP 404" in str(error)
    assert "acme/other exists" in error.hint


def test_a_token_that_may_not_write(forge):
    """Which right it misses is the next step."""
    forge.may_write = False

    error = refused(opened(forge).open, HEAD, "title", "body")

    assert "HTTP 403" in str(error)
    assert "pull-requests: write" in error.hint or "scope `api`" in error.hint
    assert len(forge.requests) <= 2  # nothing was tried again


@pytest.mark.parametrize("body", ["<html>Sign in</html>", '{"hello": "world"}'])
def test_what_is_no_forge(forge, body):
    """A login page answers 200, too."""
    forge.faults = [Fault(200, body)]

    error = refused(opened(forge).pull_requests, HEAD)

    assert "cannot be read: " in str(error)
    assert forge.api_url in error.hint


def test_nobody_listens(origin):
    """The reason is the system's; a few attempts, and no more."""
    for kind, run in STAND_INS.items():
        with run(origin) as state:
            port = opened(state, sleep=at_once)

        error = refused(port.pull_requests, HEAD)

        assert "refused" in str(error), kind
        assert "HTTPS_PROXY" in error.hint


def test_a_project_that_has_moved_is_followed(forge):
    """The repository's URL in the environment still works for Git, too."""
    forge.moved, forge.project = "acme/old", "acme/old"
    port = opened(forge)
    forge.project = "acme/fleet"

    request = port.open(HEAD, "title", "body")

    assert port.pull_requests(HEAD) == (request,)


# What is tried again.


def test_a_failure_of_the_server_is_tried_again(forge):
    """With growing pauses: 1, 2 and 4 seconds."""
    pauses = []
    forge.faults = [BAD_GATEWAY, Fault(503), Fault(500, '{"message": "500 Internal Server Error"}')]

    assert opened(forge, sleep=pauses.append).pull_requests(HEAD) == ()
    assert pauses == [1, 2, 4]


def test_a_server_that_keeps_failing_ends_it(forge):
    """With what the server said last."""
    forge.faults = [BAD_GATEWAY] * 20

    error = refused(opened(forge, sleep=at_once).pull_requests, HEAD)

    assert "HTTP 502: " in str(error)
    assert len(forge.requests) == 5


@pytest.mark.parametrize("status", [403, 429, 503])
def test_the_server_says_how_long_to_wait(forge, status):
    """Retry-After counts, to the second."""
    forge.faults = [Fault(status, RATE_LIMIT, {"Retry-After": "1"})]
    start = time.monotonic()

    assert opened(forge).pull_requests(HEAD) == ()
    assert 1 <= time.monotonic() - start < 1.9


@pytest.mark.parametrize("name", ["x-ratelimit", "RateLimit"])
@pytest.mark.parametrize("status", [403, 429])
def test_a_rate_limit_says_when_it_ends(forge, status, name):
    """As a time, not as a number of seconds; the second that it is cut to is added."""
    pauses = []
    headers = {f"{name}-Remaining": "0", f"{name}-Reset": str(int(time.time()) + 60)}
    forge.faults = [Fault(status, RATE_LIMIT, headers)]

    assert opened(forge, sleep=pauses.append).pull_requests(HEAD) == ()
    assert len(pauses) == 1
    assert 58 < pauses[0] <= 61


def test_a_rate_limit_that_ends_late_is_not_waited_for(forge):
    """A job on a schedule must not hang for an hour: the next run goes on."""
    forge.faults = [Fault(429, RATE_LIMIT, {"Retry-After": "3000"})] * 2

    error = refused(opened(forge, sleep=pytest.fail).pull_requests, HEAD)

    assert "HTTP 429: API rate limit exceeded" in str(error)
    assert "asks to wait for 3000 s; a run waits for 180 s at most" in str(error)
    assert "next run" in error.hint
    assert len(forge.requests) == 1


def test_all_pauses_of_a_run_together_are_bounded(forge, monkeypatch, tmp_path):
    """Each alone would be short enough; and each environment opens the forge for itself."""
    pauses = []
    monkeypatch.setattr("generator.delivery.forge.Patience", lambda: Patience(sleep=pauses.append))
    monkeypatch.setenv("TFS_GITOPS_TOKEN", TOKEN)
    project = Project(tmp_path, verbose=False, log_format="text")
    forge.faults = [Fault(429, RATE_LIMIT, {"Retry-After": "50"})] * 20

    for _ in range(3):
        refused(project.forge(delivery(forge)).pull_requests, HEAD)

    assert pauses == [50, 50, 50]


def test_an_answer_that_is_lost_opens_no_second_one(forge):
    """The request was carried out: the next attempt finds its result."""
    forge.faults = [Fault(502, "", on=f"POST {path(forge, 'pulls', 'merge_requests')}", late=True)]

    request = opened(forge, sleep=at_once).open(HEAD, "title", "body")

    assert (request.number, request.state, len(forge.pulls)) == (1, State.OPEN, 1)


def path(forge, github_name, gitlab_name):
    """Return where a collection is."""
    if type(forge).__name__ == "GitHub":
        return f"/api/v3/repos/acme/fleet/{github_name}"
    return f"/api/v4/projects/1/{gitlab_name}"


def test_a_server_that_never_answers_ends_it(forge):
    """After three times the time that an answer may take."""
    forge.faults = [Fault(0, silent=True)] * 9

    error = refused(opened(forge, sleep=at_once, timeout=1).pull_requests, HEAD)

    assert "cannot be read: no answer in time" in str(error)
    assert len(forge.requests) == 3


# The way there.


@pytest.mark.parametrize("kind", STAND_INS)
@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_private_authority_is_trusted_by_its_bundle(origin, tmp_path, kind, name):
    """As for Git and for the store; without it there is no second attempt."""
    own = authority(tmp_path)
    with STAND_INS[kind](origin, own.server) as state:
        trusting = {"TFS_GITOPS_TOKEN": TOKEN, name: str(own.bundle)}
        assert open_forge(delivery(state), trusting).pull_requests(HEAD) == ()

        error = refused(opened(state, sleep=pytest.fail).pull_requests, HEAD)

    assert "certificate" in str(error)
    assert "SSL_CERT_FILE" in error.hint


def test_a_bundle_that_is_not_there_is_named(forge, tmp_path):
    """By its variable: the library would name the path alone."""
    environ = {"TFS_GITOPS_TOKEN": TOKEN, "SSL_CERT_FILE": str(tmp_path / "none.pem")}

    error = refused(open_forge, delivery(forge), environ)

    assert str(error).startswith(f"SSL_CERT_FILE: {tmp_path}/none.pem: ")


def test_a_proxy_of_the_environment_is_used(forge, monkeypatch):
    """Most companies have one."""
    monkeypatch.setenv("http_proxy", forge.url)
    forge.url = "http://localhost:1"  # no token is sent over http to another host

    assert opened(forge).pull_requests(HEAD) == ()
    assert len(forge.requests) == 2


# GitHub alone.


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


# GitLab alone.


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


# Who gets the token, and who sees it.


def everything(error, caplog, capfd):
    """Return all that a person or a log could have read."""
    shown = capfd.readouterr()
    text = "".join(traceback.format_exception(error))
    return "\n".join([text, str(error), repr(error.args), shown.out, shown.err, caplog.text])


def test_an_answer_that_has_the_token_in_it_does_not_show_it(forge, caplog, capfd):
    """Some proxies send back what they got, for debugging."""
    for name in ("", "github.Requester", "urllib3"):
        caplog.set_level(logging.DEBUG, logger=name)
    echo = '{"message": "x{authorization}x", "errors": ["{authorization}"]}'
    forge.faults = [Fault(418, echo, {"X-Echo": TOKEN})]
    port = opened(forge)

    error = refused(port.pull_requests, HEAD)

    said = everything(error, caplog, capfd)
    assert "HTTP 418" in said
    assert "***" in str(error)
    assert TOKEN not in said
    assert TOKEN not in repr(vars(port))


def test_a_token_at_the_cut_of_a_long_answer_is_hidden_whole(forge):
    """Half of a token is half a secret."""
    forge.faults = [Fault(418, '{"message": "' + "x" * 1980 + ' {authorization}"}')]

    error = refused(opened(forge).pull_requests, HEAD)

    assert TOKEN[:8] not in str(error)


def test_a_note_does_not_show_the_token(origin):
    """It goes into reports."""
    with running("github", origin) as state:
        echo = '{"message": "{authorization}"}'
        state.faults = [Fault(418, echo, on="POST /api/v3/repos/acme/fleet/issues")]
        request = carried(opened(state, labels=("models",)))

    assert request.notes == ("label 'models' is not set: HTTP 418: token ***",)


def test_success_is_logged_without_the_token(forge, caplog, capfd):
    """At the most talkative level, too."""
    for name in ("", "github.Requester", "urllib3"):
        caplog.set_level(logging.DEBUG, logger=name)

    carried(opened(forge, labels=("models",), auto_merge=True), "secret plan")

    shown = capfd.readouterr()
    assert "urllib3" in caplog.text  # something was logged
    assert TOKEN not in caplog.text + shown.out + shown.err
    assert "secret plan" not in caplog.text


@pytest.mark.parametrize("token", ["abc\n", "two words", "schlüssel", "a\x7f"])
def test_what_cannot_be_a_token_is_not_shown(token):
    """The library would quote it to say that it is no header."""
    error = refused(
        open_forge, Delivery("https://github.com/acme/fleet"), {"TFS_GITOPS_TOKEN": token}
    )

    assert token.strip() not in str(error)
    assert "line break" in error.hint


def test_a_redirect_to_another_host_gets_no_token(forge, origin):
    """The forge's word is not enough to send it on."""
    with STAND_INS[type(forge).__name__.lower()](origin) as stranger:
        forge.redirect = stranger.url.replace("127.0.0.1", "localhost")
        refused(opened(forge).pull_requests, HEAD)

    assert TOKEN in "".join(forge.headers)
    assert TOKEN not in "".join(stranger.headers)


def test_a_further_page_on_another_host_gets_no_token(forge, origin):
    """Both libraries go where an answer says that the next page is."""
    with STAND_INS[type(forge).__name__.lower()](origin) as stranger:
        forge.pages = stranger.url.replace("127.0.0.1", "localhost")
        for number in range(1, 31):
            sha = forge.tip("main")
            forge.pulls.append(Pull(number, "t", "", HEAD, "main", sha, "closed", fork="acme"))
        try:
            assert opened(forge).pull_requests(HEAD) == ()
        except PublishError:
            assert type(forge).__name__ == "GitHub"  # PyGithub stops; python-gitlab stays here

    assert TOKEN not in "".join(stranger.headers)


def test_there_is_no_forge_without_a_token():
    """The variables are named, also those that count for other hosts alone."""
    error = refused(open_forge, Delivery("https://github.com/acme/fleet"), {})

    assert "https://github.com/acme/fleet: there is no token" in str(error)
    for name in ("TFS_GITOPS_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "GITHUB_SERVER_URL"):
        assert name in error.hint
    error = refused(open_forge, Delivery("https://gitlab.com/acme/fleet"), {})
    assert "GITLAB_TOKEN" in error.hint


OWN = {"GITHUB_TOKEN": "hub", "GITLAB_TOKEN": "lab"}
ENTERPRISE = {
    "GITHUB_SERVER_URL": "https://ghe.example",
    "GITHUB_API_URL": "https://ghe.example/api/v3",
}


@pytest.mark.parametrize(
    ("repository", "api", "environ", "token"),
    [
        ("https://github.com/a/b", ForgeApi(), OWN, "hub"),
        ("git@github.com:a/b", ForgeApi(), OWN, "hub"),
        ("ssh://git@ssh.github.com:443/a/b", ForgeApi(), OWN, "hub"),
        ("https://gitlab.com/a/b", ForgeApi(), OWN, "lab"),
        ("https://ghe.example/a/b", ForgeApi(), OWN | ENTERPRISE, "hub"),
        ("https://ghe.example/a/b", ForgeApi("github"), OWN, None),
        ("https://github.com/a/b", ForgeApi(), OWN | ENTERPRISE, None),
        ("https://github.com/a/b", ForgeApi(api_url="https://evil.example"), OWN, None),
        ("https://github.com/a/b", ForgeApi(api_url="https://api.github.com.evil"), OWN, None),
        ("https://gitlab.com/a/b", ForgeApi(api_url="https://evil.example/api/v4"), OWN, None),
        (
            "https://acme.ghe.com/a/b",
            ForgeApi(),
            OWN
            | {
                "GITHUB_SERVER_URL": "https://acme.ghe.com",
                "GITHUB_API_URL": "https://api.acme.ghe.com",
            },
            "hub",
        ),
        (
            "https://github.com/a/b",
            ForgeApi(api_url="https://proxy.example"),
            OWN | {"TFS_GITOPS_TOKEN": "mine"},
            "mine",
        ),
    ],
)
def test_a_forges_own_token_goes_to_its_own_api_alone(repository, api, environ, token):
    """Whoever may edit an environment could otherwise send it anywhere."""
    there = Delivery(repository, forge=api)
    if token is None:
        assert "no token" in str(refused(open_forge, there, environ))
    else:
        tokens = Tokens(environ, "https://proxy.example/a/policies")
        assert open_access(locate(there, environ), tokens, Patience()).token == token


# Which forge it is, and what the project is called there.

HUB, LAB = "https://api.github.com", "https://gitlab.com/api/v4"


@pytest.mark.parametrize(
    ("repository", "kind", "api_url", "project"),
    [
        ("https://github.com/acme/fleet", Kind.GITHUB, HUB, "acme/fleet"),
        ("https://github.com/acme/fleet.git", Kind.GITHUB, HUB, "acme/fleet"),
        ("https://github.com/acme/fleet.git/", Kind.GITHUB, HUB, "acme/fleet"),
        ("https://bot:hunter/2@GitHub.com/acme/fleet.js.git", Kind.GITHUB, HUB, "acme/fleet.js"),
        ("https://github.com:443/acme/fleet", Kind.GITHUB, HUB, "acme/fleet"),
        ("http://github.com/acme/fleet", Kind.GITHUB, HUB, "acme/fleet"),
        ("ssh://git@github.com/acme/fleet.git", Kind.GITHUB, HUB, "acme/fleet"),
        ("ssh://git@github.com:22/acme/fleet.git", Kind.GITHUB, HUB, "acme/fleet"),
        ("ssh://git@ssh.github.com:443/acme/fleet.git", Kind.GITHUB, HUB, "acme/fleet"),
        ("git@github.com:acme/fleet.git", Kind.GITHUB, HUB, "acme/fleet"),
        ("git@github.com:/acme/fleet", Kind.GITHUB, HUB, "acme/fleet"),
        ("https://gitlab.com/acme/fleet.git", Kind.GITLAB, LAB, "acme/fleet"),
        ("https://gitlab.com/acme/ml/fleet.git", Kind.GITLAB, LAB, "acme/ml/fleet"),
        ("git@gitlab.com:acme/ml/a/b/fleet.git", Kind.GITLAB, LAB, "acme/ml/a/b/fleet"),
        ("ssh://git@altssh.gitlab.com:443/acme/fleet.git", Kind.GITLAB, LAB, "acme/fleet"),
        ("https://gitlab.com/acme/a%20b", Kind.GITLAB, LAB, "acme/a b"),
    ],
)
def test_the_host_says_which_forge_it_is(repository, kind, api_url, project):
    """In each way in which Git and the forges write a URL."""
    found = locate(Delivery(repository), {})

    assert (found.kind, found.api_url, found.project) == (kind, api_url, project)
    assert "hunter" not in found.place


RUNNERS = {
    "GITHUB_API_URL": "https://ghe.example/api/v3",
    "CI_API_V4_URL": "https://git.example/lab/api/v4",
}


@pytest.mark.parametrize(
    ("repository", "forge_type", "api_url", "expected", "project"),
    [
        ("https://ghe.example/a/b", None, None, (Kind.GITHUB, "https://ghe.example/api/v3"), "a/b"),
        ("git@ghe.example:a/b.git", None, None, (Kind.GITHUB, "https://ghe.example/api/v3"), "a/b"),
        (
            *("https://git.example/lab/a/b", None, None),
            *((Kind.GITLAB, "https://git.example/lab/api/v4"), "a/b"),
        ),
        (
            *("git@git.example:lab/a/b", None, None),
            *((Kind.GITLAB, "https://git.example/lab/api/v4"), "lab/a/b"),
        ),
        ("https://h:8443/a/b", "github", None, (Kind.GITHUB, "https://h:8443/api/v3"), "a/b"),
        ("http://h:8080/a/b", "gitlab", None, (Kind.GITLAB, "http://h:8080/api/v4"), "a/b"),
        ("ssh://git@h:2222/a/b", "github", None, (Kind.GITHUB, "https://h/api/v3"), "a/b"),
        ("ssh://git@h:2222/a/b", "gitlab", None, (Kind.GITLAB, "https://h/api/v4"), "a/b"),
        ("https://h/a/b", "github", "https://x/api/v3/", (Kind.GITHUB, "https://x/api/v3"), "a/b"),
        ("https://github.com/a/b", None, "https://x", (Kind.GITHUB, "https://x"), "a/b"),
    ],
)
def test_another_host_is_told_by_the_environment_or_the_runner(
    repository, forge_type, api_url, expected, project
):
    """What the environment says counts first."""
    found = locate(Delivery(repository, forge=ForgeApi(forge_type, api_url)), RUNNERS)

    assert ((found.kind, found.api_url), found.project) == (expected, project)


@pytest.mark.parametrize(
    ("repository", "api", "problem"),
    [
        ("https://ghe.elsewhere/a/b", ForgeApi(), "no telling which forge ghe.elsewhere is"),
        ("https://evil-github.com/a/b", ForgeApi(), "no telling which"),
        ("https://ghe.example.evil/a/b", ForgeApi(), "no telling which"),
        ("file:///srv/fleet.git", ForgeApi("github"), "on no forge"),
        ("../fleet", ForgeApi("github"), "on no forge"),
        ("https://h:port/a/b", ForgeApi("github"), "on no forge"),
        ("https://github.com/fleet", ForgeApi(), "'fleet' is not the path"),
        ("https://github.com/", ForgeApi(), "'' is not the path"),
        ("https://github.com/a/b/c", ForgeApi(), "'a/b/c' is not the path"),
        ("https://gitlab.com/fleet.git", ForgeApi(), "'fleet' is not the path"),
        ("https://gitlab.com/a//b", ForgeApi(), "'a//b' is not the path"),
        ("https://h/a/b", ForgeApi("github", "https://h:port"), "apiUrl: https://h:port: not"),
        ("https://h/a/b", ForgeApi("github", "https://u:pw@h"), "apiUrl: there are credentials"),
    ],
)
def test_what_is_not_clear_is_an_error_that_names_the_key(repository, api, problem):
    """Guessing would open pull requests in the wrong place."""
    error = refused(open_forge, Delivery(repository, forge=api), RUNNERS | OWN)

    assert problem in str(error)
    assert "spec.delivery." in str(error)
    assert "pw" not in str(error)


def test_the_keys_of_the_environment():
    """Each has its place in the delivery, or its default."""
    keys = {
        "forge": {"type": "github", "apiUrl": "https://h/api/v3"},
        "pullRequest": {"labels": ["models"], "reviewers": ["ada"], "autoMerge": True},
    }
    document = {"metadata": {"name": "prod"}, "spec": {"delivery": keys, "policy": []}}

    environment = parse(document, "environments/prod.yaml", ())

    assert environment.delivery.forge == ForgeApi("github", "https://h/api/v3")
    assert environment.delivery.pull_request == Review(("models",), ("ada",), auto_merge=True)
    keys.clear()
    bare = parse(document, "environments/prod.yaml", ())
    assert (bare.delivery.forge, bare.delivery.pull_request) == (ForgeApi(), Review())


def test_patience_ends():
    """What is too long is remembered, and costs nothing."""
    patience = Patience(3)

    assert [patience.spend(2), patience.spend(2), patience.spend(1)] == [True, False, True]
    assert (patience.left, patience.asked) == (0, 2)
