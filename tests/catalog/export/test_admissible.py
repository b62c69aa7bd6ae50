"""`generator.catalog.export.admissible`: what no sync would take is refused before the upload."""

import pytest

from generator.catalog.export import model_folder
from generator.catalog.export.admissible import held_for_certain
from generator.catalog.export.export import publish
from generator.catalog.export.model_folder import Export, Exported
from generator.catalog.export.walk import FolderFiles
from generator.catalog.location import Location, StoreAddress
from generator.catalog.ports import Silent
from generator.catalog.store import open_store
from generator.errors import InvalidInputError
from generator.limits.index import INDEX_BYTES, INDEX_LINES, VERSION_OBJECTS
from tests.kit.exports import catalog, proven, run
from tests.kit.savedmodels import SAVER, constant, info, saved


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
    ("x", [*map(str, range(1001))], "index-too-large: 1,001 versions, expected at most 1,000"),
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


@pytest.mark.parametrize(
    ("count", "name", "problem"),
    [
        (VERSION_OBJECTS + 1, "x", "10,001 objects, expected at most 10,000"),
        (INDEX_LINES + 1, "x", "100,001 lines, expected at most 100,000"),
        (INDEX_BYTES // 2000, "/".join(["x" * 250] * 8), "33,554 files are some"),
    ],
)
def test_an_export_of_more_files_than_an_index_may_list_is_refused(tmp_path, count, name, problem):
    """Before the first byte is sent: no sync would read what was uploaded."""
    path = tmp_path / "m/1"
    found = FolderFiles({f"{name}{number}": path for number in range(count)})
    export = Export(path.parent, (Exported(path, found),))

    told = held_for_certain(export, "m", export.files("m"), Location.parse("s3://bucket"))

    assert any(f"index-too-large: {problem}" in one for one in told)


def test_version_0_is_published(tmp_path):
    """TensorFlow Serving serves it, and people number from 0."""
    (tmp_path / "bucket").mkdir()
    (tmp_path / "export/0").mkdir(parents=True)
    (tmp_path / "export/0/saved_model.pb").write_bytes(constant())
    store = open_store(StoreAddress(url=(tmp_path / "bucket").as_uri()))

    run(tmp_path / "export", store)

    assert proven(store) == (["resnet/0"], (), ())
