"""Prove 10 TB by the checksums that a store keeps, and count the requests and the bytes.

Nobody has 10 TB at hand, so the store is a stand-in: it lists shards of 1 GB, tells their
checksums, and hands out what of them is asked for. The program is the real command line. Run
from the repository's root: `python -m benchmarks.kept`.
"""

import argparse
import base64
import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread
from urllib.parse import parse_qs, unquote, urlsplit

from benchmarks.delivered import make_origin
from benchmarks.measure import program
from benchmarks.published import write_environment
from generator.catalog.claim import Blob
from generator.catalog.index import write
from tests.kit.savedmodels import SAVER, saved
from tests.kit.savedmodels import field as wire

GIGABYTE = 10**9
SHARDS = 10
GRAPH = saved([wire(1, wire(4, "serve")), SAVER])
_ZEROS = bytes(1 << 20)
_PAGE = 1000


@dataclass(slots=True)
class Counted:
    """What the store was asked for, and has sent of objects."""

    requests: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    lock: Lock = field(default_factory=Lock)

    def add(self, what: str, size: int) -> None:
        """Count one request."""
        with self.lock:
            self.requests[what] += 1
            self.bytes += size


@dataclass
class Shelf:
    """Models of ten shards of 1 GB each, one version of each, and their indexes."""

    models: int
    counted: Counted = field(default_factory=Counted)

    @cached_property
    def objects(self) -> Mapping[str, bytes | int]:
        """What each object has: bytes, or so many zeros."""
        found: dict[str, bytes | int] = {}
        for number in range(self.models):
            name = f"m-{number:04}"
            parts: dict[str, bytes | int] = {
                f"{name}/1/variables/variables.data-{shard:05}-of-{SHARDS:05}": GIGABYTE
                for shard in range(SHARDS)
            }
            parts |= {
                f"{name}/1/saved_model.pb": GRAPH,
                f"{name}/1/variables/variables.index": b"x",
            }
            rows = [Blob(key, f"sha256:{self.sum_of(data)}") for key, data in parts.items()]
            found |= parts | {f"index-{name}.csv": write(name, rows)}
        return dict(sorted(found.items()))

    def sum_of(self, data: bytes | int) -> str:
        """Return the SHA-256 that the store keeps; of shards it is only said to be one."""
        text = data if isinstance(data, bytes) else b"a shard of 1 GB"
        return hashlib.sha256(text).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    """Answers listings, HEAD and GET; it asks nobody who they are."""

    protocol_version = "HTTP/1.1"

    def __init__(self, shelf: Shelf, *arguments: object) -> None:
        self._shelf = shelf
        super().__init__(*arguments)  # type: ignore[arg-type]

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Stay silent."""

    def do_HEAD(self) -> None:
        """Tell what is kept of an object."""
        self._object()

    def do_GET(self) -> None:
        """Send a listing, an object, or a range of one."""
        url = urlsplit(self.path)
        if "list-type" in (query := parse_qs(url.query, keep_blank_values=True)):
            self._listing({name: values[0] for name, values in query.items()})
        else:
            self._object()

    def _object(self) -> None:
        key = unquote(urlsplit(self.path).path).split("/", 2)[2]
        data = self._shelf.objects[key]
        size, digest = (data if isinstance(data, int) else len(data)), self._shelf.sum_of(data)
        headers = {
            "ETag": f'"{digest[:32]}"',
            "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT",
            "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(digest)).decode(),
        }
        start, end, status = 0, size, 200
        if span := self.headers.get("Range"):
            first, _, last = span.removeprefix("bytes=").partition("-")
            start, end, status = int(first), min(int(last) + 1, size), 206
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        what = "indexes" if key.startswith("index-") else "objects"
        sent = 0 if self.command == "HEAD" else end - start
        self._shelf.counted.add(f"{self.command} of {what}", sent if what == "objects" else 0)
        self._answer(status, headers, end - start)
        if self.command == "GET":
            while start < end:
                piece = _ZEROS[: end - start] if isinstance(data, int) else data[start:end]
                self.wfile.write(piece)
                start += len(piece)

    def _listing(self, query: Mapping[str, str]) -> None:
        prefix, flat = query.get("prefix", ""), query.get("delimiter")
        after = query.get("continuation-token", query.get("start-after", ""))
        keys = [key for key in self._shelf.objects if key.startswith(prefix) and key > after]
        if flat:
            keys = [key for key in keys if "/" not in key.removeprefix(prefix)]
        page, more = keys[:_PAGE], len(keys) > _PAGE
        rows = "".join(self._row(key) for key in page)
        token = f"<NextContinuationToken>{page[-1]}</NextContinuationToken>" if more else ""
        text = (
            f"<ListBucketResult><Name>models</Name><Prefix>{prefix}</Prefix>"
            f"<KeyCount>{len(page)}</KeyCount><IsTruncated>{str(more).lower()}</IsTruncated>"
            f"{token}{rows}</ListBucketResult>"
        ).encode()
        self._shelf.counted.add("listings", 0)
        self._answer(200, {"Content-Type": "application/xml"}, len(text))
        self.wfile.write(text)

    def _row(self, key: str) -> str:
        data = self._shelf.objects[key]
        size = data if isinstance(data, int) else len(data)
        etag = self._shelf.sum_of(data)[:32]
        return (
            f"<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00Z</LastModified>"
            f"<ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size></Contents>"
        )

    def _answer(self, status: int, headers: Mapping[str, str], length: int) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()


@contextmanager
def _serving(shelf: Shelf) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, shelf)) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    """Sync once, and print what was asked for and sent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--terabytes", type=int, default=10)
    shelf = Shelf(parser.parse_args().terabytes * 1000 // SHARDS)
    stored = sum(data if isinstance(data, int) else len(data) for data in shelf.objects.values())
    with TemporaryDirectory() as folder, _serving(shelf) as endpoint:
        project, origin = Path(folder, "project"), Path(folder, "origin.git")
        source = {"url": "s3://models", "endpoint": endpoint, "region": "us-east-1"}
        write_environment(project, "prod", origin, source)
        make_origin(origin)
        keys = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "XDG_CACHE_HOME": folder}
        used = program("-C", str(project), "sync", "--strict", env={**os.environ, **keys})
    counted = shelf.counted
    print(f"{shelf.models:,} versions, {len(shelf.objects):,} objects, {stored / 1e12:.1f} TB")
    for what, count in sorted(counted.requests.items()):
        print(f"{count:>8,} {what}")
    print(f"{counted.bytes:>8,} bytes of objects sent, in {used.seconds:.0f} s")


if __name__ == "__main__":
    main()
