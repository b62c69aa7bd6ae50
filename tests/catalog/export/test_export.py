"""`export.export`: a model is declared complete last, and is never overwritten."""

import base64
import csv
import hashlib
import io

import pytest
from awscrt.checksums import crc64nvme

from generator.catalog import full_catalog, index
from generator.catalog.export import model_folder
from generator.catalog.export.export import publish
from generator.catalog.location import StoreAddress
from generator.catalog.ports import Silent
from generator.catalog.presence import Presence
from generator.catalog.store import Limits, open_store
from generator.errors import InvalidInputError, StoreError
from tests.kit.savedmodels import SAVER, constant, info, saved
from tests.servers.flaky import flaky

ONE, OTHER, TWO = map(constant, ("one", "ONE", "two"))
LARGE = bytes(range(256)) * 50_000  # 12.8 MB: an upload in several parts


@pytest.fixture(params=["folder", "s3", "s3 with a prefix"])
def source(request, tmp_path):
    """Return an empty store that can be written."""
    if request.param == "folder":
        (tmp_path / "bucket").mkdir()
        return StoreAddress(url=(tmp_path / "bucket").as_uri())
    s3 = request.getfixturevalue("s3")
    prefix = "/team a" if "prefix" in request.param else ""
    return StoreAddress(url=f"{s3.url}{prefix}", endpoint=s3.endpoint)


@pytest.fixture
def store(source):
    """Return the store, opened."""
    return open_store(source)


@pytest.fixture
def model(tmp_path):
    """Return an exported model with two versions, and files that are none of them."""
    root = tmp_path / "export"
    for key, data in (
        ("1/saved_model.pb", ONE),
        ("1/variables/variables.data-00000-of-00001", LARGE),
        ("1/assets/wörd list #1.txt", b"words"),
        ("2/saved_model.pb", TWO),
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


def run(model, store, *numbers, upload=True, repair=False):
    """Publish as `tfs-gitops index` does, and return the key of the index."""
    export = model_folder.read(model, numbers)
    return publish(export, "resnet", store, Silent(), upload=upload, repair=repair).index


def objects(store):
    """Return every object of the model by key."""
    return {
        item.key: item for _, found in store.objects(["resnet/1", "resnet/2"]) for item in found
    }


def catalog(store):
    """Return what a sync would find."""
    return full_catalog.prove_all(Presence(store), Silent())


def proven(store):
    """Return the directories that a sync would find complete, and what it would hold."""
    found = catalog(store)
    return [version.path for version in found.versions], found.held, found.warnings


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


def test_what_no_index_lists_is_overwritten(model, store):
    """An upload that was broken off, or an export that was made again: nobody serves it."""
    store.write(FILES[1], OTHER)
    store.write(FILES[2], bytes(len(LARGE)))
    store.write(FILES[3], b"longer")
    store.write("resnet/1/left-over", b"")
    export = model_folder.read(model)

    found = publish(export, "resnet", store, Silent(), upload=True)

    assert found.notes == (
        f"written again: {', '.join(map(repr, FILES[1:4]))}",
        "in the store, and not in the export: 'resnet/1/left-over'",
    )
    [warning] = proven(store)[2]
    assert proven(store)[:2] == (["resnet/1", "resnet/2"], ())
    assert "left-over" in warning.message


def test_a_published_object_is_never_overwritten(model, store):
    """Other bytes of the same size, or of another, are told together, with the index."""
    first = run(model, store)
    before = objects(store)
    (model / "1/saved_model.pb").write_bytes(OTHER)
    (model / "2/empty").write_bytes(b"longer")

    for repair in (False, True):
        with pytest.raises(InvalidInputError) as caught:
            run(model, store, repair=repair)

        assert len(caught.value.problems) == 2
        assert all(f"; {first} lists it with 'sha256:" in one for one in caught.value.problems)
        assert "under a new number" in caught.value.hint
    assert objects(store) == before
    assert [item.key for item in store.indexes()] == [first]


@pytest.mark.parametrize(
    "text", ["key,etag,base\nresnet,{key},{etag}\n", "m,m/1/x,aa\nresnet,{key},{etag}\n"]
)
def test_what_a_broken_index_may_list_is_not_overwritten(model, store, text):
    """Somebody declared it, and will mend the index."""
    store.write(FILES[1], OTHER)
    store.write("index-broken.csv", text.format(key=FILES[1], etag="aa").encode())

    with pytest.raises(InvalidInputError, match=r"index-broken\.csv may list it"):
        run(model, store)

    (model / "1/saved_model.pb").write_bytes(OTHER)
    run(model, store)


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


def test_a_repair_restores_what_was_declared(model, store):
    """The bytes of the index, and no others: so it is safe whoever serves them now."""
    first = run(model, store)
    digests = {version.path: version.digest for version in catalog(store).versions}
    store.write(FILES[1], OTHER)
    store.write(FILES[3], b"longer")
    assert {hold.version for hold in proven(store)[1]} == {1, 2}

    with pytest.raises(InvalidInputError) as caught:
        run(model, store)
    assert all(f"it is not what {first} lists" in one for one in caught.value.problems)
    assert "--repair" in caught.value.hint

    assert run(model, store, repair=True) == first
    assert {version.path: version.digest for version in catalog(store).versions} == digests
    assert len(store.indexes()) == 1


@pytest.mark.parametrize("kind", ["md5", "base64", "checksum"])
def test_a_repair_of_what_another_tool_declared_adds_no_index(model, store, kind):
    """Another index, with rows of another kind, would be another publication to a sync."""
    files = model_folder.read(model, ["2"]).files("resnet")
    rows = []
    for key, path in files.items():
        md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False)
        spelt = {
            "md5": md5.hexdigest().upper(),
            "base64": base64.b64encode(md5.digest()).decode(),
            "checksum": f"md5:{md5.hexdigest()}",
        }[kind]
        rows.append(f"resnet,{key},{spelt}\n")
        store.write(key, b"wrong")
    store.write("index-by-hand.csv", "".join(rows).encode())
    assert proven(store)[0] == []

    assert run(model, store, "2", repair=True) == "index-by-hand.csv"
    assert proven(store) == (["resnet/2"], (), ())


