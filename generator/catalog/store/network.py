"""The network for every client of a store: the form of URLs, what is reached, what is trusted."""

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from generator.limits.file import CERTIFICATES_BYTES
from generator.text import bounded_file
from generator.text.pattern import pattern

ENDPOINT = pattern(
    r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~%/-]*)?"
)
"""The URL of a store; of others obstore or botocore makes a crash."""
_BUNDLES = ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
# Where distributions keep the authorities that a machine trusts; obstore reads them too.
_OF_THE_SYSTEM = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")

NOWHERE = "127.0.0.1:0"
"""An address at which nothing can ever listen; an error that names it is that of a redirect."""


def proxy(url: str) -> str | None:
    """Return the proxy for *url* that HTTPS_PROXY or HTTP_PROXY names; None where there is none.

    It is what botocore finds, so that every client takes the same way.
    """
    if sys.platform == "linux" and not any(it.lower().endswith("_proxy") for it in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415  40 ms, and few have one

    parts = urlsplit(url)
    named = getproxies().get(parts.scheme)
    return None if named and proxy_bypass(parts.netloc) else named


def within_its_host(url: str) -> dict[str, Any]:
    """Return options of obstore by which the store at *url* is asked, and no other host.

    obstore follows redirects, takes the session token along, and has no option against either.
    So all hosts but that of the store get a proxy that is not there; a store with TLS does not
    lead to one without. A store behind a `proxy` is not reached at all, and has another client.
    """
    parts = urlsplit(url)
    return {
        "allow_http": parts.scheme == "http",
        "proxy_url": f"http://{NOWHERE}",
        "proxy_excludes": _in_full(parts.hostname or ""),
    }


def _in_full(host: str) -> str:
    """Return *host* as obstore reads it: `127.1`, a form of old, is the address `127.0.0.1`."""
    import socket  # noqa: PLC0415  2 ms that a folder does not need

    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return host


def bundle() -> str | None:
    """Return the file of certificates that the environment names, if it names one."""
    return next((os.environ[name] for name in _BUNDLES if os.environ.get(name)), None)


def root_certificate() -> dict[str, bytes]:
    """Return the authorities of `bundle` as an option of obstore's, which trusts them as well.

    Raises:
        OSError: The file cannot be read.
    """
    path = bundle()
    return {"root_certificate": bounded_file.read(Path(path), CERTIFICATES_BYTES)} if path else {}


def trusted() -> str | bool:
    """Return the file of all authorities to trust; True are those of the library."""
    import ssl  # noqa: PLC0415  30 ms that a folder, and obstore, do not need

    named = (bundle(), ssl.get_default_verify_paths().cafile, *_OF_THE_SYSTEM)
    return next((path for path in named if path and Path(path).is_file()), True)
