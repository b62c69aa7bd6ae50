"""The tips of branches as `git ls-remote` tells them, before libgit2 is loaded.

Where there is no `git`, libgit2 is asked. It takes the same tokens to the same hosts.
"""

import base64
import os
import signal
import subprocess
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from generator.delivery import address
from generator.delivery.credentials import OWN, Tokens, hide_credentials
from generator.errors import PublishError

_TIMEOUT = 10
"""Seconds for an answer; who needs longer is asked by the whole run, and both end in a minute."""

_GIT = "git"
_HEADS = "refs/heads/"
_SSH = "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes -oConnectTimeout=10"
_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "file:http:https:ssh",
    "GIT_HTTP_LOW_SPEED_LIMIT": "1",
    "GIT_HTTP_LOW_SPEED_TIME": "5",
}


def tips(project: Path, url: str, names: Collection[str]) -> dict[str, str | None]:
    """Return the commits at the branches *names* of the repository at *url*, or None for no branch.

    A relative path is from the folder *project*.

    Raises:
        PublishError: The repository is not to be reached, or does not answer.
    """
    heads = [f"{_HEADS}{name}" for name in sorted(names)]
    place = address.path(url, project) or url
    try:
        told = _told([_GIT, "ls-remote", "--", str(place), *heads], _environment(url, project))
    except FileNotFoundError:
        from generator.delivery import git  # noqa: PLC0415  100 ms

        return git.tips(url, project, names)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        problem = f"{hide_credentials(url)}: `git ls-remote` tells nothing: {type(error).__name__}"
        raise PublishError(problem, hint="run it by hand") from error
    lines = (line.split("\t", 1) for line in told.decode(errors="replace").splitlines())
    found = {line[1]: line[0] for line in lines if len(line) > 1}
    return {name: found.get(f"{_HEADS}{name}") for name in names}


def _told(command: Sequence[str], environment: Mapping[str, str]) -> bytes:
    """Return what Git prints; nothing that it has started goes on after this.

    Raises:
        OSError: It cannot be started.
        subprocess.SubprocessError: It fails, or takes too long.
    """
    with subprocess.Popen(  # noqa: S603  the address is no option, and of a known protocol
        command,
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as git:
        try:
            told, _ = git.communicate(timeout=_TIMEOUT)
        except BaseException:
            # Git asks a server by programs of its own, and those wait for it alone.
            with suppress(OSError):  # it has just ended
                os.killpg(git.pid, signal.SIGKILL)
            raise
    if git.returncode:
        raise subprocess.CalledProcessError(git.returncode, _GIT)
    return told


def _environment(url: str, project: Path) -> Mapping[str, str]:
    """Return the environment in which git asks nobody, and sends a token to its host alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    kept |= {name: value for name, value in os.environ.items() if name in _KEPT} | _QUIET
    kept.setdefault("GIT_SSH_COMMAND", _SSH)
    if bundle := next((os.environ[name] for name in _BUNDLES if os.environ.get(name)), None):
        kept["GIT_SSL_CAINFO"] = bundle
    settings = [("credential.helper", ""), ("http.followRedirects", "false")]
    if url.startswith(("http://", "https://")):
        origin = origin_of(project) if os.environ.get(OWN) else None
        if token := Tokens(os.environ, origin).for_url(url):
            basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
            settings.append((f"http.{url}.extraHeader", f"Authorization: Basic {basic}"))
    kept["GIT_CONFIG_COUNT"] = str(len(settings))
    for number, (name, value) in enumerate(settings):
        kept |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return kept


_KEPT = ("GIT_SSH_COMMAND", "GIT_SSH", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL", "GIT_EXEC_PATH")


def origin_of(project: Path) -> str | None:
    """Return the URL of the remote `origin` of the checkout that *project* is in."""
    command = [_GIT, "-C", str(project), "config", "--get", "remote.origin.url"]
    try:
        asked = subprocess.run(  # noqa: S603  no word of it is anybody's but the folder's
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.decode(errors="replace").strip() or None
