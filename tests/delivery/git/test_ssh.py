"""Delivery over ssh, to a server that runs Git: which host is trusted, and which key it takes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pygit2
import pytest

from generator.delivery.commitment import Commitment
from generator.delivery.git import open_branch
from generator.environment.delivery import Delivery
from generator.errors import PublishError
from tests.servers.git_ssh import SshServer, git_ssh


@pytest.fixture(scope="session")
def ssh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """Run one ssh server for all tests of this worker."""
    with git_ssh(tmp_path_factory.mktemp("ssh")) as server:
        yield server


@pytest.fixture
def url(ssh_server, origin, monkeypatch) -> str:
    """Return the URL of the origin; the person's home holds no key and knows no host."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setattr(pygit2.settings, "homedir", os.environ["HOME"])
    return ssh_server.url(origin.path)


def opened(url):
    """Open the branch main of any URL."""
    return open_branch(Delivery(url), Path("/nowhere"))


def know(ssh_server: SshServer, key: str) -> None:
    """Write into known_hosts that the server has *key*, and no other host any."""
    known_hosts = Path(os.environ["HOME"]) / ".ssh/known_hosts"
    known_hosts.parent.mkdir(mode=0o700)
    known_hosts.write_text(f"[127.0.0.1]:{ssh_server.port} {key}\n" if key else "")


def test_ssh_with_a_key_in_the_agent(ssh_server, url, origin, monkeypatch):
    """The host is known, and it knows the key."""
    know(ssh_server, ssh_server.host_key)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(ssh_server.agent))

    branch = opened(url)
    branch.try_push()
    assert origin.log() == ["start"]
    assert branch.commit(Commitment({"a": b""}, (), "ours"))

    assert origin.log() == ["ours", "start"]


def test_a_hook_over_ssh_that_refuses(ssh_server, url, origin, monkeypatch):
    """A protected branch: its words are shown, and the branch is what it was."""
    know(ssh_server, ssh_server.host_key)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(ssh_server.agent))
    hook = origin.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nsleep 0.3\necho main is protected >&2\nexit 1\n")
    hook.chmod(0o755)

    with pytest.raises(PublishError) as error:
        opened(url).commit(Commitment({"a": b""}, (), "ours"))

    refused, *said = error.value.problems
    assert "the push to 'main' was refused: pre-receive hook" in refused
    assert said == ["remote: main is protected"]
    assert "protected" in error.value.hint
    assert origin.log() == ["start"]


@pytest.mark.parametrize("known", ["nothing", "another key"])
def test_ssh_to_a_host_that_is_not_known_is_refused(ssh_server, url, origin, monkeypatch, known):
    """It could be anybody. The next step gets the key, and says to compare it."""
    know(ssh_server, "" if known == "nothing" else ssh_server.user_key)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(ssh_server.agent))

    with pytest.raises(PublishError, match="known_hosts has no key of that host") as error:
        opened(url).commit(Commitment({"a": b""}, (), "ours"))

    scan = f"`ssh-keyscan -p {ssh_server.port} 127.0.0.1 >> ~/.ssh/known_hosts`"
    assert scan in error.value.hint
    assert origin.log() == ["start"]


@pytest.mark.parametrize("agent", ["none", "empty"])
def test_ssh_without_a_key_is_refused(ssh_server, url, monkeypatch, agent):
    """The next step names the agent."""
    know(ssh_server, ssh_server.host_key)
    if agent == "empty":
        monkeypatch.setenv("SSH_AUTH_SOCK", str(ssh_server.empty_agent))

    with pytest.raises(PublishError, match="ssh-agent") as error:
        opened(url)

    assert "ssh-agent" in error.value.hint
