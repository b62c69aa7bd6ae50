"""`catalog.store`: whatever goes wrong, it is a StoreError with the store's own reason."""

import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import Limits, aws, open_store
from generator.catalog.stored_object import StoredObject
from generator.errors import StoreError
from tests.servers import gcs

SHORT = Limits(timeout=3, read_timeout=0.3, connect_timeout=0.3, retries=1, retry_timeout=0.5)
PATIENT = Limits(timeout=15, read_timeout=1, connect_timeout=1, retries=3, retry_timeout=20)
BOUND = 10.0  # seconds: many times the limits, for a busy machine

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CALLS = {
    "indexes": lambda store: store.indexes(),
    "objects": lambda store: list(store.objects(["m/1", "m/2", "n/1"])),
    "read": lambda store: list(store.read(["index-a.csv"])),
    "checksums": lambda store: list(store.checksums([("m/1/a", "sha256")])),
    "look": lambda store: list(store.look([(StoredObject("m/1/a", 6000, "", NOW), 1)])),
    "write": lambda store: store.write("m/1/new", b"x"),
    "write_all": lambda store: list(store.write_all([("m/1/new", Path(__file__))])),
}


@pytest.fixture(params=CALLS)
def call(request):
    """Return each thing that a store does."""
    return CALLS[request.param]


@pytest.fixture
def proxy(s3, proxy):
    """Return the proxy before a bucket with an index and an object."""
    s3.put("index-a.csv", b"hello " * 1000)
    s3.put("m/1/a", b"hello " * 1000)
    return proxy


KEYS = ("index-a.csv", "m/1/a", "m/1/new", "m/1", "m/2", "n/1")


def refusal(call, store):
    """Return what the store says when the call fails: one printable line, and a next step.

    The line names the store, and the key that was asked for if there was one.
    """
    started = time.monotonic()
    with pytest.raises(StoreError) as caught:
        call(store)
    assert time.monotonic() - started < BOUND
    [problem] = caught.value.problems
    assert problem.isprintable()
    assert problem.startswith(f"{store.location.url}: ")
    assert caught.value.hint
    said = problem.removeprefix(f"{store.location.url}: ")
    named = (f"{key!r}: " for key in KEYS if said.startswith(f"{key!r}: "))
    return said.removeprefix(next(named, ""))


@pytest.mark.parametrize("name", ["indexes", "objects"])
def test_a_bucket_that_does_not_exist(s3, name):
    """The reason is the code and the message of the store."""
    store = open_store(StoreAddress(url=f"{s3.url}-no", endpoint=s3.endpoint), PATIENT)

    said = refusal(CALLS[name], store)

    assert said == "NoSuchBucket: The specified bucket does not exist"


@pytest.mark.parametrize("name", ["indexes", "objects", "write"])
def test_a_wrong_secret(s3, monkeypatch, name):
    """It is told apart from a wrong key, and no part of it is told."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-so-secret")
    store = open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint), PATIENT)

    said = refusal(CALLS[name], store)

    assert said.startswith("SignatureDoesNotMatch: The request signature we calculated")
    assert "not-so-secret" not in said


def test_a_wrong_key(s3, monkeypatch, call):
    """It is no reason to hold one object: the store refuses everything, so the run ends."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    store = open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint), PATIENT)
    reason = "InvalidAccessKeyId: The access key ID you provided does not exist in our records."

    assert refusal(call, store) == reason


def test_a_public_bucket_of_google_that_is_none(s3, monkeypatch):
    """What Google's client says has the same form."""
    source = gcs.public(s3, monkeypatch)
    s3.client.delete_bucket_policy(Bucket=s3.name)

    assert refusal(CALLS["indexes"], open_store(source, PATIENT)) == "AccessDenied: Access Denied."


