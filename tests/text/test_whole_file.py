"""`generator.text.whole_file`: nobody sees half of a file, and a failure leaves what was there."""

import os
from pathlib import Path

import pytest

from generator.text import whole_file


def test_a_file_is_replaced_with_its_mode_and_nothing_is_left_beside_it(tmp_path):
    """Folders on the way are made."""
    path = tmp_path / "a/b/file"
    whole_file.replace(path, b"old")
    assert path.stat().st_mode & 0o777 == 0o644
    whole_file.replace(path, b"new", mode=0o640, durable=True)

    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [*path.parent.iterdir()] == [path]


@pytest.mark.parametrize("name", ["", ".file.new"])
def test_until_it_is_renamed_the_file_beside_has_all_and_the_old_one_stays(tmp_path, name):
    """And a caller who raises leaves no trace."""
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def refuse():
        with whole_file.written_beside(path, b"new", name=name) as beside:
            assert (path.read_bytes(), beside.read_bytes()) == (b"old", b"new")
            assert beside.name == name or not name
            raise KeyError

    with pytest.raises(KeyError):
        refuse()

    assert path.read_bytes() == b"old"
    assert [*tmp_path.iterdir()] == [path]


def test_a_disk_that_takes_no_data_leaves_what_was_there(tmp_path, monkeypatch):
    """The error is the system's, for who knows what the file is."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("full")))

    with pytest.raises(OSError, match="full"):
        whole_file.replace(path, b"new", durable=True)

    assert path.read_bytes() == b"old"
    assert [*tmp_path.iterdir()] == [path]


def test_a_name_of_the_longest_kind_can_be_written(tmp_path):
    """Beside it is one that is longer by a mark."""
    path = tmp_path / ("n" * 255)
    whole_file.replace(path, b"x")

    assert [*tmp_path.iterdir()] == [Path(path)]


def test_what_a_crash_left_under_a_name_is_written_over(tmp_path):
    """So that crashes leave one file at most."""
    (tmp_path / ".new").write_bytes(b"longer than what comes")
    whole_file.replace(tmp_path / "file", b"new", name=".new")

    assert (tmp_path / "file").read_bytes() == b"new"
    assert not (tmp_path / ".new").exists()
