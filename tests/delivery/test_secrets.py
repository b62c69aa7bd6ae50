"""Secrets go home only: whom a token is sent to, whatever the files of a project name."""

import subprocess

import pytest

from generator.delivery.commitment import Commitment
from generator.delivery.credentials import Tokens
from generator.delivery.forge import open_forge
from generator.delivery.forge.access import open_access
from generator.delivery.forge.address import locate
from generator.delivery.forge.retry import Patience
from generator.delivery.git import open_branch
from generator.environment.delivery import Delivery, ForgeApi
from generator.errors import PublishError
from tests.kit.project import ProjectFolder
from tests.servers.git_http import basic, git_http
from tests.servers.github import github
from tests.servers.https import authority
from tests.servers.one_answer import one_answer
from tests.servers.tunnel import tunnel

MINE = {"TFS_GITOPS_TOKEN": "mine"}
ALL = {"GITHUB_TOKEN": "hub", "GH_TOKEN": "gh", "GITLAB_TOKEN": "lab"} | MINE
GITHUB = {"GITHUB_SERVER_URL": "https://GHE.example:8443", "GITHUB_API_URL": "https://api.ghe.e/v3"}
GITLAB = {"CI_SERVER_HOST": "Git.example", "CI_API_V4_URL": "https://git.example/api/v4"}


def named(hosts):
    """Return an environment with a token, and the hosts that it is for."""
    return MINE | {"TFS_GITOPS_TOKEN_HOSTS": hosts}


@pytest.mark.parametrize(
    ("environ", "origin", "url"),
    [
        (named("git.example"), None, "https://git.example/a/b.git"),
        (named("git.example"), None, "https://GIT.Example:8443/a"),
        (named("git.example"), None, "https://bot@git.example/a"),
        (named("git.example"), None, "https://api.git.example/v3"),
        (named("a.example, git.example"), None, "https://git.example/a"),
        (named(" a.example\tgit.example\n"), None, "https://git.example/a"),
        (named("git.example:8443"), None, "https://git.example:8443/a"),
        (named("https://git.example/"), None, "https://git.example/a"),
        (named("git.example:443"), None, "https://git.example/a"),
        (named("10.0.0.7"), None, "https://10.0.0.7/a"),
        (named("[fd00::7]"), None, "https://[fd00::7]/a"),
        (MINE, "https://git.example/acme/policies", "https://git.example/acme/fleet"),
        (MINE, "https://bot:secret@git.example/acme/policies", "https://git.example/acme/fleet"),
        (MINE, "http://git.example:3000/acme/policies", "https://git.example/acme/fleet"),
        (MINE, "git@git.example:acme/policies.git", "https://git.example/acme/fleet"),
        (MINE, "ssh://git@git.example:2222/acme/policies", "https://git.example/acme/fleet"),
        (MINE, "ssh://git@ssh.github.com:443/acme/policies", "https://api.github.com"),
        (MINE | GITHUB, None, "https://ghe.example/a"),
        (MINE | GITHUB, None, "https://api.ghe.e/v3"),
        (MINE | GITHUB, "https://git.example/a", "https://git.example/a"),
        (MINE | GITLAB, None, "https://git.example/a"),
        (MINE, None, "https://github.com/a"),
        (MINE, None, "https://api.github.com"),
        (MINE, None, "https://gitlab.com/a"),
        (MINE, "/srv/policies.git", "https://github.com/a"),
        (MINE, None, "http://127.0.0.1:1234/a"),
        (MINE, None, "http://127.9.9.9/a"),
        (MINE, None, "http://localhost:1234/a"),
        (MINE, None, "https://LOCALHOST/a"),
        (MINE, None, "http://[::1]:1234/a"),
        (ALL | GITHUB, "https://git.example/a", "https://git.example/a"),
    ],
)
def test_the_tools_own_token_goes_home(environ, origin, url):
    """To the origin's host, a runner's forge, named hosts and this machine; an API beside them."""
    assert Tokens(environ, origin).for_url(url) == "mine"


