"""Listings that are only compared: as those of the store, opened in a cheaper way."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.catalog.store.listed import open_listing
from generator.catalog.watched import directory_digest, listing_digest
from generator.errors import StoreError
from tests.servers.https import authority

ANSWER = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>{}</AccessKeyId>
<SecretAccessKey>{}</SecretAccessKey><SessionToken></SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""

KEYS = [
    *(
        "index-a.csv",
        "index-b.csv",
        "index-c.CSV",
        "index-d/other",
        "m-2/1/x",
        "m/1/saved_model.pb",
    ),
    *("m/1/variables/variables.index", "m/10/saved_model.pb", "n/1/saved_model.pb", "z"),
]


@pytest.fixture(params=["", "prefix/below"])
def address(request, s3):
    """Return the address of a store that has something of everything, with a prefix or without."""
    root = f"{request.param}/" if request.param else ""
    for key in KEYS:
        s3.put(f"{root}{key}", key.encode())
    s3.put("elsewhere/index-x.csv", b"")
    return StoreAddress(f"{s3.url}/{request.param}".rstrip("/"), s3.endpoint)


def seen(listing):
    """Return what a receipt would hold of a listing."""
    top = listing_digest(listing.indexes(), listing.overlooked())
    found = listing.objects(["m/1", "m/10", "m-2/1", "gone/1"])
    return top, {path: directory_digest(objects) for path, objects in found}


def test_it_lists_what_the_store_lists(address):
    """Indexes, what may be meant as one, and directories; not what only begins alike."""
    assert seen(open_listing(address)) == seen(open_store(address))


def test_it_lists_page_after_page(s3):
    """Obstore asks for the next page by itself."""
    for number in range(1100):
        s3.put(f"index-{number:04}.csv", b"")
    address = StoreAddress(s3.url, s3.endpoint)

    assert len(open_listing(address).indexes()) == 1100


def test_it_takes_the_web_identity_of_a_pod(address, s3, monkeypatch, tmp_path):
    """The token goes to the service that is named, and the keys that it gives are used."""

    class Sts(BaseHTTPRequestHandler):
        asked: ClassVar[list[str]] = []

        def do_POST(self):
            length = int(self.headers.get("Content-Length", 0))
            self.asked.append(f"{self.path} {self.rfile.read(length).decode()}")
            keys = s3.env["AWS_ACCESS_KEY_ID"], s3.env["AWS_SECRET_ACCESS_KEY"]
            body = ANSWER.format(*keys).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    plain = seen(open_store(address))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sts)
    trusted = authority(tmp_path)
    server.socket = trusted.server.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "token").write_text("a.token.of-a-pod")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/sync")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"https://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted.bundle))
    try:
        assert seen(open_listing(address)) == plain
    finally:
        server.shutdown()
        server.server_close()
    assert "a.token.of-a-pod" in Sts.asked[0]


def test_a_profile_is_opened_as_ever(address, s3, monkeypatch, tmp_path):
    """What says who asks is read by the library that knows all of it."""
    plain = seen(open_store(address))
    keys = s3.env["AWS_ACCESS_KEY_ID"], s3.env["AWS_SECRET_ACCESS_KEY"]
    (tmp_path / "credentials").write_text(
        "[ours]\naws_access_key_id = {}\naws_secret_access_key = {}\n".format(*keys)
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "ours")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))

    assert seen(open_listing(address)) == plain


def test_a_store_that_refuses_confirms_nothing(address, monkeypatch):
    """No answer is no listing."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")

    with pytest.raises(StoreError):
        open_listing(address).indexes()


def test_a_folder_that_is_gone_confirms_nothing(tmp_path):
    """Likewise."""
    with pytest.raises(StoreError):
        open_listing(StoreAddress((tmp_path / "gone").as_uri()))
