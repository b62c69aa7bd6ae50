"""The walk over an export sees everything: what it cannot copy is told, and nothing is dropped."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from generator.catalog.export import model_folder as exported
from generator.errors import InvalidInputError
from tests.kit.savedmodels import constant, field, info, saved

DATA = "variables/variables.data-00000-of-00001"


@pytest.fixture
def model(tmp_path):
    """Return a folder with version 2 of a model, whole."""
    return whole(tmp_path / "m", "2")


def whole(folder: Path, *numbers: str) -> Path:
    """Write versions into *folder*, and return it."""
    for number in numbers:
        (folder / number / "variables").mkdir(parents=True)
        (folder / number / "saved_model.pb").write_bytes(constant(number))
        (folder / number / "variables/variables.index").write_bytes(b"index")
        (folder / number / DATA).write_bytes(b"weights")
    return folder


def in_progress(folder: Path, number: str = "3") -> Path:
    """Write what TensorFlow has written of a version while it saves the variables."""
    temporary = folder / number / "variables/variables_temp"
    temporary.mkdir(parents=True)
    (temporary / "part-00000-of-00001.data-00000-of-00001").write_bytes(b"weights")
    return folder / number


def refused(folder, *numbers):
    """Read a folder that must be refused; return the problems in one text, and the hint."""
    with pytest.raises(InvalidInputError) as caught:
        exported.read(folder, numbers)
    return "\n".join(caught.value.problems), caught.value.hint


def test_the_files_of_all_versions_are_by_key(model):
    """In the order of the version numbers; what is beside them is nobody's."""
    whole(model, "10")
    (model / "README.md").touch()
    export = exported.read(model)
    assert [version.directory for version in export.versions] == ["2", "10"]
    assert export.notes == ()
    assert export.files("a/b")[f"a/b/10/{DATA}"] == model / "10" / DATA
    assert len(export.files("a/b")) == 6


def test_a_link_to_nothing_is_told_by_name(model):
    """git-annex, DVC and hub caches leave them where the content was not fetched."""
    (model / "2" / DATA).unlink()
    (model / "2" / DATA).symlink_to("../../.git/annex/objects/KEY")
    whole(model, "4")
    problems, hint = refused(model)
    assert problems == f"{model}/2/{DATA}: a link to nothing: '../../.git/annex/objects/KEY'"
    assert "--version" in hint
    assert [one.directory for one in exported.read(model, ["4"]).versions] == ["4"]


@pytest.mark.parametrize("name", ["saved_model.pb", "variables", "deep/er/x"])
def test_a_link_to_itself_is_told_by_name(model, name):
    """Also in place of what makes an export whole: it is no export in progress."""
    place = model / "2" / name
    shutil.rmtree(place, ignore_errors=True)
    place.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(place.name)
    assert f"{place}: a link to " in refused(model)[0]


def test_a_version_that_is_a_link_to_nothing_is_told(model):
    """It is a version that somebody meant to be there."""
    (model / "7").symlink_to("gone")
    for numbers in ((), ("7",), ("2", "7")):
        assert refused(model, *numbers)[0] == f"{model}/7: a link to nothing: 'gone'"
    assert exported.read(model, ["2"]).versions


def test_linked_files_folders_and_versions_are_followed(model, tmp_path):
    """A link counts as what it names, at any depth."""
    shutil.move(model / "2/variables", tmp_path / "shared")
    (model / "2/variables").symlink_to(tmp_path / "shared")
    (tmp_path / "shared/more").mkdir()
    (tmp_path / "shared/more/x").symlink_to("../variables.index")
    (model / "3").symlink_to("2")
    names = {f"{number}/{name}" for number in (2, 3) for name in ("saved_model.pb", DATA)}
    names |= {f"{n}/variables/{name}" for n in (2, 3) for name in ("variables.index", "more/x")}
    assert set(exported.read(model).files("m")) == {f"m/{name}" for name in names}


def test_a_loop_of_links_ends_and_is_told(model):
    """What it leads to is there already."""
    (model / "2/variables/up").symlink_to("..")
    (model / "2/self").symlink_to(".")
    export = exported.read(model)
    assert len(export.files("m")) == 3
    assert sorted(export.notes) == [
        f"left out {model}/2/{name}: a link to a folder that it is in"
        for name in ("self", "variables/up")
    ]


def test_pipes_sockets_and_devices_are_told_by_name(model, monkeypatch):
    """They are no files of a model, and nothing waits for them."""
    os.mkfifo(model / "2/pipe")
    (model / "2/null").symlink_to("/dev/null")
    monkeypatch.chdir(model / "2")  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
        problems, _ = refused(model)
    assert [line.removeprefix(f"{model}/2/") for line in problems.splitlines()] == [
        "null: a device is no file of a model",
        "pipe: a named pipe is no file of a model",
        "socket: a socket is no file of a model",
    ]