@pytest.mark.parametrize(
    ("environ", "origin", "url"),
    [
        (MINE, None, "https://git.example/a"),
        (MINE, "https://git.example/a", "https://evil.example/a"),
        (MINE, "https://git.example/a", "https://github.com/a"),
        (MINE | GITHUB, None, "https://github.com/a"),
        (MINE | GITLAB, None, "https://gitlab.com/a"),
        (named(""), "/srv/git.example", "https://git.example/a"),
        (MINE, "git.example", "https://git.example/a"),
        # Over http, whoever is on the way reads it.
        (named("git.example"), "http://git.example/a", "http://git.example/a"),
        (named("git.example:80"), None, "http://git.example/a"),
        (named("http://git.example"), None, "http://git.example/a"),
        (named("10.0.0.7"), None, "http://10.0.0.7/a"),
        (named("git.example"), None, "ftp://git.example/a"),
        # A name that only looks like it.
        (named("git.example"), None, "https://git.example.evil/a"),
        (named("git.example"), None, "https://evil-git.example/a"),
        (named("git.example"), None, "https://x.git.example/a"),
        (named("git.example"), None, "https://git.example@evil/a"),
        (named("git.example"), None, "https://git.example:x@evil/a"),
        (named("git.example"), None, "https://evil/git.example"),
        (named("git.example"), None, "https://evil/@git.example"),
        (named("git.example"), None, "https://evil?@git.example"),
        (named("git.example"), None, "https://evil#@git.example"),
        (named("git.example"), None, "https://git.example?@evil/a"),
        (named("git.example"), None, "https://git.example#@evil/a"),
        (named("git.example"), None, "https://git.example:443?@evil/a"),
        (MINE, None, "http://127.0.0.1:1234?@evil/a"),
        (named("git.example"), None, "https://evil\\@git.example/a"),
        (named("git.example"), None, "https://git.example\\@evil/a"),
        (named("git.example"), None, "https://evil\t@git.example/a"),
        (named("git.example"), None, "https://git.example\n.evil/a"),
        (named("git.example"), None, "https://git.example%2eevil/a"),
        (named("git.example"), None, "https:git.example/a"),
        (named("git.example"), None, "https:///git.example/a"),
        (named("git.example"), None, "https://git.example./a"),
        (named("gitk.example"), None, "https://git\u212a.example/a"),
        (named("git.example:8443"), None, "https://git.example/a"),
        (named("git.example:8443"), None, "https://git.example:9443/a"),
        (named("git.example:443"), None, "https://git.example:9443/a"),
        (named("*"), None, "https://git.example/a"),
        (named("*.example"), None, "https://git.example/a"),
        (named("example"), None, "https://git.example/a"),
        # This machine is what is written so, not what resolves to it.
        (MINE, None, "http://localhost.evil/a"),
        (MINE, None, "http://127.0.0.1.evil/a"),
        (MINE, None, "http://127.1/a"),
        (MINE, None, "http://0177.0.0.1/a"),
        (MINE, None, "http://2130706433/a"),
        (MINE, None, "http://0.0.0.0/a"),
        (MINE, None, "http://[::ffff:127.0.0.1]/a"),
        (MINE, None, "http://128.0.0.1/a"),
        (MINE, None, "http://localhost@evil/a"),
        # An empty token is none.
        ({"TFS_GITOPS_TOKEN": ""}, None, "https://github.com/a"),
    ],
)
def test_the_tools_own_token_goes_nowhere_else(environ, origin, url):
    """Also where the file that names the host is reviewed by nobody yet."""
    assert Tokens(environ, origin).for_url(url) is None


@pytest.mark.parametrize(
    ("environ", "url", "token"),
    [
        ({}, "https://github.com/a", "hub"),
        ({}, "https://api.github.com", "hub"),
        ({}, "https://gitlab.com/a", "lab"),
        ({}, "http://github.com/a", None),
        ({}, "https://127.0.0.1/a", None),
        ({}, "https://git.example/a", None),
        ({"TFS_GITOPS_TOKEN_HOSTS": "git.example"}, "https://git.example/a", None),
        (GITHUB, "https://ghe.example/a", "hub"),
        (GITHUB, "https://github.com/a", None),
        (GITHUB, "https://gitlab.com/a", "lab"),
        (GITLAB, "https://git.example/a", "lab"),
        (GITLAB, "https://gitlab.com/a", None),
        ({"GITHUB_SERVER_URL": "http://127.0.0.1:8080"}, "http://127.0.0.1:8080/a", "hub"),
        ({"GITHUB_SERVER_URL": "http://ghe.example"}, "http://ghe.example/a", None),
        ({"GITHUB_TOKEN": ""}, "https://github.com/a", "gh"),
    ],
)
def test_the_token_of_a_forge_goes_to_that_forge(environ, url, token):
    """Neither the checkout's origin nor a list of hosts sends it elsewhere."""
    environ = ALL | {"TFS_GITOPS_TOKEN": ""} | environ

    assert Tokens(environ, "https://git.example/policies").for_url(url) == token


