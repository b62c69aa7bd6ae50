"""The network for every client of a store: the form of URLs, and certificates to trust."""

import os
import re
import ssl
from pathlib import Path

ENDPOINT = re.compile(
    r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~%/-]*)?"
)
"""The URL of a store; of others obstore or botocore makes a crash."""
_BUNDLES = ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
# Where distributions keep the authorities that a machine trusts; obstore reads them too.
_OF_THE_SYSTEM = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")


def bundle() -> str | None:
    """Return the file of certificates that the environment names, if it names one."""
    return next((os.environ[name] for name in _BUNDLES if os.environ.get(name)), None)


def root_certificate() -> dict[str, bytes]:
    """Return the authorities of `bundle` as an option of obstore's, which trusts them as well.

    Raises:
        OSError: The file cannot be read.
    """
    path = bundle()
    return {"root_certificate": Path(path).read_bytes()} if path else {}


def trusted() -> str | bool:
    """Return the file of all authorities to trust; True are those of the library."""
    named = (bundle(), ssl.get_default_verify_paths().cafile, *_OF_THE_SYSTEM)
    return next((path for path in named if path and Path(path).is_file()), True)
