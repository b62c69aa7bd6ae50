"""`generator.catalog.proof`: what proves a version, and what holds it."""

import hashlib
import tracemalloc
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog import proof
from generator.catalog.catalog import IndexRef, Version
from generator.catalog.claim import Blob, Claim
from generator.catalog.hold import Code
from tests.kit import strategies as own
from tests.kit.claims import DATA, NOW, PB, claim, proven, refused, stored

MD5, SHA256 = "0a" * 16, "0b" * 32


def independent_digest(lines: Iterable[tuple[str, str, int]]) -> str:
    """Compute the digest as the contract words it: sorted `key NUL etag NUL size LF` lines."""
    text = b"".join(
        sorted(
            key.encode() + b"\x00" + etag.encode() + b"\x00" + str(size).encode() + b"\x0a"
            for key, etag, size in lines
        )
    )
    return "sha256:" + hashlib.sha256(text).hexdigest()


def test_a_version_with_every_object_as_indexed_is_proven():
    """It carries what the lock needs: index, digest, sizes, time to the second."""
    objects = stored((PB, 10, "aa"), (DATA, 32, "bb-2"), ("m/1/extra", 5, "cc"))
    assert proven(claim((PB, "aa"), (DATA, "bb-2")), objects, listed=4) == Version(
        base_path="m",
        directory="1",
        index=IndexRef("index-1.csv", "i1", 4),
        digest=independent_digest([(PB, "aa", 10), (DATA, "bb-2", 32)]),
        objects=2,
        bytes=42,
        published=NOW.replace(microsecond=0),
        warmup=False,
        seen=None,
    )


@given(st.data())
def test_the_digest_is_that_of_the_contract(data):
    """Other programs compute it again: no order, path or ETag may change its definition."""
    blobs = data.draw(own.blobs_of("m"))
    blobs = [replace(blob, key=f"m/1/{i}{blob.key}") for i, blob in enumerate(blobs)]
    rows = [(PB, "aa"), *((blob.key, blob.etag) for blob in blobs if ":" not in blob.etag)]
    rows = data.draw(st.permutations(rows))
    objects = stored(*((key, data.draw(st.integers(0, 2**40)), etag) for key, etag in rows))
    expected = independent_digest((key, etag, objects[key].size) for key, etag in rows)
    assert proven(claim(*rows), objects).digest == expected


def test_the_digest_of_a_large_version_is_made_without_a_copy_of_its_text():
    """An agent computes it beside a live server, several times for each version."""
    rows = [(f"m/1/{'d' * 500}{number:08d}", "0a" * 16, number) for number in range(10_000)]
    tracemalloc.start()
    try:
        found = proof.digest(rows)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == independent_digest(rows)
    assert most < 2 * 2**20  # the text has five megabytes


def test_the_digest_has_the_field_of_the_index_not_the_etag_of_the_store():
    """A checksum stays what the exporter promised, also where the store says otherwise."""
    row = (PB, f"md5:{MD5}")
    found = proven(claim(row), stored((PB, 7, "x-2")), {(PB, "md5"): MD5})
    assert found.digest == independent_digest([(PB, f"md5:{MD5}", 7)])


def test_an_object_that_is_not_there_holds_the_version():
    """An upload that has not finished is not served."""
    problems = refused(claim((PB, "aa"), (DATA, "bb")), stored((PB, 1, "aa")))
    assert problems == {"missing-object": (f"{DATA!r} is not in the store",)}


def test_an_object_with_another_etag_holds_the_version():
    """It was overwritten after the index was written."""
    problems = refused(claim((PB, "aa")), stored((PB, 1, "bb")))
    assert problems == {"etag-mismatch": (f"{PB!r}: its ETag is 'bb', the index says 'aa'",)}


@pytest.mark.parametrize("field", ["AA", "aa-1", "W/aa", f"{'0a' * 16}-1"])
def test_etags_are_compared_letter_by_letter(field):
    """An ETag of several parts says nothing of the bytes: it is equal or it is not."""
    assert "etag-mismatch" in refused(claim((PB, field)), stored((PB, 1, "aa")))
    assert proven(claim((PB, field)), stored((PB, 1, field)))


def test_a_problem_of_an_object_names_its_line():
    """The index is a file that a person may have made, and can mend."""
    rows = (Blob(PB, "aa", 12), Blob("m/1/a", "md5:00", 3), Blob("m/1/b", "cc", 9))
    problems = refused(
        Claim("m", "1", "index-1.csv", rows), stored((PB, 1, "bb"), ("m/1/a", 1, ""))
    )
    assert sorted(text for found in problems.values() for text in found) == [
        f"line 12: {PB!r}: its ETag is 'bb', the index says 'aa'",
        "line 3: 'm/1/a': its md5 is None, the index says 00",
        "line 9: 'm/1/b' is not in the store",
    ]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_key_in_another_unicode_normal_form_is_told_as_that(form):
    """The store has it, by what a person sees: macOS writes names in another form."""
    name, other = (
        unicodedata.normalize(one, "m/1/mod\u00e8le.txt")
        for one in (form, {"NFC": "NFD", "NFD": "NFC"}[form])
    )
    problems = refused(claim((PB, "aa"), (name, "bb")), stored((PB, 1, "aa"), (other, 1, "bb")))
    text = f"{name!r} is in the store under another Unicode normal form"
    assert problems == {"missing-object": (text,)}


