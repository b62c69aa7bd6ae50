"""`generator.catalog.cache`: a cache that is none is as if it were not there, whatever it is."""

import os
import subprocess
import sys

import pytest

from generator.catalog.cache import ProofCache
from generator.catalog.location import StoreAddress
from generator.limits.limit import Limit
from tests.kit.strategies import version

ADDRESS = StoreAddress("s3://models")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return a function that opens the cache anew, as the next run does."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return lambda: ProofCache(ADDRESS)


@pytest.fixture
def file(cache, tmp_path):
    """Return the file of the cache, with one version in it."""
    cache().keep_versions([version("m", 1)])
    (found,) = (tmp_path / "tfs-gitops").iterdir()
    return found


def test_a_cache_is_read_back(cache, file):
    """What the others of this file lose."""
    assert file.is_file()
    assert cache().versions()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[1]",
        "{}",
        '"text"',
        "[" * 100_000,
        '{"a":' * 100_000,
        "[" * 500 + "]" * 500,
        "[" + "[]," * 2_000_000 + "1]",
        "\x00",
        '[["m", {"version": {}}]]',
        '[["m", null]]',
        "[[1e999, 2]]",
    ],
    ids=range(13),
)
def test_a_cache_of_another_shape_is_ignored_and_replaced(cache, file, text):
    """Written by a newer program, or by nobody knows whom."""
    file.write_text(text)

    assert cache().versions() == {}
    cache().keep_versions([version("m", 1)])
    assert cache().versions()


def test_a_half_written_cache_is_ignored(cache, file):
    """At whichever byte it ends."""
    whole = file.read_bytes()
    for end in range(len(whole) - 1):
        file.write_bytes(whole[:end])
        assert cache().versions() == {}


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "endless", "loop", "binary"])
def test_a_cache_that_is_no_file_is_ignored_at_once(cache, file, kind):
    """A pipe would make the run wait, a device has no end."""
    file.unlink()
    match kind:
        case "pipe":
            os.mkfifo(file)
        case "device":
            file.symlink_to("/dev/zero")
        case "folder":
            file.mkdir()
        case "loop":
            file.symlink_to(file)
        case "endless":
            with file.open("wb") as opened:
                opened.truncate(2**40)
        case "binary":
            file.write_bytes(b"\xff\xfe\x00")

    assert cache().versions() == {}
    assert cache().findings("x") is None
    cache().keep_versions([version("m", 1)])


def test_a_cache_of_another_user_is_ignored(cache, file, monkeypatch):
    """Whoever shares the folder could say that a version is refused."""
    uid = file.stat().st_uid
    if uid == 0:
        os.chown(file, 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: uid + 1)

    assert cache().versions() == {}


def test_what_is_too_much_to_be_read_back_is_not_kept(cache, file):
    """The file of before stays, and is read."""
    before = file.read_bytes()
    limit = Limit(len(before), "bytes", "a cache", reason="a test", told="nothing")
    assert ProofCache(ADDRESS, limit).versions()

    ProofCache(ADDRESS, limit).keep_versions([version("m", 1), version("m", 2)])
    assert file.read_bytes() == before

    cache().keep_versions([version("m", 1), version("m", 2)])
    assert ProofCache(ADDRESS, limit).versions() == {}


def test_who_has_no_home_has_no_cache():
    """An unknown user of a container without HOME; nothing is written anywhere else."""
    program = (
        "import os\n"
        "from generator.catalog.cache import ProofCache\n"
        "from generator.catalog.location import StoreAddress\n"
        "from tests.kit.strategies import version\n"
        "os.getuid() == 0 and os.setuid(54321)\n"
        "cache = ProofCache(StoreAddress('s3://models'))\n"
        "assert cache.versions() == {}\n"
        "cache.keep_versions([version('m', 1)])\n"
        "print('ok')\n"
    )
    environ = {key: it for key, it in os.environ.items() if key not in {"HOME", "XDG_CACHE_HOME"}}

    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "ok\n", done.stderr
