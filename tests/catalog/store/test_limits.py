"""Limits of stores: what has no end is ended, and is no word about anything else."""

import os
import socketserver
import subprocess
import threading
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import Limits, open_store
from generator.catalog.store.listing import ListingProgress, NoListingError, Page, Tally, parse
from generator.catalog.stored_object import Missing, StoredObject, TooLarge, Unreadable
from generator.errors import StoreError
from generator.limits.index import ETAG_CHARACTERS, INDEX_BYTES
from generator.limits.store import (
    ANSWER_BYTES,
    ANSWER_TAGS,
    DIRECTORY_OBJECTS,
    LISTING_KEYS,
    LISTING_PAGES,
)
from tests.kit.memory_run import NOON

QUICK = Limits(timeout=20, connect_timeout=2, retries=0, retry_timeout=1)
HEAD = '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'


def contents(key, etag="aa"):
    """Return one object of a page."""
    tail = "<LastModified>2026-11-29T12:00:00Z</LastModified><Size>1</Size>"
    return f"<Contents><Key>{key}</Key><ETag>{etag}</ETag>{tail}</Contents>"


def page(keys, token=""):
    """Return a page of a listing."""
    more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    truncated = f"<IsTruncated>{str(bool(token)).lower()}</IsTruncated>{more}"
    return f"{HEAD}{truncated}{''.join(map(contents, keys))}</ListBucketResult>".encode()


@contextmanager
def serving(answer):
    """Run a server that answers each request with the pieces of `answer(target)`."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            with suppress(OSError):  # whoever asked has heard enough
                while first := self.rfile.readline():
                    while self.rfile.readline().strip():
                        pass
                    for piece in answer(first.decode().split()[1]):
                        self.wfile.write(piece)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def whole(body, status="200 OK", headers=""):
    """Yield an answer that has an end."""
    yield f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()
    yield body


def endless(status="200 OK", headers=""):
    """Yield an answer that has none."""
    yield f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n{headers}\r\n".encode()
    while True:
        yield b"10000\r\n" + bytes(0x10000) + b"\r\n"


def lying(headers):
    """Yield an answer about five bytes with a body of a gigabyte."""
    yield f"HTTP/1.1 206 Partial Content\r\n{headers}\r\n".encode()
    for _ in range(1 << 14):
        yield bytes(1 << 16)


@pytest.fixture
def bucket(monkeypatch):
    """Return a function that opens a bucket of a server at a URL."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return lambda url: open_store(StoreAddress("s3://b", url, region="us-east-1"), QUICK)


@pytest.mark.parametrize("status", ["200 OK", "403 Forbidden", "301 Moved"])
def test_an_answer_without_an_end_is_a_store_that_fails(bucket, status):
    """Whatever its status; it took the memory of the machine."""
    with (
        serving(lambda _: endless(status)) as url,
        pytest.raises(StoreError, match=f"an answer of more than {ANSWER_BYTES:,} bytes"),
    ):
        bucket(url).indexes()


def test_an_answer_of_the_largest_size_is_heard(bucket):
    """One byte more is one too many."""
    body = page(["index-1.csv"])
    for more, is_heard in ((0, True), (1, False)):
        padded = body + b" " * (ANSWER_BYTES - len(body) + more)
        with serving(lambda _, padded=padded: whole(padded)) as url:
            if is_heard:
                assert len(bucket(url).indexes()) == 1
            else:
                with pytest.raises(StoreError, match="more than"):
                    bucket(url).indexes()


@pytest.mark.parametrize("length", ["Content-Length: 1073741824\r\n", "Content-Length: 5\r\n"])
def test_an_object_is_no_longer_than_was_asked_for(bucket, length):
    """A store may say so of a range, and send a gigabyte: it is unreadable, not read on."""
    headers = f'Content-Range: bytes 0-4/5\r\n{length}ETag: "a"\r\nLast-Modified: {DATE}\r\n'

    def answer(target):
        return whole(page([])) if "list-type" in target else lying(headers)

    with serving(answer) as url:
        store = bucket(url)
        item = StoredObject("m/1/a", 5, "a", NOON)
        [(_, looked)] = store.look([(item, 5)])
        found = [store.range("m/1/a", 0, 5), looked, *store.stream(item)]

    if "1073741824" in length:
        assert all(isinstance(it, Unreadable) for it in found)
    else:
        assert {len(it) for it in found} == {5}


