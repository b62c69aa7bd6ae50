"""The indexes of versions are read as they are needed, and only for what the lock names."""

import tracemalloc

import pytest

from generator.agent import Models
from generator.agent.download.claims import Claims
from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.errors import StoreError
from tests.kit import versions as published
from tests.kit.downloads import FILES, files, tree
from tests.kit.versions import publish, visible


def test_an_index_that_is_gone_or_says_something_else(s3, store, root):
    """It holds its own version; the key and the reason are told."""
    for name in ("a", "b", "c", "d", "e"):
        publish(s3.put, f"{name}/1", files(name.encode()))
    lock = published.lock(store)
    s3.delete("index-a-1.csv")
    s3.put("index-b-1.csv", b"b,b/2/saved_model.pb,0\n")
    s3.put("index-c-1.csv", b"c,c/1/saved_model.pb,0\n")
    s3.put("index-e-1.csv", b"e,e/1/saved_model.pb\n")

    fetched = Models(root, store).fetch(lock)

    assert fetched.present == {("d", 1)}
    assert "the index 'index-a-1.csv' cannot be read: NoSuchKey" in fetched.failed["a", 1]
    assert fetched.failed["b", 1] == "the index 'index-b-1.csv' does not list it any more"
    assert "the index says '0'" in fetched.failed["c", 1]
    assert "any more: field-count: line 1: expected 3 fields" in fetched.failed["e", 1]


def test_an_index_that_lists_more_by_now_still_proves_what_the_lock_names(s3, store, root):
    """An exporter may add a version to it; until the next sync the old ones are served."""
    etags = {number: s3.put(f"m/{number}/saved_model.pb", b"x") for number in (1, 2)}
    rows = [f"m,m/{number}/saved_model.pb,{etag}\n".encode() for number, etag in etags.items()]
    s3.put("index-m.csv", rows[0])
    lock = published.lock(store)
    s3.put("index-m.csv", b"".join(rows))

    assert Models(root, store).fetch(lock).present == {("m", 1)}


def test_an_index_that_grew_too_large_is_not_read(tmp_path, root):
    """It could take all memory."""
    publish(published.folder(tmp_path / "store"), "m/1", FILES)
    store = open_store(StoreAddress(url=(tmp_path / "store").as_uri()))
    lock = published.lock(store)
    with (tmp_path / "store/index-m-1.csv").open("a") as file:
        file.truncate(200 * 1024 * 1024)

    fetched = Models(root, store).fetch(lock)

    assert fetched.failed == {("m", 1): "the index 'index-m-1.csv' is over 64 MiB"}


@pytest.mark.slow
def test_a_large_index_takes_little_memory(tmp_path, root):
    """Eight at a time would else be half a gigabyte; what it lists beside is not looked at."""
    put = published.folder(tmp_path / "store")
    base_path = 'team "a"'
    for number in ("1", "007"):
        publish(put, f"{base_path}/{number}", files(number.encode()))
    store = open_store(StoreAddress(url=(tmp_path / "store").as_uri()))
    lock = published.lock(store)
    for number in ("1", "007"):
        with (tmp_path / f'store/index-team "a"-{number}.csv').open("r+b") as file:
            row = file.read()
            other = row.replace(f"/{number}/".encode(), b"/%d/")
            file.seek(0)
            file.writelines(other % it for it in range(1000, 50_000))
            file.write(row)
            file.writelines(other % it for it in range(50_000, 99_000))
            assert file.tell() > 5_000_000
    models = Models(root, store)
    tracemalloc.start()
    try:
        fetched = models.fetch(lock)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert fetched.failed == {}
    found = {"1": files(b"1"), "7": files(b"007")}
    assert visible(root) == {
        k: v for it in found for k, v in tree(f"{base_path}/{it}", found[it]).items()
    }
    assert peak < 30_000_000


def test_a_large_index_that_lists_a_version_no_more(tmp_path, root):
    """As a small one: it fails that version alone."""
    put = published.folder(tmp_path / "store")
    publish(put, "m/1", FILES)
    store = open_store(StoreAddress(url=(tmp_path / "store").as_uri()))
    lock = published.lock(store)
    with (tmp_path / "store/index-m-1.csv").open("w") as file:
        file.writelines(f"m,m/{number}/saved_model.pb,0\n" for number in range(2, 90_000))

    fetched = Models(root, store).fetch(lock)

    assert fetched.failed == {("m", 1): "the index 'index-m-1.csv' does not list it any more"}


def test_a_problem_names_the_line_of_a_large_index_as_it_is(tmp_path, root):
    """Of such an index the rows of other versions are not parsed, and count all the same."""
    put = published.folder(tmp_path / "store")
    publish(put, "m/1", FILES)
    store = open_store(StoreAddress(url=(tmp_path / "store").as_uri()))
    lock = published.lock(store)
    path = tmp_path / "store/index-m-1.csv"
    rows = path.read_text().splitlines(keepends=True)
    others = [f"m,m/{number}/saved_model.pb,0\r\n" for number in range(2, 90_000)]
    path.write_text("".join([*others, *rows]), newline="")
    key = rows[0].split(",")[1]
    (tmp_path / "store" / key).unlink()

    fetched = Models(root, store).fetch(lock)

    assert fetched.failed == {("m", 1): f"line {len(others) + 1}: {key!r} is not in the store"}


def test_an_index_of_many_versions_is_read_once(s3, proxy, store, root):
    """For all that are missing of it."""
    rows = []
    for number in range(1, 6):
        etag = s3.put(f"m/{number}/saved_model.pb", b"x" * number)
        rows.append(f"m,m/{number}/saved_model.pb,{etag}\n".encode())
    s3.put("index-m.csv", b"".join(rows))
    lock = published.lock(store)
    count = len(proxy.requests)

    assert len(Models(root, store).fetch(lock).present) == 5
    assert len([it for it in proxy.requests[count:] if "/index-m.csv" in it]) == 1


@pytest.mark.parametrize(("ahead", "times"), [(5, 1), (3, 2), (0, 5)])
def test_what_is_not_kept_of_an_index_is_read_again(s3, proxy, store, ahead, times):
    """So that memory is bounded by the versions that are next, not by all that a lock names."""
    rows = []
    for number in range(1, 6):
        etag = s3.put(f"m/{number}/saved_model.pb", b"x" * number)
        rows.append(f"m,m/{number}/saved_model.pb,{etag}\n".encode())
    s3.put("index-m.csv", b"".join(rows))
    versions = published.lock(store).models[0].versions
    count = len(proxy.requests)
    claims = Claims(store, ahead)
    claims.ask(versions)

    assert [claims.take(it).version for it in versions] == [1, 2, 3, 4, 5]
    assert len([it for it in proxy.requests[count:] if "/index-m.csv" in it]) == times


def test_a_store_that_answers_for_no_index_is_not_asked_for_a_thousand(tmp_path, root):
    """Each would wait for all that a client tries again; the first say enough."""
    put = published.folder(tmp_path / "store")
    for number in range(1, 101):
        publish(put, f"m/{number}", files(b"%d" % number))
    store = open_store(StoreAddress(url=(tmp_path / "store").as_uri()))
    lock = published.lock(store)
    asked = []

    def away(*given):
        asked.append(given)
        raise StoreError("the store is away")

    store.range = away
    with pytest.raises(StoreError, match="the store is away"):
        Models(root, store).fetch(lock)
    assert len(asked) <= 2 * 8
