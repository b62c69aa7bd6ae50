"""Configs as people publish them are judged as TensorFlow Serving's own messages and rules do."""

from typing import Any

import pytest
from click.testing import CliRunner
from google.protobuf import text_format
from google.protobuf.message import Message

from generator.cli import main
from generator.environment import load
from generator.environment.project_folder import texts
from generator.environment.serving import ServerSpec
from generator.render.server_config import batching_config, monitoring_config
from generator.serving.tensorflow_serving_pb2 import BatchingParameters, MonitoringConfig
from tests.kit import corpus
from tests.kit.project import ProjectFolder

pytestmark = corpus.needed

CONFIGS = corpus.table("models-config.json")
PAIRS = corpus.table("pairs.json")

SAID = {
    "PARSE": "it does not parse",
    "relative": "is relative",
    "empty": "is empty",
    "noplatform": "exits",
    "duplicate": "is listed twice",
    "label": "label",
}
"""What we say of a problem, by the word with which the tables begin it."""


def check(*words: object) -> tuple[int, str]:
    """Return the exit code of `check`, and all that it says."""
    done = CliRunner().invoke(main, ["check", *map(str, words)], catch_exceptions=False)
    return done.exit_code, done.output


def refusals(output: str) -> list[str]:
    """Return the lines that say what a fresh server refuses, and a live one if it alone does."""
    fresh = [line for line in output.splitlines() if ": refused-fresh: " in line]
    live = [line for line in output.splitlines() if ": refused-live: " in line]
    return fresh or live


def test_the_tables_tell_of_every_file():
    """A file without a line of the table would be judged by nobody."""
    assert {path.name for path in corpus.files("models-config")} == CONFIGS.keys()
    assert {path.name for path in corpus.files("pairs") if path.suffix == ".new"} == PAIRS.keys()


@pytest.mark.parametrize("name", CONFIGS)
def test_a_published_config_is_refused_for_the_problems_that_it_has(name):
    """Exit 3 for each that servers do not take, with as many refusals as problems; else exit 0."""
    problems = CONFIGS[name]["problems"]
    code, output = check("--config", corpus.FOLDER / "models-config" / name)

    assert code == (3 if problems else 0), output
    assert ("it does not parse" in output) is not CONFIGS[name]["parses"]
    told = refusals(output)
    assert len(told) == len(problems), output
    for line, problem in zip(told, problems, strict=True):
        assert SAID[problem.split()[0]] in line
        assert problem.startswith("PARSE") or problem.split(maxsplit=1)[1] in line


@pytest.mark.parametrize("name", PAIRS)
def test_a_published_change_is_judged_as_a_live_server_does(name):
    """A file that no server can run has no successor: that is said, and exit 3."""
    new = corpus.FOLDER / "pairs" / name
    old = new.with_suffix(".old")
    verdict, *rest = PAIRS[name]
    code, output = check("--config", new, "--applied", old)

    if verdict == "OLD-UNPARSABLE":
        [parses] = rest
        any_server = check("--config", new)[1]
        assert (code, f"{old}:" in output, "no server runs this" in output) == (3, True, True)
        assert ("it does not parse" in any_server) is not parses
        return
    assert code == (3 if verdict == "refuse" else 0), output
    told = refusals(output)
    assert len(told) == len(rest[0]), output
    for line, problem in zip(told, rest[0], strict=True):
        assert SAID[problem.split()[0]] in line


@pytest.fixture
def serving_of(tmp_path):
    """Return what an environment file says with a section of `spec.serving`, once it is checked."""
    project = ProjectFolder.create(tmp_path / "project", "fleet.git")

    def checked(section: str, value: dict[str, Any]) -> ServerSpec:
        project.environment(serving={section: value})
        done = project.run("check")
        assert done.exit_code == 0, done.output
        return load.load(texts(project.root), "dev").serving

    return checked


def spoken(message: Message) -> dict[str, Any]:
    """Return the fields that are set, in the words of `spec.serving`; a wrapper is its value."""
    return {
        field.json_name: value.value if field.message_type else value
        for field, value in message.ListFields()
    }


@pytest.mark.parametrize("path", corpus.files("batching"), ids=lambda path: path.stem)
def test_a_published_batching_file_can_be_said_in_an_environment(path, serving_of):
    """Each value goes through `serving.batching`, its checks, and comes to the server the same."""
    wanted = text_format.Parse(path.read_text(encoding="utf-8"), BatchingParameters())
    found = serving_of("batching", spoken(wanted)).batching

    assert text_format.Parse(batching_config(found), BatchingParameters()) == wanted


@pytest.mark.parametrize("path", corpus.files("monitoring"), ids=lambda path: path.stem)
def test_a_published_monitoring_file_can_be_said_in_an_environment(path, serving_of):
    """But for fields that no server has, and a path that no request to a server can have."""
    text = path.read_text(encoding="utf-8")
    try:
        wanted = text_format.Parse(text, MonitoringConfig())
    except text_format.ParseError as error:
        assert "no field named" in str(error)  # noqa: PT017  most of them parse
        return
    prometheus = wanted.prometheus_config
    value = {"enabled": prometheus.enable, "path": prometheus.path}
    if not prometheus.path.startswith("/"):
        with pytest.raises(AssertionError, match=r"monitoring\.path: found"):
            serving_of("monitoring", value)
        return
    found = serving_of("monitoring", value).monitoring
    assert text_format.Parse(monitoring_config(found), MonitoringConfig()) == wanted