DATE = "Sun, 29 Nov 2026 12:00:00 GMT"


def test_an_index_that_grew_after_it_was_listed_is_too_large(place):
    """At the limit it is read whole; no more is read of a larger one, and others are read."""
    store, put = place
    put("index-a.csv", bytes(INDEX_BYTES))
    put("index-b.csv", bytes(INDEX_BYTES + 1))
    put("index-c.csv", b"m,m/1/x,aa")

    found = dict(store.read(["index-a.csv", "index-b.csv", "index-c.csv", "index-d.csv"]))

    assert len(found["index-a.csv"]) == INDEX_BYTES
    assert isinstance(found["index-b.csv"], TooLarge)
    assert found["index-b.csv"] == f"more than {INDEX_BYTES:,} bytes"
    assert found["index-c.csv"] == b"m,m/1/x,aa"
    assert isinstance(found["index-d.csv"], Missing)


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 256 * 1024 + 1])
def test_an_index_is_read_whole_also_at_the_bound_of_what_is_read_ahead(place, size):
    """Small ones are read side by side, large ones by themselves: the bytes are the same."""
    store, put = place
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    put("index-a.csv", data)

    assert dict(store.read(["index-a.csv"])) == {"index-a.csv": data}


def test_a_directory_with_too_many_objects_is_unreadable_and_no_other(bucket):
    """It holds its own version; half of a listing would prove nothing."""
    full = [f"m/1/{number:06}" for number in range(DIRECTORY_OBJECTS)]

    def answer(target):
        if "prefix=m%2F1" not in target and "prefix=m%2F2" not in target:
            return whole(page([]))
        keys = [*full, "m/1/one-more"] if "prefix=m%2F1" in target else ["m/2/a"]
        start = int(target.partition("continuation-token=")[2].partition("&")[0] or 0)
        end = start + 1000
        return whole(page(keys[start:end], str(end) if end < len(keys) else ""))

    with serving(answer) as url:
        found = dict(bucket(url).objects(["m/1", "m/2"]))
        full.pop()
        at_the_limit = dict(bucket(url).objects(["m/1"]))

    assert found["m/1"] == f"more than {DIRECTORY_OBJECTS:,} objects"
    assert isinstance(found["m/1"], Unreadable)
    assert [item.key for item in found["m/2"]] == ["m/2/a"]
    assert len(at_the_limit["m/1"]) == DIRECTORY_OBJECTS


def test_a_listing_has_a_last_page():
    """New tokens and new keys for ever are no listing; parts of one are counted together."""
    tally = Tally()
    parts = [ListingProgress(tally), ListingProgress(tally)]
    numbers = count()

    def turn(keys):
        number = next(numbers)
        found = tuple(StoredObject(f"{number}/{it}", 1, "", NOON) for it in range(keys))
        parts[number % 2].add(Page(found, f"token-{number}"))

    for _ in range(LISTING_PAGES):
        turn(1)
    with pytest.raises(NoListingError, match="more than 10,000 pages"):
        turn(1)


def test_a_listing_has_a_last_key():
    """Pages may be full."""
    progress = ListingProgress(Tally(keys=LISTING_KEYS - 1))
    progress.add(Page((StoredObject("a", 1, "", NOON),), "1"))
    with pytest.raises(NoListingError, match="more than 1,000,000 objects"):
        progress.add(Page((StoredObject("b", 1, "", NOON),), "2"))


