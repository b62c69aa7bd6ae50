"""`generator.exporter`: a model is declared complete last, and is never overwritten."""

import csv
import hashlib
import io
from pathlib import Path

import pytest
from awscrt.checksums import crc64nvme

from generator import index, survey
from generator.environment import Source
from generator.errors import InvalidInputError, StoreError
from generator.exporter import publish
from generator.ports import Silent
from generator.store import Limits, open_store
from tests.servers.flaky import flaky

LARGE = bytes(range(256)) * 50_000  # 12.8 MB: an upload in several parts


@pytest.fixture(params=["folder", "s3", "s3 with a prefix"])
def source(request, tmp_path):
    """Return an empty store that can be written."""
    if request.param == "folder":
        (tmp_path / "bucket").mkdir()
        return Source(url=(tmp_path / "bucket").as_uri())
    s3 = request.getfixturevalue("s3")
    prefix = "/team a" if "prefix" in request.param else ""
    return Source(url=f"{s3.url}{prefix}", endpoint=s3.endpoint)


@pytest.fixture
def store(source):
    """Return the store, opened."""
    return open_store(source)


@pytest.fixture
def model(tmp_path):
    """Return an exported model with two versions, and files that are none of them."""
    root = tmp_path / "export"
    for key, data in (
        ("1/saved_model.pb", b"one"),
        ("1/variables/variables.data-00000-of-00001", LARGE),
        ("1/assets/wörd list #1.txt", b"words"),
        ("2/saved_model.pb", b"two"),
        ("2/empty", b""),
        ("README.md", b"none of a version"),
        ("temp-1/saved_model.pb", b"neither"),
    ):
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(data)
    return root


FILES = [
    "resnet/1/assets/wörd list #1.txt",
    "resnet/1/saved_model.pb",
    "resnet/1/variables/variables.data-00000-of-00001",
    "resnet/2/empty",
    "resnet/2/saved_model.pb",
]


def run(model, store, *, upload=True):
    """Publish as `tfs-gitops index` does."""
    return publish(model, "resnet", store, Silent(), upload=upload)


def objects(store):
    """Return every object of the model by key."""
    return {
        item.key: item for _, found in store.objects(["resnet/1", "resnet/2"]) for item in found
    }


def proven(store):
    """Return the directories that a sync would find complete, and what it would hold."""
    found = survey.discover(store, {}, (), Silent())
    catalog = survey.validate(store, found, Silent())
    return [version.path for version in catalog.versions], catalog.held, catalog.warnings


def test_an_upload_is_proven_complete_by_the_next_sync(model, store):
    """The two sides of the contract meet: whatever one writes, the other takes."""
    key = run(model, store)

    assert [item.key for item in store.indexes()] == [key]
    assert sorted(objects(store)) == FILES
    assert proven(store) == (["resnet/1", "resnet/2"], (), ())


def test_an_index_lists_each_object_with_its_etag_or_checksum(model, store):
    """In the order of the keys; S3 was asked to keep the checksum, and a folder has no ETags."""
    key = run(model, store)

    [(_, data)] = store.read([key])
    rows = list(csv.reader(io.StringIO(data.decode())))
    assert [row[:2] for row in rows] == [["resnet", key] for key in FILES]
    files = {key: (model / key.removeprefix("resnet/")).read_bytes() for key in FILES}
    assert {row[1]: row[2] for row in rows} == {
        key: f"sha256:{hashlib.sha256(data).hexdigest()}" for key, data in files.items()
    }


