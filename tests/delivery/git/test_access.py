"""Who is let in, and who is trusted: tokens, certificates, redirects, proxies."""

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.delivery.commitment import Commitment
from generator.delivery.git import open_branch
from generator.environment.delivery import Delivery
from generator.errors import PublishError
from tests.servers.git_http import GitServer, basic, git_http
from tests.servers.https import authority
from tests.servers.one_answer import one_answer


def opened(url):
    """Open the branch main of any URL."""
    return open_branch(Delivery(url), Path("/nowhere"))


@pytest.fixture
def private(origin) -> Iterator[GitServer]:
    """Serve the origin to those who have the token."""
    with git_http(origin.path.parent, user="x-access-token", password="right") as server:
        yield server


def test_no_token_is_an_error_that_names_the_variable(private):
    """The next step is to set it, or to use ssh."""
    with pytest.raises(PublishError, match="there is no token for it") as error:
        opened(f"{private.url}/origin.git")

    assert error.value.exit_code == 5
    assert "set TFS_GITOPS_TOKEN" in error.value.hint
    assert private.authorizations == []


def test_a_wrong_token_is_refused_once(private, monkeypatch):
    """It is not sent again and again, which would lock the account; it is not shown."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "hunter2")

    with pytest.raises(PublishError, match="the token gave no access") as error:
        opened(f"{private.url}/origin.git")

    assert private.authorizations == [basic("x-access-token", "hunter2")]
    assert "hunter2" not in str(error.value)


def test_the_right_token_reads_and_writes(private, origin, monkeypatch):
    """From TFS_GITOPS_TOKEN, for fetch and push."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "right")

    assert opened(f"{private.url}/origin.git").commit(Commitment({"a": b""}, (), "ours"))

    assert origin.log() == ["ours", "start"]


def test_a_user_name_in_the_url_goes_with_the_token(origin, monkeypatch):
    """Deploy tokens of GitLab have one."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "right")
    with git_http(origin.path.parent, user="deployer", password="right") as server:
        url = server.url.replace("://", "://deployer@")

        assert opened(f"{url}/origin.git").commit(Commitment({"a": b""}, (), "ours"))


def test_a_password_in_the_url_is_used_and_never_shown(origin, git_server, monkeypatch):
    """It may hold what must be quoted in a URL; an error shows neither it nor the user."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "another")
    with git_http(origin.path.parent, user="b@t", password="hunter@2/") as server:
        host = server.url.removeprefix("http://")
        assert opened(f"http://b%40t:hunter%402%2F@{host}/origin.git").has("") is True

    for wrong in ("hunter2", "hunter%402", "hunter@2", "hunter/2"):
        with git_http(origin.path.parent, user="bot", password="") as server:
            host = server.url.removeprefix("http://")
            with pytest.raises(PublishError) as refused:
                opened(f"http://bot:{wrong}@{host}/origin.git")
        assert "hunter" not in str(refused.value)
        assert "another" not in "".join(
            base64.b64decode(sent.removeprefix("Basic ")).decode() for sent in server.authorizations
        )

    host = git_server.url.removeprefix("http://")
    branch = open_branch(Delivery(f"http://bot:hunter2@{host}"), Path("/nowhere"))
    shutil.rmtree(origin.path)
    for attempt in (branch.fetch, lambda: branch.commit(Commitment({"a": b""}, (), "ours"))):
        with pytest.raises(PublishError) as error:
            attempt()
        assert "hunter2" not in str(error.value)
        assert host in str(error.value)


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN"])
def test_the_token_of_a_forge_is_never_sent_to_another_host(private, monkeypatch, name):
    """A runner has one in its environment, whatever the repository is."""
    monkeypatch.setenv(name, "right")

    with pytest.raises(PublishError, match="there is no token for it"):
        opened(f"{private.url}/origin.git")

    assert private.authorizations == []


@pytest.mark.parametrize(
    ("name", "host", "value"),
    [
        ("GITHUB_TOKEN", "GITHUB_SERVER_URL", "http://127.0.0.1"),
        ("GITLAB_TOKEN", "CI_SERVER_HOST", "127.0.0.1"),
    ],
)
def test_the_token_of_a_forge_is_sent_to_that_forge(private, monkeypatch, name, host, value):
    """A forge of one's own is known by the variables that its runners set."""
    monkeypatch.setenv(name, "right")
    monkeypatch.setenv(host, value)

    assert opened(f"{private.url}/origin.git").has("")


@pytest.mark.parametrize("secret", ["TFS_GITOPS_TOKEN", "GITHUB_TOKEN", "URL"])
def test_a_redirect_to_another_host_gets_no_credentials(private, monkeypatch, secret):
    """Where it leads is in the message, so that a person can decide."""
    monkeypatch.setenv("GITHUB_SERVER_URL", "http://localhost")
    user = "bot:right@" if secret == "URL" else ""
    if not user:
        monkeypatch.setenv(secret, "right")

    with one_answer(301, Location=f"{private.url}PATH") as (url, _):
        port = url.rpartition(":")[2]
        with pytest.raises(PublishError, match=r"'localhost' to '127\.0\.0\.1'") as error:
            opened(f"http://{user}localhost:{port}/origin.git")

    assert private.authorizations == []
    assert "that it redirects to" in error.value.hint


def test_a_redirect_on_the_same_host_is_followed(git_server):
    """Forges redirect to the canonical name of a repository."""
    site = git_server.url.removesuffix("/origin.git")

    with one_answer(301, Location=f"{site}PATH") as (url, _):
        assert opened(f"{url}/origin.git").has("")


def test_a_redirect_on_the_same_server_takes_the_token_along(private, monkeypatch):
    """A repository that was renamed is still at home."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "right")
    private.moved["/old.git"] = "/origin.git"

    assert opened(f"{private.url}/old.git").has("")


def test_a_proxy_is_used(monkeypatch):
    """Many runners reach a forge through one only, and say so in the environment."""
    with one_answer(502) as (url, seen):
        monkeypatch.setenv("HTTPS_PROXY", url)
        with pytest.raises(PublishError, match="proxy"):
            opened("https://git.example.invalid/fleet.git")

    assert seen == ["CONNECT git.example.invalid:443 HTTP/1.1"]


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_private_authority_is_trusted_if_the_environment_says_so(
    origin, tmp_path, monkeypatch, variable
):
    """By the variables that the store's clients read too."""
    own = authority(tmp_path)
    monkeypatch.setenv(variable, str(own.bundle))

    with git_http(origin.path.parent, tls=own.server) as server:
        assert opened(f"{server.url}/origin.git").commit(Commitment({"a": b""}, (), "ours"))

    assert origin.log() == ["ours", "start"]


def test_an_unknown_authority_is_refused(origin, tmp_path, monkeypatch):
    """Before anything is asked or sent; the next step is the bundle."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "right")

    with (
        git_http(origin.path.parent, tls=authority(tmp_path).server) as server,
        pytest.raises(PublishError, match="certificate") as error,
    ):
        opened(f"{server.url}/origin.git")

    assert "SSL_CERT_FILE" in error.value.hint
    assert server.requests == []


def test_a_bundle_that_is_not_there(monkeypatch):
    """The message names the variable and the file."""
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/bundle.pem")

    with pytest.raises(PublishError, match=r"SSL_CERT_FILE: /no/such/bundle\.pem"):
        opened("https://127.0.0.1:1/fleet")
