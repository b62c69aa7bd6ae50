"""Certificates of a private authority, for servers on 127.0.0.1."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate that vouches for itself, and what a server needs to show it."""

    bundle: Path
    server: ssl.SSLContext


def authority(folder: Path) -> Authority:
    """Make a new key and certificate for 127.0.0.1 in *folder*."""
    bundle, key = folder / "authority.pem", folder / "authority.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=test",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
            ),
            *("-keyout", key, "-out", bundle),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bundle, key)
    return Authority(bundle, context)