@pytest.mark.parametrize("source", ["s3"], indirect=True)
def test_what_was_uploaded_by_other_means_is_listed_with_what_the_store_keeps(model, store, s3):
    """SHA-256 or CRC-64/NVME of the whole object; without either, the ETag of the store."""
    for name, asked in (("saved_model.pb", "CRC64NVME"), ("empty", "CRC32")):
        path = model / "2" / name
        s3.client.put_object(
            Bucket=s3.name, Key=f"resnet/2/{name}", Body=path.read_bytes(), ChecksumAlgorithm=asked
        )
    with (model / "1" / "variables/variables.data-00000-of-00001").open("rb") as file:
        s3.client.upload_fileobj(file, s3.name, FILES[2], ExtraArgs={"ChecksumAlgorithm": "SHA256"})
    for key in FILES[:2]:
        s3.client.put_object(
            Bucket=s3.name, Key=key, Body=(model / key.removeprefix("resnet/")).read_bytes()
        )

    key = run(model, store, upload=False)

    [(_, data)] = store.read([key])
    third = {row[1]: row[2] for row in csv.reader(io.StringIO(data.decode()))}
    assert third[FILES[4]] == "crc64nvme:" + crc64nvme(b"two").to_bytes(8, "big").hex()
    assert third[FILES[3]] == hashlib.md5(b"", usedforsecurity=False).hexdigest()
    assert "-" in third[FILES[2]], "a checksum of the checksums of parts was taken for one"
    assert proven(store) == (["resnet/1", "resnet/2"], (), ())


def test_publishing_again_changes_nothing(model, store):
    """A job that is run twice gives one index, under the same name."""
    first = run(model, store)
    before = objects(store)

    assert run(model, store) == first
    assert run(model, store, upload=False) == first
    assert objects(store) == before
    assert len(store.indexes()) == 1


def test_a_new_version_has_an_index_of_its_own_beside_the_old_one(model, store):
    """Old objects stay as they are, and both indexes are true."""
    first = run(model, store)
    before = objects(store)
    (model / "3").mkdir()
    (model / "3/model.tflite").write_bytes(b"three")

    second = run(model, store)

    assert {item.key for item in store.indexes()} == {first, second}
    assert objects(store) == before
    assert proven(store)[0] == ["resnet/1", "resnet/2", "resnet/3"]


def test_an_upload_that_was_cut_short_goes_on(model, store):
    """What is there with the same bytes is not sent again, also if it came in parts."""
    store.write(FILES[1], model / "1/saved_model.pb")
    store.write(FILES[2], model / "1/variables/variables.data-00000-of-00001")
    before = objects(store)

    run(model, store)

    after = objects(store)
    assert sorted(after) == FILES
    assert {key: after[key] for key in before} == before
    assert proven(store)[1:] == ((), ())


@pytest.mark.parametrize("upload", [True, False])
def test_a_published_object_is_never_overwritten(model, store, upload):
    """Other bytes of the same size, or of another, and everything else is told together."""
    store.write(FILES[1], b"ONE")
    store.write(FILES[2], bytes(len(LARGE)))
    store.write(FILES[3], b"longer")
    before = objects(store)

    with pytest.raises(InvalidInputError) as caught:
        run(model, store, upload=upload)

    problems = "\n".join(caught.value.problems)
    assert "resnet/1/saved_model.pb: the store has other bytes" in problems
    assert f"{FILES[2]}: the store has other bytes" in problems
    assert "resnet/2/empty: the store has 6 bytes" in problems
    assert (f"{FILES[0]}: not in {store.location.url}" in problems) is not upload
    assert len(caught.value.problems) == (3 if upload else 5)
    assert ("under a new number" in caught.value.hint) is upload
    assert objects(store) == before
    assert store.indexes() == ()


def test_an_object_that_is_not_there_is_not_declared(model, store):
    """Without --upload the model must be in the store already."""
    with pytest.raises(InvalidInputError) as caught:
        run(model, store, upload=False)

    assert list(caught.value.problems) == [f"{key}: not in {store.location.url}" for key in FILES]
    assert store.indexes() == ()