@pytest.fixture
def far(origin, tmp_path, monkeypatch):
    """Serve the origin at https://git.example, and at any other name, to who has the token."""
    own = authority(tmp_path, "git.example", "evil.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(own.bundle))
    with (
        git_http(
            origin.path.parent, user="x-access-token", password="mine", tls=own.server
        ) as server,
        tunnel(int(server.url.rpartition(":")[2])) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        yield server


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a project that delivers to https://git.example, with a token in the environment."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "mine")
    project = ProjectFolder.create(tmp_path / "project", "https://git.example/origin.git")
    project.environment()
    project.publish("a", 1)
    return project


def clone(project, url):
    """Make the project folder a checkout of *url*."""
    for words in (("init", "--quiet"), ("remote", "add", "origin", url)):
        subprocess.run(["git", "-C", project.root, *words], check=True)


@pytest.mark.parametrize("command", [("plan", "dev"), ("sync", "dev"), ("history", "dev")])
def test_a_token_is_not_sent_to_a_host_that_only_the_files_name(far, project, command):
    """The server asks for it, gets none, and a person is told why and what to do."""
    clone(project, "https://other.example/policies")

    result = project.run(*command)

    assert result.exit_code == 5
    assert "TFS_GITOPS_TOKEN is not sent to git.example" in result.stderr
    assert "set TFS_GITOPS_TOKEN_HOSTS=git.example" in result.stderr
    assert far.requests
    assert far.authorizations == []


def test_a_token_is_sent_to_hosts_that_the_operator_names(far, project, monkeypatch):
    """Outside the files of the project."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN_HOSTS", "other.example, git.example")

    assert project.run("sync").exit_code == 0
    assert set(far.authorizations) == {basic("x-access-token", "mine")}


@pytest.mark.parametrize("remote", ["https://git.example/policies", "git@git.example:policies"])
@pytest.mark.parametrize("depth", [".", "teams/a"])
def test_a_token_is_sent_to_the_host_of_the_checkouts_origin(far, project, remote, depth):
    """The most usual case: policies and deliveries are on one server."""
    clone(project, remote)
    inner = project.root / depth
    inner.mkdir(parents=True, exist_ok=True)

    branch = open_branch(Delivery("https://git.example/origin.git"), inner)

    assert branch.commit(Commitment({"a": b""}, (), "ours"))
    assert set(far.authorizations) == {basic("x-access-token", "mine")}


def test_what_needs_no_token_goes_on_without_one(origin, tmp_path, monkeypatch):
    """A public repository can be planned for."""
    own = authority(tmp_path, "git.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(own.bundle))
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "mine")
    with (
        git_http(origin.path.parent, tls=own.server) as server,
        tunnel(int(server.url.rpartition(":")[2])) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        assert open_branch(Delivery("https://git.example/origin.git"), tmp_path).has("")

    assert server.authorizations == []


def test_no_token_is_sent_in_the_clear(private, tmp_path, monkeypatch):
    """Also not to a host that is named: whoever is on the way would read it."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "right")
    monkeypatch.setenv("TFS_GITOPS_TOKEN_HOSTS", "0.0.0.0")  # noqa: S104  asked, not bound to
    url = private.url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104  this machine, otherwise

    with pytest.raises(PublishError, match="TFS_GITOPS_TOKEN is not sent over http") as error:
        open_branch(Delivery(f"{url}/origin.git"), tmp_path)

    assert "https" in error.value.hint
    assert private.requests
    assert private.authorizations == []


@pytest.mark.parametrize("asks_first", [False, True])
def test_no_token_goes_where_a_redirect_leads(private, tmp_path, monkeypatch, asks_first):
    """Neither to another port of the same host: somebody else may listen there."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", "right")

    with (
        one_answer(301, asks_first=asks_first, Location=f"{private.url}PATH") as (url, _),
        pytest.raises(PublishError, match=r"redirects to .* where no token is sent") as error,
    ):
        open_branch(Delivery(f"{url}/origin.git"), tmp_path)

    assert private.authorizations == []
    assert "that it redirects to" in error.value.hint


@pytest.fixture
def private(origin):
    """Serve the origin to those who have the token."""
    with git_http(origin.path.parent, user="x-access-token", password="right") as server:
        yield server


@pytest.mark.parametrize("api", ["https://evil.example/api/v3", "http://git.example/api/v3"])
def test_an_api_gets_no_token_that_is_not_at_home_there(api):
    """`forge.apiUrl` is in a file of the project too; nothing is asked of it."""
    delivery = Delivery("https://git.example/acme/fleet", forge=ForgeApi("github", api))

    with pytest.raises(PublishError) as error:
        open_forge(delivery, named("git.example"))

    assert "TFS_GITOPS_TOKEN is not sent " in str(error.value)
    assert error.value.exit_code == 5


@pytest.mark.parametrize(
    "api", ["https://git.example/api/v3", "https://api.git.example", "http://127.0.0.1:1/api/v3"]
)
def test_an_api_beside_a_home_gets_the_token(api):
    """The API of a forge is at its host, or at `api.` before it."""
    delivery = Delivery("https://git.example/acme/fleet", forge=ForgeApi("github", api))
    tokens = Tokens(MINE, "git@git.example:acme/policies")

    assert open_access(locate(delivery, MINE), tokens, Patience()).token == "mine"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_an_api_that_redirects_takes_no_token_along(origin, status):
    """PyGithub refuses to go elsewhere; the error names the API."""
    with github(origin) as state, one_answer(status, Location=f"{state.url}PATH") as (url, seen):
        delivery = Delivery(f"{url}/acme/fleet", forge=ForgeApi("github", f"{url}/api/v3"))
        with pytest.raises(PublishError):
            open_forge(delivery, MINE).pull_requests("x")

    assert seen
    assert state.requests == []
