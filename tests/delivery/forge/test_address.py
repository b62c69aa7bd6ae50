"""Where the API of a forge is, and which token is sent there."""

import pytest

from generator.delivery.credentials import Tokens
from generator.delivery.forge import open_forge
from generator.delivery.forge.access import open_access
from generator.delivery.forge.address import Kind, locate, pull_request_keys
from generator.delivery.forge.retry import Patience
from generator.environment.delivery import Delivery, ForgeApi, Review
from generator.environment.parse import parse
from tests.kit.forges import refused

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


@pytest.mark.parametrize(
    ("repository", "forge", "keys"),
    [
        ("https://github.com/acme/fleet.git", ForgeApi(), {"mode": "pull-request"}),
        ("git@gitlab.com:acme/ml/fleet.git", ForgeApi(), {"mode": "pull-request"}),
        (
            "https://gitlab.acme.example/ml/fleet.git",
            ForgeApi(),
            {"mode": "pull-request", "forge": {"type": "gitlab"}},
        ),
        ("https://git.acme.example/ml/fleet", ForgeApi("gitlab"), {"mode": "pull-request"}),
        ("https://git.acme.example/ml/fleet.git", ForgeApi(), None),
        ("https://gitlab.acme.example/a/b/c.git", ForgeApi("github"), None),
        ("https://github.com/fleet.git", ForgeApi(), None),
        ("https://git.example/github.com/fleet.git", ForgeApi(), None),
        ("fleet.git", ForgeApi(), None),
        ("file:///srv/fleet.git", ForgeApi(), None),
    ],
)
def test_a_new_fleet_asks_for_pull_requests_where_they_can_be_opened(repository, forge, keys):
    """A host that is called after a forge is taken for one; what is said of it counts more."""
    assert pull_request_keys(repository, forge) == keys