@pytest.mark.parametrize("spoil", ["delete", "change"])
def test_what_changes_during_the_upload_is_not_declared(model, source, monkeypatch, spoil):
    """Another job that writes there too, or a lifecycle rule, makes the claim a lie."""
    store = open_store(source)
    plain = store.write_all

    def spoiled(items):
        rest = items if spoil == "change" else items[1:]
        yield from plain(rest)
        if spoil == "change":
            store.write(FILES[0], b"somebody else's")

    monkeypatch.setattr(store, "write_all", spoiled)

    with pytest.raises(StoreError, match=r"wörd list #1.txt: it changed in .* during the upload"):
        run(model, store)
    assert store.indexes() == ()


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_store_that_fails_midway_has_no_index(s3, model, number):
    """The index is the last thing to be written, whichever write it is that fails."""
    good = open_store(Source(url=s3.url, endpoint=s3.endpoint))
    with flaky(s3.endpoint) as proxy:
        writes = []

        def fault(_, request):
            writes.extend([request] if request.startswith(("PUT", "POST")) else [])
            return "500" if len(writes) >= number else None

        proxy.fault = fault
        limits = Limits(timeout=5, connect_timeout=1, retries=0, retry_timeout=1)
        with pytest.raises(StoreError, match="SlowDown"):
            run(model, open_store(Source(url=s3.url, endpoint=proxy.url), limits))

    assert good.indexes() == ()
    key = run(model, good)
    assert [item.key for item in good.indexes()] == [key]
    assert proven(good) == (["resnet/1", "resnet/2"], (), ())


def test_the_index_is_written_after_every_object(s3, model):
    """The order of the requests, as the server got them."""
    with flaky(s3.endpoint) as proxy:
        run(model, open_store(Source(url=s3.url, endpoint=proxy.url)))

    writes = [one for one in proxy.requests if one.startswith(("PUT", "POST"))]
    assert "/index-" in writes[-1]
    assert not any("/index-" in one for one in writes[:-1])
    assert len(writes) > len(FILES)


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (["saved_model.pb"], r"export: no version directory"),
        (["v1/saved_model.pb"], r"export: no version directory"),
        (["1/variables/a"], r"export/1: none of model\.tflite, saved_model\.pb, "),
        (["1/saved_model.pb", "1/a\nb"], r"'resnet/1/a\\nb' has a control character"),
        (["1/saved_model.pb", "1/a\\b"], r"'resnet/1/a\\\\b' has a backslash"),
    ],
)
def test_what_is_no_model_is_not_published(tmp_path, files, problem):
    """Nothing is written, and the message names the file."""
    (tmp_path / "bucket").mkdir()
    for key in files:
        (tmp_path / "export" / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "export" / key).write_bytes(b"x")
    store = open_store(Source(url=(tmp_path / "bucket").as_uri()))

    with pytest.raises(InvalidInputError, match=problem):
        run(tmp_path / "export", store)
    assert list((tmp_path / "bucket").iterdir()) == []


def test_all_problems_of_a_model_are_told_together(tmp_path):
    """One run, one list to mend."""
    for key in ("1/a", "2/b", "3/saved_model.pb", "3/x\n"):
        (tmp_path / "export" / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "export" / key).write_bytes(b"x")
    (tmp_path / "bucket").mkdir()
    store = open_store(Source(url=(tmp_path / "bucket").as_uri()))

    with pytest.raises(InvalidInputError) as caught:
        publish(tmp_path / "export", "../resnet", store, Silent(), upload=True)

    assert len([one for one in caught.value.problems if "none of" in one]) == 2
    assert any("'../resnet' has a segment '.' or '..'" in one for one in caught.value.problems)
    assert any("control character" in one for one in caught.value.problems)


def test_what_publish_writes_parse_reads(model, store):
    """Also where the base path has several segments and a comma."""
    key = publish(Path(model), 'team/a, "b"', store, Silent(), upload=True)

    [(_, data)] = store.read([key])
    claims, held, _ = index.parse(key, data, store.location)
    assert held == ()
    assert [claim.path for claim in claims] == ['team/a, "b"/1', 'team/a, "b"/2']