def test_a_page_has_a_last_tag():
    """A megabyte of empty elements takes a hundred of memory."""
    body = page(["a"]).decode()
    room = ANSWER_TAGS - body.count("<")
    padded = body.replace("<Contents>", f"{'<a/>' * room}<Contents>", 1)
    assert len(parse(padded.encode(), "b", "").objects) == 1
    more = padded.replace("<a/>", "<a/><a/>", 1)
    with pytest.raises(NoListingError, match="more than 100,000 tags"):
        parse(more.encode(), "b", "")


@pytest.mark.parametrize(
    "made",
    [
        lambda long: page(["a"]).decode().replace("aa", long + "a" * ETAG_CHARACTERS),
        lambda long: page(["a"]).decode().replace("2026", long),
        lambda long: page(["a"], "t").decode().replace("true", long),
        lambda long: page(["a"]).decode().replace("<Size>1", f"<Size>{long}"),
        lambda long: page([long]).decode().replace("<IsT", "<Prefix>other</Prefix><IsT"),
        lambda long: page(["a"]).decode().replace("<IsT", f"<Prefix>{long}</Prefix><IsT"),
        lambda long: page(["a"]).decode().replace("<IsT", f"<Name>{long}</Name><IsT"),
        lambda long: f"<{long}/>",
    ],
)
def test_of_what_a_page_says_a_message_shows_the_beginning(made):
    """A store, or who answers in its place, chooses every text of it."""
    with pytest.raises(NoListingError) as raised:
        parse(made("x" * 1_000_000).encode(), "b", "p/")

    assert len(str(raised.value)) < 600


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_regular_file_is_unreadable_and_holds_nothing_up(tmp_path, kind):
    """Nobody writes into the pipe, and the device has no end: files of models may lead there."""
    key = "m/a" if kind == "device" else "index-a.csv"
    path = tmp_path / key
    path.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    store = open_store(StoreAddress(tmp_path.as_uri()))
    item = StoredObject(key, 1, "", NOON)

    [(_, looked)] = store.look([(item, 1)])
    found = [store.range(key, 0, 1), looked, *store.stream(item)]
    found += dict(store.read([key])).values()

    assert store.indexes() == ()
    assert {str(it).partition(": ")[2] for it in found} == {"it is no regular file"}
    assert all(isinstance(it, Unreadable) for it in found)


def test_links_that_lead_around_are_followed_to_an_end(tmp_path):
    """Ten folders with links to each other have millions of paths."""
    for name in "abcdefghij":
        (tmp_path / "m/1" / name).mkdir(parents=True)
    for one in "abcdefghij":
        for other in "abcdefghij":
            (tmp_path / "m/1" / one / other).symlink_to(f"../{other}")
    (tmp_path / "m/2").mkdir()
    (tmp_path / "m/2/x").write_bytes(b"x")

    found = dict(open_store(StoreAddress(tmp_path.as_uri())).objects(["m/1", "m/2"]))

    assert found["m/1"] == "more than 10,000 folders"
    assert [item.key for item in found["m/2"]] == ["m/2/x"]


def test_a_file_may_lie_as_deep_as_a_path_can_say(tmp_path):
    """A level of folders is no level of calls."""
    levels = (4000 - len(os.fspath(tmp_path))) // 2
    folder = f"{tmp_path}/m/1"
    os.makedirs(folder)  # noqa: PTH103  pathlib and os.makedirs call themselves for each level
    for _ in range(levels):
        folder += "/d"
        os.mkdir(folder)  # noqa: PTH102
    (Path(folder) / "x").write_bytes(b"x")

    [(_, [item])] = open_store(StoreAddress(tmp_path.as_uri())).objects(["m/1"])
    subprocess.run(["rm", "-r", tmp_path / "m"], check=True)

    assert item.key == f"m/1/{'d/' * levels}x"


def test_an_index_in_a_folder_that_is_too_large_is_not_hashed(tmp_path):
    """A sparse file of a terabyte costs nothing; whatever is in it, it is held."""
    with (tmp_path / "index-a.csv").open("wb") as file:
        file.truncate(1 << 40)

    [item] = open_store(StoreAddress(tmp_path.as_uri())).indexes()

    assert (item.size, item.etag) == (1 << 40, "")
