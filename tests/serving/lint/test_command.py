"""`check --config`: exit codes, places and words."""

import pytest
from click.testing import CliRunner
from google.protobuf import text_format

from generator.cli import main
from generator.serving import config_reader
from tests.kit.lint_texts import ONE_OF_EACH, WARNING, entry, findings, listed


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Run `check` in a folder with files."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **texts: str):
        for name, text in texts.items():
            (tmp_path / f"{name}.config").write_bytes(text.encode())
        return CliRunner().invoke(main, ["check", *arguments])

    return run


def test_a_refused_file_exits_3_with_the_places(check):
    """One line for each server that refuses, one way out for both, then the verdicts."""
    done = check("--config", "new.config", new=listed(entry("m 1", "m")).replace("\n", "\r\n"))

    assert done.exit_code == 3
    assert done.stdout.splitlines() == [
        (
            "new.config:4:5: refused-fresh: a fresh server exits: the base path of model 'm' is "
            "relative: 'm'"
        ),
        (
            "new.config:4:5: refused-live: a live server refuses the whole file at every poll, and "
            "keeps what it has: the base path of model 'm' is relative: 'm'"
        ),
        "  way out: write an absolute path such as /models/NAME, or a URL",
        "new.config: a fresh server does not take it",
        "new.config: a live server with any list does not take it",
    ]


def test_what_one_server_refuses_exits_3(check):
    """A fresh pod takes it and a live one does not: that is what is so hard to see."""
    old, new = listed("m 1 stable:1"), listed("m 1 2 stable:2")
    done = check("--config", "new.config", "--applied", "old.config", old=old, new=new)

    assert done.exit_code == 3
    assert "new.config:7:5: refused-live: a live server refuses the whole file" in done.stdout
    assert "new.config: a fresh server takes it\n" in done.stdout
    assert "a live server that runs old.config does not take it" in done.stdout


def test_a_warning_exits_0(check):
    """Servers take it, and we would never write it."""
    done = check("--config", "new.config", new=listed("m latest"))

    assert done.exit_code == 0
    assert "new.config:6:5: warning: model 'm': with the policy `latest`" in done.stdout
    assert done.stdout.endswith("new.config: a live server with any list takes it\n")
    assert "--applied" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["prod", "--config", "m.config"], 2, "ENV and FILE exclude --config"),
        (["--applied", "m.config", "x.yaml"], 2, "--applied needs a models.config"),
        (["--config", "none.config"], 2, "none.config"),
        (["--config", "m.config", "--applied", "bad.config"], 3, "bad.config:1:21: no server runs"),
        (["--config", "latin.config"], 3, "latin.config:2: byte 1 is not UTF-8"),
    ],
)
def test_what_cannot_be_compared_is_said(check, tmp_path, arguments, code, said):
    """A wrong call is exit 2, a file that no server can run is exit 3."""
    (tmp_path / "latin.config").write_bytes(b"\n\xe9")
    (tmp_path / "x.yaml").write_text("{}")
    done = check(*arguments, m=listed("m 1"), bad="model_config_list { nosuch: 1 }")

    assert done.exit_code == code
    assert said in done.stderr


def test_the_help_shows_how():
    """The example is the shortest manual."""
    text = CliRunner().invoke(main, ["check", "--help"]).stdout

    assert "tfs-gitops check --config edited.config --applied models.config" in text


def test_our_messages_print_what_they_read():
    """Fields that we only recognise go through unchanged."""
    message = text_format.Parse(ONE_OF_EACH, config_reader.ModelServerConfig())

    assert "model_type: OTHER" in str(message)


@pytest.mark.parametrize(
    ("name", "label", "unsayable"),
    [
        ("team/ranker", "stable", {"the name 'team/ranker'"}),
        ("a b", "one cluster", {"the name 'a b'", "the label 'one cluster'"}),
        ("R&D", "a/b", {"the name 'R&D'", "the label 'a/b'"}),
        ("_x", "", {"the name '_x'", "the label ''"}),
        ("n" * 254, "a", {f"the name '{'n' * 200}'… (254 characters)"}),
        ("Res-net_v1.5", "stable-1_a.b", set()),
    ],
)
def test_a_name_that_a_policy_cannot_say_is_told_before_the_move(name, label, unsayable):
    """Servers take it, and clients ask for it: they have to change with the fleet."""
    text = (
        f'model_config_list {{ config {{ name: "{name}" base_path: "/m" model_platform: '
        '"tensorflow" model_version_policy { specific { versions: 0 } } '
        f'version_labels {{ key: "{label}" value: 0 }} }} }}'
    )
    told = [one for one in findings(text) if "a policy cannot say" in one.text]
    assert {one.text.partition("cannot say ")[2].partition(", by")[0] for one in told} == unsayable
    assert {one.severity for one in findings(text)} <= {WARNING}
    assert all("have clients ask for" in one.hint for one in told)
