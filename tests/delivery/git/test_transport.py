"""The parts of Git's transport that need no server."""

from pathlib import Path

import pytest

from generator.delivery.credentials import Tokens, hide_credentials
from generator.delivery.git import errors, open_refs, transport
from generator.delivery.git.local import LocalRefs
from generator.delivery.git.remote import RemoteRefs


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://github.com/acme/fleet.git", "https://github.com/acme/fleet.git"),
        ("https://bot:hunter2@h/fleet", "https://h/fleet"),
        ("https://hunter2@h/fleet", "https://h/fleet"),
        ("https://bot:hunter@2@h/fleet", "https://h/fleet"),
        ("https://bot:hunter/2@h/fleet", "https://h/fleet"),
        ("https://bot:hunter2@h:8443/fleet@v1", "https://h:8443/fleet@v1"),
        ("https://h:8443/a@b", "https://h:8443/a@b"),
        ("HTTPS://bot:hunter2@h/", "HTTPS://h/"),
        ("ssh://git@h:22/fleet", "ssh://h:22/fleet"),
        ("git@h:acme/fleet", "git@h:acme/fleet"),
        ("no https://a:b@c/d, nor https://e:f@g/h", "no https://c/d, nor https://g/h"),
        ("mail ada@example.com", "mail ada@example.com"),
    ],
)
def test_what_is_shown_of_a_url(url, shown):
    """Neither user nor password, of any URL in a text; all else stays as it is."""
    assert hide_credentials(url) == shown


def test_there_is_no_token_without_a_variable():
    """Nor for the forges that are known."""
    tokens = Tokens({})

    for host in ("github.com", "gitlab.com", "h"):
        assert tokens.for_url(f"https://{host}/a") is None


@pytest.mark.parametrize(
    "said",
    [
        # Git.
        "cannot lock ref 'refs/heads/main': is at 1f2e but expected 3d4c",
        "failed to update ref",
        "incorrect old value provided",
        "reference already exists",
        "non-fast-forward",
        "fetch first",
        "stale info",
        # JGit, of Gerrit and others.
        "non-fast forward",
        "failed to lock",
        # Azure DevOps.
        "TF401028: The reference 'refs/heads/main' has already been updated by another client",
    ],
)
def test_a_lost_race_is_recognised(said):
    """Each forge has its own words, and any of them means: fetch, and try again."""
    assert transport.is_lost_race(said)


@pytest.mark.parametrize(
    "said",
    [
        "pre-receive hook declined",
        "protected branch hook declined",
        "refusing to update checked out branch: refs/heads/main",
        "deny updating a hidden ref",
        "unpacker error",
        "shallow update not allowed",
        "push declined due to repository rule violations",
        "You are not allowed to push code to protected branches on this project.",
    ],
)
def test_a_refusal_is_no_lost_race(said):
    """Trying again would be in vain."""
    assert not transport.is_lost_race(said)


@pytest.mark.parametrize(
    "url",
    [
        *("https://h/fleet", "HTTPS://h/fleet", "http://h/fleet"),
        *("ssh://git@h/fleet", "git@github.com:acme/fleet.git", "git@h:/srv/fleet", "git@h:~/f"),
    ],
)
def test_what_is_behind_a_url(url):
    """Also in the short form of ssh that forges offer for copying."""
    assert isinstance(open_refs(url, Path("/nowhere")), RemoteRefs)


@pytest.mark.parametrize("name", ["fleet.git", "a fleet", "a@b/c:d", "100%25"])
def test_what_is_a_path(origin, tmp_path, name):
    """Relative ones start at the project; a file URL is quoted, and a path is not."""
    place = tmp_path / name
    place.parent.mkdir(exist_ok=True)
    origin.path.rename(place)

    for url in (
        name,
        f"./{name}",
        str(place),
        place.as_uri(),
        f"file://localhost{place.as_uri()[7:]}",
    ):
        refs = open_refs(url, tmp_path)
        assert isinstance(refs, LocalRefs)
        assert refs.tip("main")


def test_every_message_has_a_next_step():
    """Also one that nobody has foreseen."""
    assert errors.next_step("something new") == (
        "check that the repository exists, and that it may be written"
    )