def test_an_etag_of_parts_cannot_be_repaired(model, store):
    """The file cannot be compared with it."""
    store.write(FILES[1], OTHER)
    store.write("index-1.csv", f"resnet,{FILES[1]},{'0a' * 16}-2\n".encode())

    with pytest.raises(InvalidInputError, match=r"index-1\.csv lists it with '0a.*-2'"):
        run(model, store, repair=True)


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
        (tmp_path / "export" / key).write_bytes(constant())
    store = open_store(StoreAddress(url=(tmp_path / "bucket").as_uri()))

    with pytest.raises(InvalidInputError, match=problem):
        run(tmp_path / "export", store)
    assert list((tmp_path / "bucket").iterdir()) == []


@pytest.mark.parametrize("upload", [True, False])
def test_what_no_server_could_load_is_refused_before_the_upload(model, store, upload):
    """With the version and what is wrong with it; all of it together."""
    (model / "1/saved_model.pb").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    (model / "2/saved_model.pb").write_bytes(saved([info("serve"), SAVER]))

    with pytest.raises(InvalidInputError) as caught:
        run(model, store, upload=upload)

    first, *others = caught.value.problems
    assert first.endswith("export/1: saved_model.pb is a Git LFS pointer, not a SavedModel")
    assert len(others) == 2
    assert all("not-servable: " in problem and "export/2: " in problem for problem in others)
    assert dict(store.objects(["resnet/1", "resnet/2"])) == {"resnet/1": (), "resnet/2": ()}


def test_a_version_that_no_server_could_load_stops_no_other(model, store):
    """It is left out, and told; the caller says by the exit code that not all went well."""
    (model / "2/saved_model.pb").write_bytes(b"")

    export = model_folder.read(model)
    published = publish(export, "resnet", store, Silent(), upload=True)

    (problem,) = published.refused
    assert problem.endswith("export/2: saved_model.pb is empty")
    assert dict(store.objects(["resnet/2"])) == {"resnet/2": ()}
    assert [version.path for version in catalog(store).versions] == ["resnet/1"]


def test_what_servers_must_be_told_for_a_model_is_noted(tmp_path, store):
    """It is published: there may be such servers."""
    for number, name, data in (
        (1, "saved_model.pb", saved([info("serve", "gpu")])),
        (2, "model.tflite", b"\x1c\0\0\0TFL3"),
        (3, "saved_model.pb", constant()),
    ):
        (tmp_path / f"m/{number}").mkdir(parents=True)
        (tmp_path / f"m/{number}/{name}").write_bytes(data)

    notes = publish(model_folder.read(tmp_path / "m"), "m", store, Silent(), upload=True).notes

    assert ["saved_model_tags" in note for note in notes] == [True, False]
    assert ["serving.tflite" in note for note in notes] == [False, True]


HELD = [
    ("x", ["9223372036854775808"], "version-out-of-range: '9223372036854775808': version 922"),
    ("x", ["1", "001"], "duplicate-version-directory: directories '001' and '1' are both version"),
    ("x/../y", ["1"], "unsafe-path: 'x/../y' has a segment '.' or '..'"),
    ("s3://other/x", ["1"], "unsafe-path: 's3://other/x' has an empty segment"),
    ("n" * 256, ["1"], "a segment of 256 bytes"),
    ("/".join(["n" * 250] * 17), ["1"], "bytes, expected at most 4,095"),
]


@pytest.mark.parametrize(("base_path", "directories", "problem"), HELD)
def test_what_every_sync_would_hold_is_refused_before_the_upload(
    tmp_path, base_path, directories, problem
):
    """In the words of the hold, and all of it together."""
    (tmp_path / "bucket").mkdir()
    for name in directories:
        (tmp_path / "export" / name).mkdir(parents=True)
        (tmp_path / "export" / name / "saved_model.pb").write_bytes(constant())
        (tmp_path / "export" / name / "x\n").touch()
    store = open_store(StoreAddress(url=(tmp_path / "bucket").as_uri()))

    with pytest.raises(InvalidInputError) as caught:
        publish(model_folder.read(tmp_path / "export"), base_path, store, Silent(), upload=True)

    assert any(problem in one for one in caught.value.problems)
    assert any("control character" in one for one in caught.value.problems)
    assert list((tmp_path / "bucket").iterdir()) == []


def test_version_0_is_published(tmp_path):
    """TensorFlow Serving serves it, and people number from 0."""
    (tmp_path / "bucket").mkdir()
    (tmp_path / "export/0").mkdir(parents=True)
    (tmp_path / "export/0/saved_model.pb").write_bytes(constant())
    store = open_store(StoreAddress(url=(tmp_path / "bucket").as_uri()))

    run(tmp_path / "export", store)

    assert proven(store) == (["resnet/0"], (), ())


def test_what_publish_writes_parse_reads(model, store):
    """Also where the base path has several segments and a comma."""
    export = model_folder.read(model)
    key = publish(export, 'team/a, "b"', store, Silent(), upload=True).index

    [(_, data)] = store.read([key])
    claims, held, _ = index.parse(key, data, store.location)
    assert held == ()
    assert [claim.path for claim in claims] == ['team/a, "b"/1', 'team/a, "b"/2']
