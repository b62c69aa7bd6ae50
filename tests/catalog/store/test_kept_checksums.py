"""The checksums that a bucket keeps: they prove an object with no byte of it read."""

import base64
import hashlib
import io
from urllib.parse import unquote

import pytest

from generator.catalog.catalog import Version
from generator.catalog.checksum import SIZES, hashing
from generator.catalog.claim import Blob
from generator.catalog.discover import discover
from generator.catalog.index import write
from generator.catalog.location import StoreAddress
from generator.catalog.ports import Silent
from generator.catalog.store import Limits, open_store
from generator.catalog.store.kept_checksums import of_headers
from generator.catalog.validate import validate
from tests.servers import gcs

DATA = bytes(range(256)) * 1000
SHORT = Limits(retries=1, retry_timeout=1)
ASKED = {"sha256": "SHA256", "crc64nvme": "CRC64NVME", "crc32c": "CRC32C"}


def checksum(algorithm, data=DATA, *, form="hex"):
    """Return the checksum as a row has it, in hex or as both clouds print it."""
    digest = hashing(algorithm)
    digest.update(data)
    value = digest.hexdigest()
    if form == "base64":
        value = base64.b64encode(bytes.fromhex(value)).decode()
    return f"{algorithm}:{value}"


@pytest.fixture
def store(s3, proxy):
    """Return the bucket, seen through the proxy."""
    return open_store(store_source(s3, proxy))


def store_source(s3, proxy):
    """Return the bucket behind the proxy."""
    return StoreAddress(url=s3.url, endpoint=proxy.url)


def publish(s3, third, data=DATA, **options):
    """Upload an object, with what S3 is to keep of it, and an index with this third field."""
    s3.client.put_object(Bucket=s3.name, Key="m/1/saved_model.pb", Body=data, **options)
    s3.put("index-m.csv", write("m", [Blob("m/1/saved_model.pb", third)]))


def prove(store):
    """Return the versions and the holds of one look at the indexes and listings."""
    found = discover(store, {}, (), Silent())
    catalog = validate(store, found, Silent())
    return catalog.versions, catalog.held


def reads(proxy):
    """Return the methods of all requests for the object."""
    return [line.split()[0] for line in map(unquote, proxy.requests) if "saved_model.pb" in line]


@pytest.mark.parametrize("form", ["hex", "base64"])
@pytest.mark.parametrize("algorithm", ASKED)
def test_a_row_is_proven_by_the_checksum_that_the_store_keeps(s3, proxy, store, algorithm, form):
    """With one HEAD, however large the object is."""
    publish(s3, checksum(algorithm, form=form), ChecksumAlgorithm=ASKED[algorithm])

    versions, held = prove(store)

    assert held == ()
    assert [type(version) for version in versions] == [Version]
    assert reads(proxy) == ["HEAD"]


@pytest.mark.parametrize("algorithm", ASKED)
def test_a_kept_checksum_that_is_another_holds_the_version(s3, proxy, store, algorithm):
    """As if the bytes had been read."""
    publish(s3, checksum(algorithm, b"else"), ChecksumAlgorithm=ASKED[algorithm])

    versions, [hold] = prove(store)

    assert versions == ()
    assert hold.code.value == "checksum-mismatch"
    assert reads(proxy) == ["HEAD"]


@pytest.mark.parametrize("algorithm", SIZES)
def test_where_the_store_keeps_another_the_object_is_read_once(s3, proxy, store, algorithm):
    """And by the next run not again: what the listing says of it is remembered."""
    publish(s3, checksum(algorithm), ChecksumAlgorithm="CRC32")

    [version], held = prove(store)

    assert held == ()
    assert reads(proxy) == ["HEAD", "GET"]
    proxy.requests.clear()
    again = discover(
        store, {(version.index.key, version.index.etag): (version,)}, {"m/1"}, Silent()
    )
    assert again.known == (version,)
    assert reads(proxy) == []


def test_the_checksum_of_parts_is_none_of_the_file(s3, proxy, store):
    """S3 keeps SHA-256 of a large upload as one of the checksums of its parts."""
    data = DATA * 50
    s3.put("index-m.csv", write("m", [Blob("m/1/saved_model.pb", checksum("sha256", data))]))
    s3.client.upload_fileobj(
        io.BytesIO(data), s3.name, "m/1/saved_model.pb", ExtraArgs={"ChecksumAlgorithm": "SHA256"}
    )

    _, held = prove(store)

    assert held == ()
    assert "GET" in reads(proxy)


