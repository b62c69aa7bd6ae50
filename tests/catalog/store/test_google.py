"""`gs://` opens with and without each thing that says where and as whom, for both clients."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.errors import StoreError
from tests.kit.stores import NOWHERE, QUICK, read_all
from tests.servers import gcs
from tests.servers.flaky import flaky


class _Tokens(BaseHTTPRequestHandler):
    """Gives the token `granted` to whoever asks."""

    def do_POST(self) -> None:
        """Answer a request for a token."""
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"access_token": "granted", "expires_in": 3600}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Stay silent."""


@contextmanager
def tokens() -> Iterator[str]:
    """Run a token service, and return its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Tokens) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/token"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def key():
    """Return a private key."""
    words = ("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def account(key, tmp_path):
    """Return the file of a service account, whose tokens are given out here."""
    with tokens() as url:
        path = tmp_path / "key.json"
        told = {"type": "service_account", "client_email": "a@b.example", "private_key_id": "x"}
        path.write_text(json.dumps({**told, "private_key": key, "token_uri": url}))
        yield path


@pytest.fixture
def proxy(s3, monkeypatch):
    """Return a proxy before a bucket that everybody may read, and that takes no tokens."""
    s3.put("index-a.csv", b"hello")
    s3.put("m/1/saved_model.pb", b"graph")
    gcs.public(s3, monkeypatch)
    monkeypatch.delenv("GOOGLE_SERVICE_ACCOUNT_KEY")
    for name in s3.env:
        monkeypatch.delenv(name)
    with flaky(s3.endpoint) as proxy:
        proxy.unsent = frozenset({"authorization"})
        yield proxy


def authorizations(proxy):
    """Return what all requests said of who asks."""
    assert len(proxy.seen) >= 4
    return {headers.get("Authorization") for _, headers in proxy.seen}


@pytest.mark.parametrize(
    "variable",
    ["GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH"],
)
def test_a_file_says_who_asks(s3, proxy, account, monkeypatch, variable):
    """Google's own variable, and those of other clients; the YAML says where."""
    monkeypatch.setenv(variable, str(account))

    read_all(open_store(StoreAddress(f"gs://{s3.name}", endpoint=proxy.url), QUICK))

    assert authorizations(proxy) == {"Bearer granted"}


def test_the_key_itself_may_be_in_a_variable(s3, proxy, account, monkeypatch):
    """With or without the endpoint that it names, which the YAML overrides."""
    told = json.loads(account.read_text())
    for base, endpoint in ((None, proxy.url), (proxy.url, None), (NOWHERE, f"{proxy.url}/")):
        key = json.dumps(told if base is None else {**told, "gcs_base_url": base})
        monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", key)

        read_all(open_store(StoreAddress(f"gs://{s3.name}", endpoint=endpoint), QUICK))

    assert authorizations(proxy) == {"Bearer granted"}


def test_an_emulator_is_asked_by_nobody_in_particular(s3, proxy, account, monkeypatch):
    """Whatever credentials are there: they are for the real service."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(account))
    for emulator in (proxy.url, proxy.url.removeprefix("http://"), f"{proxy.url}/"):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator)

        read_all(open_store(StoreAddress(f"gs://{s3.name}"), QUICK))
        read_all(open_store(StoreAddress(f"gs://{s3.name}", endpoint=proxy.url), QUICK))

    assert authorizations(proxy) == {None}


def test_the_yaml_wins_over_an_emulator(s3, proxy, account, monkeypatch):
    """The endpoint is another one, so it is asked with the credentials."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(account))
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", NOWHERE)

    read_all(open_store(StoreAddress(f"gs://{s3.name}", endpoint=proxy.url), QUICK))

    assert authorizations(proxy) == {"Bearer granted"}


def test_what_aws_variables_say_is_not_for_google(s3, proxy, monkeypatch):
    """A run may read both clouds."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", NOWHERE)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", NOWHERE)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)

    read_all(open_store(StoreAddress(f"gs://{s3.name}"), QUICK))


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("GOOGLE_SERVICE_ACCOUNT_KEY", "{", "Expecting property name"),
        ("GOOGLE_SERVICE_ACCOUNT_KEY", "[]", "expected the JSON of a service account"),
        ("GOOGLE_SERVICE_ACCOUNT_KEY", '{"gcs_base_url": 5}', "gcs_base_url: 5 is not a URL"),
        ("GOOGLE_SERVICE_ACCOUNT_KEY", "{}", "was not in the expected format"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/no/such/key.json", "/no/such/key.json"),
        ("GOOGLE_SERVICE_ACCOUNT", "/no/such/key.json", "/no/such/key.json"),
        ("STORAGE_EMULATOR_HOST", "a b", "'http://a b' is not an http"),
    ],
)
def test_what_cannot_be_opened_says_what_to_correct(monkeypatch, name, value, problem):
    """Before any request, and with a next step."""
    monkeypatch.setenv(name, value)

    with pytest.raises(StoreError, match=problem) as caught:
        open_store(StoreAddress("gs://models"), QUICK)

    assert caught.value.hint


def test_a_token_that_is_not_given_ends_the_run(s3, proxy, account, monkeypatch):
    """The service that gives them out is told apart from the store."""
    told = json.loads(account.read_text())
    path = Path(account)
    path.write_text(json.dumps({**told, "token_uri": f"{NOWHERE}/token"}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    store = open_store(StoreAddress(f"gs://{s3.name}", endpoint=proxy.url), QUICK)

    with pytest.raises(StoreError, match="Google's credentials: "):
        store.indexes()