@pytest.mark.parametrize(
    ("name", "mode", "told"),
    [
        ("variables", 0, "variables"),
        (DATA, 0, DATA),
        ("", 0, ""),
        # What is in a folder may be listed, and not looked at.
        ("variables", 0o400, DATA),
        ("", 0o400, "saved_model.pb"),
    ],
)
def test_what_may_not_be_read_is_told_by_name(model, name, mode, told):
    """A folder of another user has what a server needs, and is never left out."""
    place = model / "2" / name
    place.chmod(mode)
    command = [sys.executable, "-m", "generator", "index", str(model), "--store", model.as_uri()]
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root reads everything, and there is no setpriv to be another user")
        dropped = "-dac_override,-dac_read_search"
        command = ["setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    place.chmod(0o700)
    assert done.returncode == 3
    assert f"{model / '2' / told}: Permission denied" in done.stderr
    assert not [*model.glob("index-*")]


@pytest.mark.parametrize("name", ["words.tmp", "words~", ".DS_Store"])
def test_an_asset_that_the_graph_names_is_no_junk(model, name):
    """A vocabulary that a program wrote to a temporary file keeps its name."""
    graph = saved([info("serve"), field(6, field(2, name))])
    (model / "2/saved_model.pb").write_bytes(graph)
    (model / "2/assets").mkdir()
    for file in (name, "others.tmp"):
        (model / "2/assets" / file).write_bytes(b"a")
    export = exported.read(model)
    assert f"m/2/assets/{name}" in export.files("m")
    assert export.notes == (f"left out of {model}/2: 'assets/others.tmp'",)


def test_only_the_folder_of_the_variables_tells_that_an_export_is_in_progress(model):
    """An asset may have any name."""
    (model / "2/assets").mkdir()
    (model / "2/assets/variables_temperature.csv").write_bytes(b"a")
    assert len(exported.read(model).files("m")) == 4


@pytest.mark.parametrize(
    "name",
    [
        *(".DS_Store", "._saved_model.pb", "Thumbs.db", "THUMBS.DB", "desktop.ini"),
        *("variables/x.tmp", ".~lock.labels.csv#", ".labels.txt.swp", "labels.txt~", "#labels#"),
        "__MACOSX/2/._x",
    ],
)
def test_what_systems_and_editors_leave_is_left_out_and_named(model, name):
    """No server reads it, and it is no reason to stop."""
    (model / "2" / name).parent.mkdir(parents=True, exist_ok=True)
    (model / "2" / name).write_bytes(b"x")
    export = exported.read(model)
    assert len(export.files("m")) == 3
    left = name.partition("/")[0] if name.startswith("__") else name
    assert export.notes == (f"left out of {model}/2: {left!r}",)


def test_much_junk_is_one_line(model):
    """The first three, and how many more."""
    for number in range(9):
        (model / f"2/._{number}").touch()
    [note] = exported.read(model).notes
    assert note == f"left out of {model}/2: '._0', '._1', '._2' and 6 more"


@pytest.mark.parametrize("name", ["saved_model.pbtxt", "assets/vocab.txt", "assets/a.b", ".hidden"])
def test_nothing_else_is_left_out(model, name):
    """What we do not know may be what a server needs."""
    (model / "2" / name).parent.mkdir(exist_ok=True)
    (model / "2" / name).touch()
    assert f"m/2/{name}" in exported.read(model).files("m")


def test_an_export_in_progress_stops_only_itself(model):
    """TensorFlow writes saved_model.pb last; an estimator names the folder temp-… until then."""
    in_progress(model)
    (model / "temp-1700000000").mkdir()
    export = exported.read(model)
    assert [version.directory for version in export.versions] == ["2"]
    assert len(export.notes) == 2
    assert export.notes[0] == f"skipped {model}/temp-1700000000: an export is in progress"
    assert export.notes[1].startswith(f"skipped {model}/3: an export is in progress")


@pytest.mark.parametrize("name", ["variables_temp/part-00000-of-00001.index", f"{DATA}.tempstate7"])
def test_a_version_that_is_written_again_is_in_progress(model, name):
    """Its saved_model.pb is the old one."""
    place = whole(model, "3") / "3" / (name if "/variables" in name else f"variables/{name}")
    place.parent.mkdir(exist_ok=True)
    place.touch()
    [version] = exported.read(model).versions
    assert version.directory == "2"


def test_exports_in_progress_alone_are_told_with_a_hint_that_fits(tmp_path):
    """Also the one that was asked for, beside others."""
    in_progress(tmp_path / "m")
    for folder, numbers in ((tmp_path / "m", ()), (tmp_path / "m/3", ()), (tmp_path / "m", ("3",))):
        problems, hint = refused(folder, *numbers)
        assert problems.startswith(f"{tmp_path}/m/3: ")
        assert "when the export has ended" in hint
    (tmp_path / "m/4").mkdir()
    assert "/m/4: none of model.tflite, saved_model.pb, " in refused(tmp_path / "m", "4")[0]


def test_versions_are_named_by_number_or_by_their_own_folder(model):
    """As they are spelled, or by the number alone."""
    whole(model, "3", "007", "11")

    def versions(folder, *numbers):
        export = exported.read(folder, numbers)
        assert export.folder == model
        return [version.directory for version in export.versions]

    assert versions(model, "3") == ["3"]
    assert versions(model, "11", "7") == ["007", "11"]
    assert versions(model, "007") == ["007"]
    assert versions(model / "3") == ["3"]
    assert versions(model / "3", "3") == ["3"]
    assert versions(model / "007") == ["007"]
    problems, hint = refused(model, "3", "8")
    assert problems == f"{model}/8: no such version directory"
    assert hint == "versions there: 2, 3, 007, 11"
    assert "no such version" in refused(model / "3", "2")[0]


def test_the_spelling_that_is_given_wins_over_the_number(model):
    """Two directories with one number: each can be named."""
    whole(model, "002")
    assert [one.directory for one in exported.read(model, ["2"]).versions] == ["2"]
    assert [one.directory for one in exported.read(model, ["002"]).versions] == ["002"]


def test_a_model_may_be_named_by_a_number(tmp_path):
    """Its folder holds version directories, and is none."""
    export = exported.read(whole(tmp_path / "2024", "1"))
    assert export.folder.name == "2024"
    assert [version.directory for version in export.versions] == ["1"]