def test_nothing_listens(s3, call):
    """The reason names the address that was tried."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
        store = open_store(StoreAddress(url=s3.url, endpoint=endpoint), SHORT)

        assert endpoint in refusal(call, store)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        *((name, fault) for name in CALLS for fault in ("silent", "cut", "500")),
        *((name, "half") for name in ("indexes", "objects", "read", "checksums", "look")),
        *((name, "crooked") for name in ("indexes", "objects")),
    ],
)
def test_a_server_that_breaks_every_answer(s3, proxy, name, fault):
    """A run that hangs for ever would block all later ones; half an answer is none."""
    proxy.fault = lambda _number, _request: fault
    store = open_store(StoreAddress(url=s3.url, endpoint=proxy.url), SHORT)

    said = refusal(CALLS[name], store)

    assert said
    if fault == "500":
        assert said == 'SlowDown: Please reduce your "rate"'


@pytest.mark.parametrize("fault", ["silent", "cut", "500", "crooked", "half"])
def test_a_listing_that_breaks_off_midway(s3, proxy, fault):
    """What came before is no listing: it would look as if models had been deleted."""
    more = b"<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>"
    proxy.rewrite = lambda _, body: body.replace(b"<IsTruncated>false</IsTruncated>", more)
    proxy.fault = lambda _, request: fault if "continuation-token=x" in request else None
    store = open_store(StoreAddress(url=s3.url, endpoint=proxy.url), SHORT)

    for prefix in ("m", "index-a.csv"):
        assert refusal(lambda store, prefix=prefix: list(store.objects([prefix])), store)
    assert any("continuation-token=x" in request for request in proxy.requests)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["silent", "cut", "503"])
def test_a_fault_that_passes_is_no_failure(s3, proxy, call, fault):
    """Stores say 503 whenever they like; the work is done all the same."""
    proxy.fault = lambda number, _: fault if number == 1 else None
    store = open_store(StoreAddress(url=s3.url, endpoint=proxy.url), PATIENT)

    found = call(store)

    assert len(proxy.requests) > len(set(proxy.requests))
    assert found == call(open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint)))


def test_an_error_with_status_200_is_asked_again(s3, proxy):
    """S3 had begun to answer before it came up; the next answer is a listing."""
    late = b'<?xml version="1.0"?><Error><Code>InternalError</Code></Error>'
    proxy.instead = lambda *_: (200, late) if len(proxy.requests) == 1 else None
    store = open_store(StoreAddress(url=s3.url, endpoint=proxy.url), PATIENT)

    assert [item.key for item in store.indexes()] == ["index-a.csv"]
    assert len(proxy.requests) == 2


@pytest.mark.parametrize(
    ("endpoint", "addressing", "url"),
    [
        ("https://models.example", None, "https://models.example/models"),
        ("https://models.example/", "path", "https://models.example/models"),
        ("https://models.example", "virtual", "https://models.example"),
        ("https://s3.example:9000/base/", "virtual", "https://models.s3.example:9000/base"),
    ],
)
def test_a_host_that_begins_like_the_bucket_has_it_only_where_it_should(
    s3, endpoint, addressing, url
):
    """A store may be named like what is in it."""
    source = StoreAddress("s3://models", endpoint, "us-east-1", addressing)

    _, lister, _ = aws.open_bucket(source, SHORT)

    assert lister.client.bucket.url == url


@pytest.mark.parametrize("name", ["read", "checksums"])
def test_an_object_that_breaks_off_is_read_on(s3, proxy, name):
    """Models are large, and connections break: the rest is asked for, not all of it again."""
    proxy.fault = lambda number, _: "half" if number == 1 else None
    store = open_store(StoreAddress(url=s3.url, endpoint=proxy.url), PATIENT)

    assert CALLS[name](store) == CALLS[name](
        open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint))
    )
    assert len(proxy.requests) == 2


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (StoreAddress(url="s3://no one"), "'s3://no one': 'no one' is not the name of a bucket"),
        (StoreAddress(url="s3://b/a//b"), "'s3://b/a//b': the prefix has an empty segment"),
        (StoreAddress(url="gs://b/../c"), "'gs://b/../c': the prefix has a segment '.' or '..'"),
        (StoreAddress(url="s3://b", endpoint="minio:9000"), "'minio:9000' is not an http:// or"),
        (StoreAddress(url="s3://b", endpoint="http://a b"), "'http://a b' is not an http:// or"),
        (StoreAddress(url="file:///no/such/folder"), "file:///no/such/folder: the folder does not"),
    ],
)
def test_what_is_no_store_is_not_opened(source, problem):
    """Of some of these obstore would make a crash."""
    with pytest.raises(StoreError) as caught:
        open_store(source)

    assert caught.value.problems[0].startswith(problem)
    assert caught.value.hint


def test_no_credentials_at_all(s3, monkeypatch):
    """No store is asked anonymously; the hint names what to set."""
    for name in s3.env.keys() - {"AWS_EC2_METADATA_DISABLED"}:
        monkeypatch.delenv(name)

    with pytest.raises(StoreError, match=r"no AWS credentials\nhint: set AWS_ACCESS_KEY_ID"):
        open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint))


@pytest.mark.parametrize(
    "name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
)
def test_a_credential_with_a_line_break(s3, monkeypatch, name):
    """A secret that was read from a file often has one; obstore crashes on it."""
    monkeypatch.setenv(name, "verysecret\n")
    store = open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint), SHORT)

    said = refusal(CALLS["indexes"], store)

    assert "has a blank, a line break" in said
    assert "verysecret" not in said


def test_google_credentials_that_are_none(monkeypatch, tmp_path):
    """The file that is missing is named."""
    missing = str(tmp_path / "missing.json")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", missing)

    with pytest.raises(StoreError, match=r"missing\.json"):
        open_store(StoreAddress(url="gs://models"))


class TestProfile:
    """AWS_PROFILE: boto3's own chain of credentials, with files in the home folder."""

    @pytest.fixture(autouse=True)
    def no_variables(self, s3, monkeypatch):
        """Leave nothing but the files."""
        for name in s3.env.keys() - {"AWS_EC2_METADATA_DISABLED"}:
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_PROFILE", "models")

    def write(self, name, *lines):
        """Write a file of the AWS configuration."""
        path = Path.home() / ".aws" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines))

    def test_a_shared_credentials_file_gives_access(self, s3):
        """Also to the second client."""
        self.write(
            "credentials",
            "[models]",
            f"aws_access_key_id = {s3.env['AWS_ACCESS_KEY_ID']}",
            f"aws_secret_access_key = {s3.env['AWS_SECRET_ACCESS_KEY']}",
        )
        self.write("config", "[profile models]", "region = eu-west-1")
        s3.put("index-a.csv", b"x")
        s3.put("m/1/a\nb", b"x")
        store = open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint))

        assert [item.key for item in store.indexes()] == ["index-a.csv"]
        assert [item.key for _, found in store.objects(["m/1"]) for item in found] == ["m/1/a\nb"]

    def test_a_profile_that_is_not_there(self, s3):
        """Its name is in the message."""
        with pytest.raises(StoreError, match=r"profile \(models\) could not be found"):
            open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint))

    def test_a_process_that_gives_no_credentials(self, s3):
        """The program fails when it is asked, which is when the store is opened or read."""
        self.write("config", "[profile models]", "credential_process = /bin/false")

        with pytest.raises(StoreError, match="custom-process"):
            open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint), SHORT).indexes()

    def test_a_role_that_cannot_be_assumed(self, s3):
        """The token service is asked late, in the middle of a request."""
        self.write("token", "a.token.of.the.cluster")
        self.write(
            "config",
            *("[profile models]", "role_arn = arn:aws:iam::123456789012:role/models"),
            f"web_identity_token_file = {Path.home()}/.aws/token",
            *("services = here", "[services here]", "sts =", f"  endpoint_url = {s3.endpoint}"),
        )

        with pytest.raises(StoreError, match="AssumeRoleWithWebIdentity"):
            open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint), SHORT).indexes()
