"""Git over ssh: a server that runs Git's own two programs, and an agent that holds a key.

asyncssh speaks the protocol, in a process of its own: neither sshd nor ssh-agent is needed. One
server does for all repositories of this machine.
"""

import asyncio
import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

USER = "git"
PROGRAMS = ("git-upload-pack", "git-receive-pack")


@dataclass(frozen=True, slots=True)
class SshServer:
    """A running server, and two agents: one has the key that the server takes, one has none."""

    port: int
    host_key: str
    """Type and key, as in known_hosts."""
    user_key: str
    agent: Path
    empty_agent: Path

    def url(self, repository: Path) -> str:
        """Return the URL of a repository, which may lie anywhere."""
        return f"ssh://{USER}@127.0.0.1:{self.port}{repository}"


@contextmanager
def git_ssh(folder: Path) -> Iterator[SshServer]:
    """Run server and agents for as long as the context; their sockets lie in *folder*."""
    command = [sys.executable, "-m", "tests.servers.git_ssh", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            yield SshServer(
                told["port"],
                told["hostKey"],
                told["userKey"],
                folder / "agent",
                folder / "empty-agent",
            )
        finally:
            process.terminate()


async def _serve(folder: Path) -> None:
    """Serve until the process ends, and say on standard output where."""
    import asyncssh  # noqa: PLC0415 - the tests import this module, and the process the library

    host, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    public, known = (key.export_public_key().decode().strip() for key in (user, host))
    (folder / "authorized_keys").write_text(f"{public}\n")
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host],
        authorized_client_keys=str(folder / "authorized_keys"),
        process_factory=_git,
        encoding=None,
        password_auth=False,
        kbdint_auth=False,
    )
    agents = [
        await asyncio.start_unix_server(_agent({}), folder / "empty-agent"),
        await asyncio.start_unix_server(_agent({user.public_data: user.sign}), folder / "agent"),
    ]
    ready = {"port": server.get_port(), "hostKey": known, "userKey": public}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    await asyncio.gather(server.wait_closed(), *(agent.serve_forever() for agent in agents))


async def _git(process: Any) -> None:
    """Run the program that the client asks for, and nothing but Git's two."""
    program, repository = shlex.split(process.command or "")
    if program not in PROGRAMS:
        process.exit(127)
        return
    git = await asyncio.create_subprocess_exec(
        "git",
        program.removeprefix("git-"),
        repository,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    await process.redirect(stdin=git.stdin, stdout=git.stdout, stderr=git.stderr)
    code = await git.wait()
    await process.stdout.drain()
    process.exit(code)


Signer = Callable[[bytes, bytes], bytes]
"""The signature of data by an algorithm."""

# The protocol of agents: draft-miller-ssh-agent, sections 3 and 4.
_FAILURE, _LIST, _LISTED, _SIGN, _SIGNED = 5, 11, 12, 13, 14


def _agent(keys: dict[bytes, Signer]) -> Callable[..., object]:
    """Return what answers one client of an agent that holds *keys*, by their public halves."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while length := await reader.read(4):
            message = await reader.readexactly(int.from_bytes(length))
            writer.write(_string(_answered(message, keys)))
            await writer.drain()
        writer.close()

    return answer


def _answered(message: bytes, keys: dict[bytes, Signer]) -> bytes:
    if message[0] == _LIST:
        listed = b"".join(_string(key) + _string(b"a key") for key in keys)
        return bytes([_LISTED]) + len(keys).to_bytes(4) + listed
    if message[0] == _SIGN:
        key, rest = _taken(message[1:])
        data, _ = _taken(rest)
        if key in keys:
            return bytes([_SIGNED]) + _string(keys[key](data, b"ssh-ed25519"))
    return bytes([_FAILURE])


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data


def _taken(data: bytes) -> tuple[bytes, bytes]:
    end = 4 + int.from_bytes(data[:4])
    return data[4:end], data[end:]


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
