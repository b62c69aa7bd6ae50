"""The standard streams: closed, full, of another encoding, or with nobody at their end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.interrupted import interrupted
from tests.kit.project import ProjectFolder

PROGRAM = (sys.executable, "-m", "generator")
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")


@pytest.fixture
def project(tmp_path, origin):
    """Return a project with two environments that have a model to serve."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment("dev")
    project.environment("prod")
    project.publish("resnet", 1)
    return project


def run(project, *words, redirected="{}", encoding="utf-8", **environ):
    """Run the program in a process of its own, as a shell redirects it."""
    command = redirected.format('"$@"')
    return subprocess.run(
        ["bash", "-c", command, "bash", *PROGRAM, "-C", project.root, *words],
        capture_output=True,
        encoding=encoding,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environ},
    )


def run_unread(project, *words):
    """Run the program with a stdout that nobody reads."""
    end, begin = os.pipe()
    os.close(end)
    try:
        return subprocess.run(
            [*PROGRAM, "-C", project.root, *words],
            stdout=begin,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(begin)


def test_without_stderr_the_command_does_its_work(project):
    """`2>&-` loses the talk, and neither data nor the exit code."""
    usual = run(project, "plan", "dev")
    without = run(project, "plan", "dev", redirected="{} 2>&-")

    assert (without.returncode, without.stdout) == (0, usual.stdout)
    assert run(project, "-v", "plan", "dev", redirected="{} 2>&-").stdout == usual.stdout
    assert run(project, "plan", "nope", redirected="{} 2>&-").returncode == 3


def test_what_is_written_to_a_closed_stream_goes_into_no_file(project, origin):
    """The number of the stream is taken at once, or the next file that opens would get it."""
    done = run(project, "-v", "sync", redirected="{} >&- 2>&- <&-")

    assert done.returncode == 0
    assert len(origin.log()) == 3
    assert run(project, "sync").stdout.count("nothing to commit") == 2


@needs_full
def test_talk_that_cannot_be_written_is_lost(project):
    """A full disk behind stderr is no reason to fail."""
    done = run(project, "-v", "plan", "dev", redirected=f"{{}} 2>{FULL}")

    assert done.returncode == 0
    assert done.stdout.startswith("dev: ")


@needs_full
@pytest.mark.parametrize("words", [["plan", "dev"], ["plan", "dev", "--format", "json"], ["-h"]])
def test_data_that_cannot_be_written_is_told_in_one_line(project, words):
    """It is no bug of the program, and no success."""
    done = run(project, *words, redirected=f"{{}} >{FULL}")

    assert done.returncode == 5
    assert done.stderr == "error: stdout: cannot be written: No space left on device\n"


@needs_full
def test_lost_data_can_be_told_as_json(project):
    """As every other error."""
    done = run(project, "plan", "dev", "--log-format", "json", redirected=f"{{}} >{FULL}")

    assert json.loads(done.stderr)["exitCode"] == done.returncode == 5


def test_a_reader_that_has_enough_ends_a_command_without_words(project):
    """`plan | head -1`: 128 and the number of SIGPIPE, as the shell counts."""
    done = run_unread(project, "plan", "dev")

    assert (done.returncode, done.stderr) == (141, "")


def test_a_sync_that_nobody_reads_ends_after_its_environment_and_says_what_is_left(project, origin):
    """The commit is whole; what was not begun is named."""
    first = run_unread(project, "sync")

    assert first.returncode == 141
    assert first.stderr == (
        "error: stdout: cannot be written: nobody reads it any more; "
        "not synced: prod: run it again\n"
    )
    assert [line.split(":")[0] for line in origin.log()][:1] == ["models(dev)"]


def test_a_sync_that_nobody_reads_and_that_leaves_nothing_has_its_own_exit_code(project, origin):
    """The last environment was done: 0, or 7 with --strict where something is held."""
    assert run_unread(project, "sync", "dev").returncode == 0
    project.claim("broken", ("b", "b/1/saved_model.pb", "00" * 16))

    assert run_unread(project, "sync", "dev", "--strict").returncode == 7
    assert len(origin.log()) == 2


@pytest.mark.parametrize(
    ("encoding", "told"), [("latin-1", "gs://... or"), ("cp1252", "gs://… or")]
)
def test_a_character_that_the_encoding_lacks_is_spelled(project, encoding, told):
    """Where the terminal or a variable says so."""
    done = run(project, "index", "--help", encoding=encoding, PYTHONIOENCODING=f"{encoding}:strict")

    assert (done.returncode, done.stderr) == (0, "")
    assert told in done.stdout


def test_json_is_the_same_value_in_every_encoding(project):
    """A reader that decodes it as it was encoded finds every character."""
    project.environment("dev", [{"match": "*"}, {"match": "modèle→", "versions": {"pin": [1]}}])
    texts = [
        run(project, "plan", "dev", "--format", "json", encoding=it, PYTHONIOENCODING=it).stdout
        for it in ("utf-8", "latin-1")
    ]

    assert "modèle→" in texts[0]
    assert json.loads(texts[0]) == json.loads(texts[1])


@pytest.mark.parametrize(
    "module", ["generator.cli", "click", "generator.pipeline", "pygit2", "generator.report"]
)
def test_an_interruption_is_one_line_also_while_the_program_is_loaded(project, module):
    """A person who types Ctrl-C at once reads no traceback."""
    done = interrupted(module, "-C", project.root, "plan", "dev")

    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "interrupted: run it again\n"
