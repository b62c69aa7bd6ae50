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


def authority(folder: Path, *hosts: str) -> Authority:
    """Make a new key and certificate for 127.0.0.1, and *hosts*, in *folder*."""
    names = ",".join(["IP:127.0.0.1", *(f"DNS:{host}" for host in hosts)])
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
                f"subjectAltName={names}",
            ),
            *("-addext", "basicConstraints=critical,CA:FALSE"),  # rustls takes no authority
            *("-keyout", key, "-out", bundle),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bundle, key)
    return Authority(bundle, context)
