"""`export.export`: a model is declared complete last, and is never overwritten."""

import csv
import hashlib
import io

import pytest
from awscrt.checksums import crc64nvme

from generator.catalog import index
from generator.catalog.export import model_folder
from generator.catalog.export.export import publish
from generator.catalog.location import StoreAddress
from generator.catalog.ports import Silent
from generator.catalog.store import Limits, open_store
from generator.errors import InvalidInputError, StoreError
from tests.kit.exports import FILES, OTHER, TWO, objects, proven, run
from tests.servers.flaky import flaky


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
    assert third[FILES[4]] == "crc64nvme:" + crc64nvme(TWO).to_bytes(8, "big").hex()
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
    (model / "3/model.tflite").write_bytes(b"\x1c\0\0\0TFL3")

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


def test_without_upload_the_store_has_to_have_the_same_bytes(model, store):
    """Nothing is written; what is there and what is not are told together."""
    store.write(FILES[1], OTHER)
    store.write(FILES[3], b"longer")

    with pytest.raises(InvalidInputError) as caught:
        run(model, store, upload=False)

    problems = "\n".join(caught.value.problems)
    assert "resnet/1/saved_model.pb: the store has other bytes" in problems
    assert "resnet/2/empty: the store has 6 bytes" in problems
    assert f"{FILES[0]}: not in {store.location.url}" in problems
    assert len(caught.value.problems) == 5
    assert "--upload" in caught.value.hint
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


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_store_that_fails_midway_has_no_index(s3, model, number):
    """The index is the last thing to be written, whichever write it is that fails."""
    good = open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint))
    with flaky(s3.endpoint) as proxy:
        writes = []

        def fault(_, request):
            writes.extend([request] if request.startswith(("PUT", "POST")) else [])
            return "500" if len(writes) >= number else None

        proxy.fault = fault
        limits = Limits(timeout=5, connect_timeout=1, retries=0, retry_timeout=1)
        with pytest.raises(StoreError, match="SlowDown"):
            run(model, open_store(StoreAddress(url=s3.url, endpoint=proxy.url), limits))

    assert good.indexes() == ()
    key = run(model, good)
    assert [item.key for item in good.indexes()] == [key]
    assert proven(good) == (["resnet/1", "resnet/2"], (), ())


def test_the_index_is_written_after_every_object(s3, model):
    """The order of the requests, as the server got them."""
    with flaky(s3.endpoint) as proxy:
        run(model, open_store(StoreAddress(url=s3.url, endpoint=proxy.url)))

    writes = [one for one in proxy.requests if one.startswith(("PUT", "POST"))]
    assert "/index-" in writes[-1]
    assert not any("/index-" in one for one in writes[:-1])
    assert len(writes) > len(FILES)


def test_what_publish_writes_parse_reads(model, store):
    """Also where the base path has several segments and a comma."""
    export = model_folder.read(model)
    key = publish(export, 'team/a, "b"', store, Silent(), upload=True).index

    [(_, data)] = store.read([key])
    claims, held, _ = index.parse(key, data, store.location)
    assert held == ()
    assert [claim.path for claim in claims] == ['team/a, "b"/1', 'team/a, "b"/2']