@pytest.mark.parametrize(
    "more",
    [
        {"x-amz-checksum-type": "COMPOSITE"},
        {"etag": '"0123-2"'},
        {"x-amz-checksum-sha256": f"{base64.b64encode(bytes(32)).decode()}-2"},
        {"x-amz-checksum-sha256": "x"},
        {"x-amz-checksum-sha256": base64.b64encode(bytes(31)).decode()},
        {"x-amz-checksum-sha256": ""},
    ],
)
def test_an_answer_that_may_tell_of_parts_tells_nothing(more):
    """Absence is no evidence, and neither is a value of the wrong size."""
    whole = {"x-amz-checksum-sha256": base64.b64encode(bytes(32)).decode(), "etag": '"0123"'}

    assert of_headers(whole) == {"sha256": "00" * 32}
    assert of_headers(whole | more) == {}


def test_parts_of_which_the_whole_is_kept_are_proven_by_it():
    """A CRC can be put together from those of the parts, and S3 says that it is."""
    found = of_headers(
        {
            "x-amz-checksum-crc64nvme": base64.b64encode(bytes(8)).decode(),
            "x-amz-checksum-type": "FULL_OBJECT",
            "etag": '"0123-2"',
        }
    )

    assert found == {"crc64nvme": "00" * 8}


@pytest.mark.parametrize("fault", ["500", "cut"])
def test_where_nothing_kept_can_be_asked_for_the_bytes_tell(s3, proxy, store, fault):
    """A store need not know these questions."""
    publish(s3, checksum("sha256"), ChecksumAlgorithm="SHA256")
    proxy.fault = lambda _, request: fault if request.startswith("HEAD") else None
    store = open_store(store_source(s3, proxy), SHORT)

    versions, held = prove(store)
    asked = reads(proxy).count("HEAD")
    prove(store)

    assert (len(versions), held) == (1, ())
    assert reads(proxy).count("HEAD") == asked, "it was asked again what it does not answer"


def test_what_nobody_may_read_is_held_and_not_proven_by_what_is_kept(s3, proxy, store):
    """An object under a key of somebody else answers neither question."""
    key = "0" * 32
    publish(
        s3,
        f"sha256:{hashlib.sha256(DATA).hexdigest()}",
        ChecksumAlgorithm="SHA256",
        SSECustomerAlgorithm="AES256",
        SSECustomerKey=key,
    )

    versions, [hold] = prove(store)

    assert versions == ()
    assert hold.code.value == "missing-object"
    assert "'m/1/saved_model.pb' cannot be read: Invalid" in hold.problems[0]


@pytest.fixture
def google(s3, proxy, monkeypatch):
    """Return the bucket as one of Google's, which keeps checksums of every object."""
    hashes = [checksum(name, form="base64").partition(":") for name in ("crc32c", "md5")]
    told = ",".join(f"{name}={value}" for name, _, value in hashes)
    proxy.more = lambda request: {"x-goog-hash": told} if request.startswith("HEAD") else {}
    return open_store(gcs.public(s3, monkeypatch, proxy.url))


@pytest.mark.parametrize("form", ["hex", "base64"])
@pytest.mark.parametrize("algorithm", ["crc32c", "md5"])
def test_a_row_is_proven_by_the_checksum_that_google_keeps(s3, proxy, google, algorithm, form):
    """Of every object a CRC-32C, and of most an MD5."""
    publish(s3, checksum(algorithm, form=form))

    versions, held = prove(google)

    assert (len(versions), held) == (1, ())
    assert reads(proxy) == ["HEAD"]


def test_what_google_does_not_keep_is_read(s3, proxy, google):
    """It never keeps a SHA-256."""
    publish(s3, checksum("sha256"))

    versions, held = prove(google)

    assert (len(versions), held) == (1, ())
    assert reads(proxy) == ["HEAD", "GET"]


def test_an_upload_lets_the_store_keep_the_checksum(s3, proxy, store, tmp_path):
    """SHA-256 of the whole, also of a file that used to be uploaded in parts."""
    path = tmp_path / "file"
    path.write_bytes(DATA * 50)

    etag = store.write("m/1/large", path)

    assert "-" not in etag
    assert dict(store.kept_checksums(["m/1/large", "m/1/none"])) == {
        "m/1/large": {"sha256": hashlib.sha256(DATA * 50).hexdigest()},
        "m/1/none": {},
    }


def test_a_file_that_s3_takes_in_parts_only_has_a_checksum_of_the_whole(s3, tmp_path):
    """A CRC can be put together from those of the parts, and a SHA-256 cannot."""
    limits = Limits(largest_put=1_000_000, part_bytes=5 * 1024 * 1024)
    path = tmp_path / "file"
    path.write_bytes(DATA * 50)
    store = open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint), limits)

    etag = store.write("m/1/large", path)

    [(_, found)] = store.kept_checksums(["m/1/large"])
    assert etag.endswith("-3")
    assert found == {"crc64nvme": checksum("crc64nvme", DATA * 50).partition(":")[2]}
    assert dict(store.read(["m/1/large"])) == {"m/1/large": DATA * 50}
