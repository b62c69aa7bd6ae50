"""`catalog.store`: what a store says of one object is told apart from what it says of itself."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import Limits, open_store
from generator.catalog.stored_object import Missing, Unreadable
from generator.errors import StoreError

LIMITS = Limits(timeout=2, connect_timeout=2, retries=1, retry_timeout=1)
LISTING = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>'
    b"<KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys>"
    b"<IsTruncated>false</IsTruncated></ListBucketResult>"
)


def error(code: str, more: str = "") -> bytes:
    """Return what S3 answers with a status that is no success."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
        f"<Message>in words</Message>{more}</Error>"
    ).encode()


@dataclass(slots=True)
class Answers:
    """A store that lists nothing, and answers for every object what a test says."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    of_listings: Callable[[str], tuple[int, bytes] | None] = lambda _: None
    """Called with the target; None lists nothing."""
    asked: list[str] = field(default_factory=list)


@contextmanager
def answering() -> Iterator[Answers]:
    """Run a store that answers as its values say."""
    answers = Answers()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answering, answers)) as server:
        server.daemon_threads = True
        answers.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield answers
        finally:
            server.shutdown()
            thread.join()


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, answers: Answers, *arguments: object) -> None:
        self._answers = answers
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer a listing or an object."""
        self._answers.asked.append(self.path)
        status, body = self._answers.status, self._answers.body
        if "list-type=2" in self.path:
            status, body = self._answers.of_listings(self.path) or (200, LISTING)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Stay silent."""


@pytest.fixture(params=["s3", "gs"])
def place(request, monkeypatch):
    """Return what the store will answer, and the open store."""
    with answering() as answers:
        if request.param == "s3":
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
            source = StoreAddress(url="s3://b", endpoint=answers.url, region="us-east-1")
        else:
            account = {"gcs_base_url": answers.url, "disable_oauth": True}
            account |= dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
            monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", json.dumps(account))
            source = StoreAddress(url="gs://b")
        yield answers, open_store(source, LIMITS)


OF_ONE_OBJECT = [
    (400, error("InvalidRequest", "<Resource>/b/k</Resource>")),
    (400, error("KMS.DisabledException")),
    (400, error("KeyTooLongError")),
    (401, b"no"),
    (402, b""),
    (403, error("AccessDenied")),
    (403, error("InvalidObjectState", "<StorageClass>GLACIER</StorageClass>")),
    (404, error("NoSuchVersion")),
    (404, b"<!DOCTYPE html><html><body>Not Found</body></html>"),
    (404, b"<html><Code>NoSuchKey</Code></html>"),
    (404, b"NoSuchKey"),
    (404, error("NoSuchKey", "<Key>of-somebody-else.csv</Key>")),
    (404, b'{"code": "NoSuchKey"}'),
    (404, b""),
    (405, error("MethodNotAllowed")),
    (409, error("OperationAborted")),
    (410, b"gone"),
    (412, b""),
    (414, b"<html>URI too long</html>"),
    (418, b"?"),
    (451, b""),
    (500, error("InternalError")),
]


@pytest.mark.parametrize(("status", "body"), OF_ONE_OBJECT)
def test_an_answer_about_one_object_is_no_word_about_the_store(place, status, body):
    """It is unreadable, whatever the answer, as long as the store lists: others are read on.

    And it is not missing: only the store's own words say that there is no such key.
    """
    answers, store = place
    answers.status, answers.body = status, body

    [(key, found)] = store.read(["index-a.csv"])
    [streamed] = store.stream(Placed)

    assert key == "index-a.csv"
    for why in (found, store.range("m/1/a", 0, 5), streamed):
        assert isinstance(why, Unreadable)
        assert not isinstance(why, Missing)
        assert str(why).isprintable()
    [(_, why)] = store.checksums([("m/1/a", "md5")])
    assert isinstance(why, Unreadable)


class Placed:
    """An object as it was listed."""

    key, size, etag = "m/1/a", 5, "abc"


@pytest.mark.parametrize("status", [429, 503])
def test_a_store_that_is_busy_is_no_word_about_an_object(place, status):
    """It was asked too often: nothing is held for that, and the run ends."""
    answers, store = place
    answers.status, answers.body = status, error("SlowDown")

    with pytest.raises(StoreError, match=r"'index-a\.csv': SlowDown: in words"):
        list(store.read(["index-a.csv"]))


NAMESPACE = b' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


@pytest.mark.parametrize(
    "body",
    [
        error("NoSuchKey"),
        error("NoSuchKey", "<Key>index-a.csv</Key><HostId>x</HostId>"),
        error("NoSuchKey").replace(b"<Error", b"<Error" + NAMESPACE),
        b"<Error><Code>NoSuchKey</Code></Error>",
    ],
)
def test_no_such_key_is_missing(place, body):
    """In the store's own words, so nothing else is asked."""
    answers, store = place
    answers.status, answers.body = 404, body

    assert [type(found) for _, found in store.read(["index-a.csv"])] == [Missing]
    assert type(store.range("index-a.csv", 0, 1)) is Missing
    if b"<Key>" not in body:
        assert [type(found) for found in store.stream(Placed)] == [Missing]
    assert not any("list-type=2" in target for target in answers.asked)


