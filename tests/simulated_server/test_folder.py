"""The versions of a real folder, and the file by which one says how it behaves."""

import json

import pytest

from generator.simulated_server.__main__ import main
from generator.simulated_server.folder import BEHAVIOUR, Folder
from generator.simulated_server.store import Upload
from tests.simulated_server.short_configs import listed, started, then


@pytest.fixture
def versions(tmp_path):
    """Return a function that makes a version of `m`, which behaves as it says."""

    def make(number, text="{}"):
        path = tmp_path / "m" / str(number) / BEHAVIOUR
        path.parent.mkdir(parents=True)
        path.write_text(text)
        (path.parents[1] / "saved_model.pb").write_bytes(b"")

    return make


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, Upload()),
        ({"load": "well", "answers": "lies"}, Upload(manner="lies")),
        ({"load": "fails"}, Upload(fail=True)),
        ({"load": "ends-server", "seconds": 1.5}, Upload(kills=True, slow=1.5)),
    ],
)
def test_a_version_behaves_as_it_says(tmp_path, versions, said, found):
    """Each key may be left out."""
    versions(1, json.dumps(said))

    assert Folder(tmp_path).upload("/models/m/1") == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "Expecting property name"),
        ("[]", "expected an object of `load`, `seconds` and `answers`"),
        ('{"lod": "fails"}', "expected an object of `load`, `seconds` and `answers`"),
        ('{"load": "ends"}', "load: 'ends', expected one of well, fails, ends-server"),
        ('{"answers": []}', "answers: [], expected one of lies, hangs, crawls, dies"),
        ('{"seconds": true}', "seconds: True, expected a number"),
    ],
)
def test_what_nobody_understands_fails_to_load_and_is_told(tmp_path, versions, capsys, text, told):
    """Else a slip would look like a version that is well."""
    versions(1, text)

    assert Folder(tmp_path).upload("/models/m/1") == Upload(fail=True)
    assert told in capsys.readouterr().err


def test_a_version_that_ends_the_server_does_so_at_the_end_of_its_load(tmp_path, versions):
    """What was served is served until then, and a start from that file ends as well."""
    versions(1)
    versions(2, '{"load": "ends-server", "seconds": 3}')
    store = Folder(tmp_path)
    server = started(listed("m 1"), store)

    then(server, listed("m 1 2"), 2)
    assert (server.available(), server.exited) == ({"m": {1}}, None)
    server.tick(3)
    assert (server.available(), str(server.exited)) == ({}, "crash m/2")
    again = started(listed("m 1 2"), store)
    again.tick(4)
    assert (again.listening, str(again.exited)) == (False, "crash m/2")


def test_its_help_says_that_it_loads_nothing(capsys):
    """And how a version says how it behaves."""
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])

    told = capsys.readouterr().out
    assert "A stand-in for TensorFlow Serving" in told
    assert "It loads nothing" in " ".join(told.split())
    assert BEHAVIOUR in told


@pytest.mark.parametrize("word", ["no_such_flag=1", "num_load_threads", "num_load_threads=two"])
def test_a_flag_that_it_does_not_know_is_refused(capsys, tmp_path, word):
    """Exit 2, with the word."""
    words = ["--config", str(tmp_path / "c"), "--models", str(tmp_path), "--port", "0", word]
    with pytest.raises(SystemExit, match="2"):
        main(words)

    assert word in capsys.readouterr().err
