"""What a kill leaves behind is taken away by the next run, and nothing else is."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generator.text import leftovers, whole_file
from generator.text.leftovers import MARK, TemporaryFolder, temporary_folder, tidy

LATER = 3600.0


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Return the folder that is the temporary one of this machine, and of its children."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


def test_a_folder_is_gone_after_its_use(temporary):
    """Also where its user failed."""

    def fail():
        with temporary_folder() as folder:
            (folder / "a").write_text("x")
            assert [*temporary.iterdir()] == [folder]
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert not [*temporary.iterdir()]


def test_nothing_is_written_to_find_the_temporary_folder(temporary, monkeypatch):
    """Python tries with a file of any name, which nobody knows for ours after a kill."""

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr("tempfile._RandomNameSequence", refuse)

    assert leftovers.place() == temporary


@pytest.mark.parametrize("named", ["", "nowhere", "a\0b", "file"])
def test_a_temporary_folder_that_is_none_is_passed_over(tmp_path, monkeypatch, named):
    """As Python does it: the next one that people name, then that of the system."""
    (tmp_path / "file").touch()
    (tmp_path / "other").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(os, "environ", {"TMPDIR": named and str(tmp_path / named)})
    assert leftovers.place() == Path("/tmp")  # noqa: S108  Python's own first choice

    monkeypatch.setattr("tempfile.tempdir", None)
    os.environ["TMP"] = str(tmp_path / "other")
    assert leftovers.place() == tmp_path / "other"


HOLDS = """
import time
from generator.text import leftovers
folder = leftovers.TemporaryFolder()
(folder.path / "secret").write_text("x")
print(folder.path, flush=True)
time.sleep(600)
"""


def test_the_folder_of_a_killed_run_is_taken_away_and_that_of_a_living_one_is_not(temporary):
    """However old it is: a lock, which a kill lets go of, says that somebody is there."""
    with subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE, text=True) as run:
        path = Path(run.stdout.readline().strip())
        tidy(temporary, time.time() + LATER)
        assert path.exists()
        run.send_signal(signal.SIGKILL)

    tidy(temporary)
    assert path.exists(), "it is not minutes old"
    tidy(temporary, time.time() + LATER)
    assert not [*temporary.iterdir()]


def test_only_what_this_program_makes_is_taken_away(temporary, tmp_path):
    """By its whole name, its kind and its owner; no link is followed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    for name in (f"{MARK}notes", "tfs-gitops", f"x{MARK}abcdefgh", f"{MARK}abcdefgh.d"):
        (temporary / name).mkdir()
    (temporary / f"{MARK}abcdefgh").touch()
    (temporary / f".dev.yaml.{MARK}abcdefgh").mkdir()
    (temporary / f"{MARK}12345678").symlink_to(elsewhere)
    inside = temporary / f"{MARK}stuvwxyz"
    inside.mkdir()
    (inside / "link").symlink_to(elsewhere)
    before = {*temporary.iterdir()}

    tidy(temporary, time.time() + LATER)

    assert {*temporary.iterdir()} == before - {inside}
    assert (elsewhere / "kept").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_what_another_user_has_made_stays(temporary):
    """The temporary folder is that of all users."""
    theirs = temporary / f"{MARK}abcdefgh"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)

    tidy(temporary, time.time() + LATER)

    assert theirs.exists()


def test_a_file_that_was_never_renamed_is_taken_away(tmp_path):
    """By whoever writes beside it next."""
    path = tmp_path / "dev.yaml"
    with whole_file.written_beside(path, b"half") as left:
        pass
    left.write_bytes(b"half")

    tidy(tmp_path)
    assert left.exists()
    tidy(tmp_path, time.time() + LATER)
    assert not [*tmp_path.iterdir()]


def test_a_folder_that_cannot_be_read_is_no_error(tmp_path):
    """Nothing is promised of what others do with it."""
    tidy(tmp_path / "no-such", LATER)
    folder = TemporaryFolder()
    folder.path.rmdir()
    folder.remove()
    assert leftovers.MARK in folder.path.name