def test_an_etag_of_parts_against_an_md5_has_a_way_out():
    """The store cannot tell the MD5 of such an object, and its bytes can be read."""
    [problem] = refused(claim((PB, MD5)), stored((PB, 1, "bb-2")))["etag-mismatch"]
    assert problem.endswith(f"write 'md5:{MD5}' to have its bytes compared")


def test_a_version_whose_index_spells_an_etag_otherwise_is_unchanged_while_the_store_is():
    """Its digest has the words of the index, so what the store said is remembered beside it."""
    objects = stored((PB, 1, MD5))
    found = proven(claim((PB, MD5.upper())), objects)
    assert found.digest == independent_digest([(PB, MD5.upper(), 1)])
    assert proof.is_unchanged(found, objects.values(), "s3")
    assert not proof.is_unchanged(found, stored((PB, 1, "bb")).values(), "s3")


def test_every_reason_is_told_with_every_object():
    """One hold for each code, sorted; the problems of one are in the order of the index."""
    rows = [("m/1/d", "dd"), ("m/1/c", "cc"), ("m/1/b", "bb"), ("m/1/a", "aa"), ("m/1/e", "md5:00")]
    objects = stored(("m/1/a", 1, "xx"), ("m/1/b", 1, "xx"), ("m/1/e", 1, "xx"))
    problems = refused(claim(*rows), objects, {("m/1/e", "md5"): MD5})
    assert {code: [text.split("'")[1] for text in found] for code, found in problems.items()} == {
        "checksum-mismatch": ["m/1/e"],
        "etag-mismatch": ["m/1/a", "m/1/b"],
        "missing-object": ["m/1/c", "m/1/d"],
        "not-servable": ["model.tflite"],
    }
    assert list(problems) == sorted(problems)


@pytest.mark.parametrize("name", ["saved_model.pb", "saved_model.pbtxt", "model.tflite"])
def test_a_version_with_a_model_file_can_be_served(name):
    """These are the files that a server looks for."""
    assert proven(claim((f"m/1/{name}", "aa")), stored((f"m/1/{name}", 1, "aa")))


@pytest.mark.parametrize(
    "name", ["variables/v", "sub/saved_model.pb", "saved_model.pb.tmp", "Saved_model.pb"]
)
def test_a_version_without_a_model_file_is_not_servable(name):
    """A server would refuse to load it, or wait for ever."""
    key = f"m/1/{name}"
    assert list(refused(claim((key, "aa")), stored((key, 1, "aa")))) == ["not-servable"]


def test_a_model_file_that_the_index_does_not_list_does_not_count():
    """Nobody promised that it is complete."""
    objects = stored((DATA, 1, "aa"), (PB, 1, "bb"))
    assert list(refused(claim((DATA, "aa")), objects)) == ["not-servable"]


@pytest.mark.parametrize(
    ("key", "warm"),
    [
        ("m/1/assets.extra/tf_serving_warmup_requests", True),
        ("m/1/tf_serving_warmup_requests", False),
        ("m/1/x/assets.extra/tf_serving_warmup_requests", False),
    ],
)
def test_warm_up_records_are_seen_where_a_server_looks_for_them(key, warm):
    """And nowhere else."""
    rows = [(PB, "aa"), (key, "bb")]
    assert proven(claim(*rows), stored((PB, 1, "aa"), (key, 1, "bb"))).warmup is warm


@pytest.mark.parametrize(
    ("field", "algorithm", "found"),
    [
        (f"md5:{MD5}", "md5", MD5),
        (f"md5:{MD5.upper()}", "md5", MD5),
        (f"sha256:{SHA256}", "sha256", SHA256),
    ],
)
@pytest.mark.parametrize("scheme", ["s3", "gs", "file"])
def test_a_checksum_is_compared_with_the_bytes(field, algorithm, found, scheme):
    """On every store, and whatever ETag the store has."""
    objects, row = stored((PB, 1, "other")), claim((PB, field))
    assert proof.checksums_wanted(row, objects, scheme) == ((PB, algorithm),)
    assert proven(row, objects, {(PB, algorithm): found}, scheme)
    problems = refused(row, objects, {(PB, algorithm): "ff"}, scheme)
    assert problems == {
        "checksum-mismatch": (f"{PB!r}: its {algorithm} is ff, the index says {found}",)
    }


def test_a_checksum_that_was_not_computed_proves_nothing():
    """Also where the ETag of the store happens to be the same text."""
    row = claim((PB, f"md5:{MD5}"))
    assert "checksum-mismatch" in refused(row, stored((PB, 1, f"md5:{MD5}")))
    assert "checksum-mismatch" in refused(row, stored((PB, 1, "x")), {(PB, "sha256"): MD5})
    assert "checksum-mismatch" in refused(row, stored((PB, 1, "x")), {(DATA, "md5"): MD5})


