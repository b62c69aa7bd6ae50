"""`generator.catalog.export.overwrite`: listed objects are replaced by what is declared."""

import base64
import hashlib

import pytest

from generator.catalog.export import model_folder
from generator.catalog.export.export import publish
from generator.catalog.ports import Silent
from generator.errors import InvalidInputError
from tests.kit.exports import FILES, LARGE, OTHER, catalog, objects, proven, run


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
