"""Delivery over ssh, to a real sshd: which host is trusted, and which key it takes."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pygit2
import pytest

from generator.delivery.git import open_branch
from generator.environment.delivery import Delivery
from generator.errors import PublishError

SSHD = shutil.which("sshd") or shutil.which("/usr/sbin/sshd")


def opened(url):
    """Open the branch main of any URL."""
    return open_branch(Delivery(url), Path("/nowhere"))


@dataclass(frozen=True, slots=True)
class SshServer:
    """A running sshd, and the agent whose key it takes."""

    url: str
    known_hosts: Path
    host_key: str
    agent: Path
    key: Path


@pytest.fixture
def ssh(origin, tmp_path, monkeypatch) -> Iterator[SshServer]:
    """Serve the origin over ssh to this user."""
    if SSHD is None or not shutil.which("ssh-agent"):
        pytest.skip("sshd or ssh-agent is not installed")
    if os.geteuid() == 0 and not Path("/run/sshd").is_dir():
        pytest.skip("sshd has no /run/sshd, which it needs when it runs as root")
    home = Path(os.environ["HOME"])
    known_hosts = home / ".ssh/known_hosts"
    known_hosts.parent.mkdir(mode=0o700)
    monkeypatch.setattr(pygit2.settings, "homedir", str(home))
    host, key, agent = tmp_path / "host", home / "id", home / "agent"
    for name in (host, key):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name], check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {
        "ListenAddress": "127.0.0.1",
        "Port": port,
        "HostKey": host,
        "AuthorizedKeysFile": f"{key}.pub",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
    }
    (tmp_path / "sshd").write_text("".join(f"{name} {value}\n" for name, value in options.items()))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with (
        subprocess.Popen([SSHD, "-D", "-f", tmp_path / "sshd"], **quiet) as server,
        subprocess.Popen(["ssh-agent", "-D", "-a", agent], **quiet) as keys,
    ):
        try:
            wait_for(lambda: agent.exists() and socket.create_connection(("127.0.0.1", port)))
            kind, public = (tmp_path / "host.pub").read_text().split()[:2]
            url = f"ssh://{getpass.getuser()}@127.0.0.1:{port}{origin.path}"
            entry = f"[127.0.0.1]:{port} {kind} {public}\n"
            yield SshServer(url, known_hosts, entry, agent, key)
        finally:
            server.terminate()
            keys.terminate()


def wait_for(ready) -> None:
    """Wait until *ready* returns something, which is closed."""
    deadline = time.monotonic() + 10
    while True:
        try:
            if made := ready():
                made.close()
                return
        except OSError:
            pass
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)


def with_key(ssh: SshServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the key into the agent."""
    monkeypatch.setenv("SSH_AUTH_SOCK", str(ssh.agent))
    subprocess.run(["ssh-add", "-q", ssh.key], check=True)


def test_ssh_with_a_key_in_the_agent(ssh, origin, monkeypatch):
    """The host is known, and it knows the key."""
    ssh.known_hosts.write_text(ssh.host_key)
    with_key(ssh, monkeypatch)

    assert opened(ssh.url).commit({"a": b""}, [], "ours", None)

    assert origin.log() == ["ours", "start"]


def test_a_hook_over_ssh_that_refuses(ssh, origin, monkeypatch):
    """A protected branch: its words are shown, and the branch is what it was."""
    ssh.known_hosts.write_text(ssh.host_key)
    with_key(ssh, monkeypatch)
    hook = origin.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nsleep 0.3\necho main is protected >&2\nexit 1\n")
    hook.chmod(0o755)

    with pytest.raises(PublishError) as error:
        opened(ssh.url).commit({"a": b""}, [], "ours", None)

    refused, *said = error.value.problems
    assert "the push to 'main' was refused: pre-receive hook" in refused
    assert said == ["remote: main is protected"]
    assert "protected" in error.value.hint
    assert origin.log() == ["start"]


@pytest.mark.parametrize("known", ["nothing", "another key"])
def test_ssh_to_a_host_that_is_not_known_is_refused(ssh, origin, monkeypatch, known):
    """It could be anybody. The next step gets the key, and says to compare it."""
    other = (ssh.key.with_suffix(".pub")).read_text().split()[1]
    *head, _ = ssh.host_key.split()
    ssh.known_hosts.write_text("" if known == "nothing" else " ".join([*head, other]) + "\n")
    with_key(ssh, monkeypatch)

    with pytest.raises(PublishError, match="known_hosts has no key of that host") as error:
        opened(ssh.url).commit({"a": b""}, [], "ours", None)

    port = ssh.url.split(":")[2].partition("/")[0]
    assert f"`ssh-keyscan -p {port} 127.0.0.1 >> ~/.ssh/known_hosts`" in error.value.hint
    assert origin.log() == ["start"]


@pytest.mark.parametrize("agent", ["none", "empty"])
def test_ssh_without_a_key_is_refused(ssh, monkeypatch, agent):
    """The next step names the agent."""
    ssh.known_hosts.write_text(ssh.host_key)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    if agent == "empty":
        monkeypatch.setenv("SSH_AUTH_SOCK", str(ssh.agent))

    with pytest.raises(PublishError, match="ssh-agent") as error:
        opened(ssh.url)

    assert "ssh-agent" in error.value.hint