@pytest.mark.parametrize(
    ("field", "algorithm"), [(MD5, "md5"), (SHA256, "sha256"), (MD5.upper(), "md5")]
)
def test_bare_hex_is_a_checksum_on_a_folder_only(field, algorithm):
    """A folder has no ETags of its own; for a bucket the same value is one."""
    objects, row = stored((PB, 1, "local")), claim((PB, field))
    assert proof.checksums_wanted(row, objects, "file") == ((PB, algorithm),)
    assert proven(row, objects, {(PB, algorithm): field.lower()}, "file")
    for scheme in ("s3", "gs"):
        assert proof.checksums_wanted(row, objects, scheme) == ()
        assert "etag-mismatch" in refused(row, objects, scheme=scheme)


@pytest.mark.parametrize(
    "field", [f"{MD5}-2", "g" * 32, "a" * 31, "a" * 40, f"sha1:{'a' * 40}", "12-ab"]
)
def test_what_is_no_checksum_is_an_etag(field):
    """ETags of several parts above all: they look like an MD5 and are none."""
    for scheme in ("file", "s3"):
        objects = stored((PB, 1, field))
        assert proof.checksums_wanted(claim((PB, field)), objects, scheme) == ()
        assert proven(claim((PB, field)), objects, scheme=scheme).seen is None


def test_only_objects_that_are_there_are_read():
    """A missing object is held without asking the store for its bytes."""
    row = claim((PB, f"md5:{MD5}"), (DATA, f"md5:{MD5}"))
    assert proof.checksums_wanted(row, stored((PB, 1, "x")), "s3") == ((PB, "md5"),)


def test_a_version_is_unchanged_while_its_listing_is():
    """Any object that changed, went or came asks for a second look at the index."""
    objects = stored((PB, 10, "aa"), (DATA, 32, "bb"))
    version = proven(claim((PB, "aa"), (DATA, "bb")), objects)
    later = stored((DATA, 32, "bb"), (PB, 10, "aa"), modified=NOW + timedelta(days=1))
    assert proof.is_unchanged(version, later.values(), "s3")
    for changed in (
        stored((PB, 10, "aa")),
        stored((PB, 10, "aa"), (DATA, 32, "cc")),
        stored((PB, 10, "aa"), (DATA, 33, "bb")),
        stored((PB, 10, "aa"), (DATA, 32, "bb"), ("m/1/new", 1, "cc")),
        {},
    ):
        assert not proof.is_unchanged(version, changed.values(), "s3")


@pytest.mark.parametrize(
    ("scheme", "etag", "later", "unchanged"),
    [
        ("s3", "e1", timedelta(days=1), True),
        ("s3", "e2", timedelta(0), False),
        ("file", "e2", timedelta(0), True),
        ("file", "e1", timedelta(microseconds=1), False),
    ],
)
def test_verified_bytes_are_not_read_again_while_the_store_says_the_same(
    scheme, etag, later, unchanged
):
    """A bucket says it by the ETag; a folder by size and modification time."""
    row = claim((PB, f"md5:{MD5}"))
    version = proven(row, stored((PB, 1, "e1")), {(PB, "md5"): MD5}, scheme)
    again = stored((PB, 1, etag), modified=NOW + later)
    assert proof.is_unchanged(version, again.values(), scheme) is unchanged
    grown = stored((PB, 2, etag), modified=NOW + later)
    assert not proof.is_unchanged(version, grown.values(), scheme)


def test_objects_that_no_index_lists_are_told_in_one_warning():
    """They may be half of another upload; a console's folder markers are none."""
    objects = stored(
        (PB, 1, "aa"),
        ("m/1/variables", 0, "marker"),
        ("m/1/variables/v", 1, "bb"),
        *((f"m/1/x/{name}", 0, "cc") for name in "dabec"),
    )
    (warned,) = proof.unlisted(frozenset({PB, DATA}), "m/1", objects.values())
    assert warned.code == "unlisted-object"
    listed = "'x/a', 'x/b', 'x/c' and 2 more"
    assert warned.message == f"m/1/ has objects that no index lists: {listed}"


def test_a_marker_with_bytes_and_a_name_that_is_no_folder_are_objects():
    """Only an empty object named like a folder of indexed objects is passed over."""
    objects = stored(("m/1/variables", 1, "aa"), ("m/1/vari", 0, "bb"))
    (warned,) = proof.unlisted(frozenset({DATA}), "m/1", objects.values())
    assert warned.message.endswith("'vari', 'variables'")


def test_a_directory_as_indexed_warns_of_nothing():
    """Quiet is the rule."""
    assert proof.unlisted(frozenset({PB, DATA}), "m/1", stored((PB, 1, "a")).values()) == []


def test_a_hold_of_a_claim_names_the_one_version():
    """So that it stops no other version of the index."""
    hold = claim((PB, "aa"), directory="007").hold(Code.WAITING, "a", "b")
    assert (hold.version, hold.model, hold.problems) == (7, "m", ("a", "b"))
