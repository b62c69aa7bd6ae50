"""AWS itself, played by moto: under its real host names behind a proxy, or at a URL of its own.

`moto_proxy` takes what is sent to `*.amazonaws.com` through HTTPS_PROXY, shows certificates of
its own authority and logs each URL. `moto_server` is the same at an endpoint.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import moto.moto_proxy
from botocore.config import Config

from tests.servers.ports import free_port

PATIENCE = 60.0  # seconds until it must answer
AUTHORITY = Path(moto.moto_proxy.__file__).parent / "ca.crt"
_URL = re.compile(r"(?:DELETE|GET|HEAD|POST|PUT)\S* (https?://\S+)")
_REQUEST = re.compile(r"\b((?:DELETE|GET|HEAD|POST|PUT) /\S*) HTTP/")


@dataclass(frozen=True, slots=True)
class Aws:
    """A running cloud: its URL, and what it logs."""

    url: str
    log: Path

    def client(self, service: str = "s3", **options: Any) -> Any:
        """Return a boto3 client for it, whichever of both it is."""
        return boto3.client(
            service,
            aws_access_key_id="someone",
            aws_secret_access_key="secret",
            **{"region_name": "us-east-1", **options},
        )

    def requests(self) -> list[str]:
        """Return the method and the path of all requests so far; of a served cloud alone."""
        return _REQUEST.findall(self.log.read_text(errors="replace"))

    def asked(self) -> list[str]:
        """Return the URLs of all requests so far."""
        return _URL.findall(self.log.read_text(errors="replace"))


@contextmanager
def proxied(folder: Path) -> Iterator[Aws]:
    """Run AWS behind a proxy, which logs to *folder*."""
    with _running("moto_proxy", folder) as aws:
        yield aws


@contextmanager
def served(folder: Path) -> Iterator[Aws]:
    """Run AWS at a URL."""
    with _running("moto_server", folder) as aws:
        yield aws


@contextmanager
def _running(program: str, folder: Path, *options: str) -> Iterator[Aws]:
    port = free_port()
    log = folder / f"{program}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [Path(sys.executable).parent / program, "-H", "127.0.0.1", "-p", str(port), *options],
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, port, log)
        yield Aws(f"http://127.0.0.1:{port}", log)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"it did not start:\n{log.read_text(errors='replace')[-2000:]}")


PATH_STYLE = Config(s3={"addressing_style": "path"})