@pytest.mark.parametrize("body", [error("NoSuchBucket"), error("AccessDenied"), b"<html></html>"])
@pytest.mark.parametrize("status", [403, 404, 503])
def test_a_store_that_does_not_list_either_has_failed(place, status, body):
    """What it says of an object is then said of all: the run ends, and nothing is held."""
    answers, store = place
    answers.status, answers.body = status, body
    answers.of_listings = lambda _: (status, body)

    with pytest.raises(StoreError, match=r"'index-a\.csv': "):
        list(store.read(["index-a.csv"]))
    with pytest.raises(StoreError, match="'m/1': "):
        list(store.objects(["m/1"]))


@pytest.mark.parametrize(
    ("status", "body"), [(400, error("KeyTooLongError")), (403, error("AccessDenied")), (414, b"")]
)
def test_a_directory_that_is_not_listed_stops_no_other(place, status, body):
    """A key may be too long for a store, or a rule may hide one folder."""
    answers, store = place
    answers.of_listings = lambda target: (status, body) if "secret" in target else None

    found = dict(store.objects(["m/1", "secret/1", "m/2"]))

    assert isinstance(found.pop("secret/1"), Unreadable)
    assert found == {"m/1": (), "m/2": ()}


@pytest.mark.parametrize("length", [1100, 9_000, 66_000, 300_000])
def test_a_key_that_no_bucket_could_have_is_not_asked_for(place, length):
    """A base path of an index may have any length, and obstore crashes on some."""
    answers, store = place
    long = "ü" * (length // 2)

    [(_, found)] = store.objects([f"{long}/1"])
    [(_, data)] = store.read([f"{long}/1/a"])

    assert "expected at most 1,024" in found
    assert isinstance(data, Unreadable)
    assert not any(len(target) > 1000 for target in answers.asked)


class TestFolder:
    """What the operating system says of one path, in a folder that is there."""

    def read(self, root: Path, key: str) -> bytes | Unreadable:
        """Read one file of the folder."""
        [(_, found)] = open_store(StoreAddress(url=root.as_uri())).read([key])
        return found

    def test_no_such_file_is_missing(self, tmp_path):
        """In a folder that is there."""
        assert type(self.read(tmp_path, "index-a.csv")) is Missing

    def test_a_folder_that_is_gone_says_nothing_of_its_files(self, tmp_path):
        """It was unmounted, or moved."""
        root = tmp_path / "store"
        root.mkdir()
        store = open_store(StoreAddress(url=root.as_uri()))
        root.rmdir()

        with pytest.raises(StoreError, match=r"'index-a.csv': .*No such file"):
            list(store.read(["index-a.csv"]))
        with pytest.raises(StoreError, match=r"'m/1': .*No such file"):
            list(store.objects(["m/1"]))
        with pytest.raises(StoreError, match=r"No such file"):
            store.indexes()

    def test_what_is_there_and_cannot_be_read_is_not_missing(self, tmp_path):
        """A link to nothing, a loop, a folder, a name that is too long, a file as a folder."""
        (tmp_path / "index-dead.csv").symlink_to("/no/such/file")
        (tmp_path / "index-loop.csv").symlink_to("index-loop.csv")
        (tmp_path / "index-dir.csv").mkdir()
        (tmp_path / "file").write_bytes(b"x")

        for name in ("dead", "loop", "dir", "x" * 300):
            assert type(self.read(tmp_path, f"index-{name}.csv")) is Unreadable
        assert type(self.read(tmp_path, "file/index-a.csv")) is Unreadable

    def test_a_folder_that_cannot_be_listed_stops_no_other(self, tmp_path):
        """Each hides what is in it, and nothing else."""
        (tmp_path / "m/1").mkdir(parents=True)
        (tmp_path / "m/1/a").write_bytes(b"x")
        (tmp_path / "loop").symlink_to("loop")
        store = open_store(StoreAddress(url=tmp_path.as_uri()))

        found = dict(store.objects(["loop/1", "n" * 300 + "/1", "m/1", "no/1"]))

        assert isinstance(found.pop("loop/1"), Unreadable)
        assert isinstance(found.pop("n" * 300 + "/1"), Unreadable)
        assert [item.key for item in found.pop("m/1")] == ["m/1/a"]
        assert found == {"no/1": ()}

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read any folder")
    def test_a_folder_without_the_right_to_read_it_stops_no_other(self, tmp_path):
        """Only the versions in it are held."""
        (tmp_path / "m/1").mkdir(parents=True)
        (tmp_path / "secret/1").mkdir(parents=True, mode=0)
        store = open_store(StoreAddress(url=tmp_path.as_uri()))

        found = dict(store.objects(["m/1", "secret/1"]))

        assert isinstance(found["secret/1"], Unreadable)
        assert found["m/1"] == ()
