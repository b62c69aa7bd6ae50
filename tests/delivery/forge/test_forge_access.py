"""The way to a forge: certificates, proxies, and the token, which nothing shows."""

import logging
import traceback

import pytest

from generator.delivery.forge import open_forge
from generator.environment.delivery import Delivery
from generator.errors import PublishError
from tests.kit.forges import HEAD, STAND_INS, carried, delivery, opened, refused, running
from tests.servers.forge import TOKEN, Fault, Pull
from tests.servers.https import authority


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
