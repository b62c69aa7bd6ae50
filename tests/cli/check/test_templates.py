"""`check` of a project's own templates: what nothing reads is told, and what is none is refused."""

import json

import pytest
from click.testing import CliRunner

from generator.cli import main
from tests.kit.project import ProjectFolder
from tests.kit.schemas import schema


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Return the folder of templates of a project, in which one stands."""
    project = ProjectFolder.create(tmp_path / "fleet", "fleet.git")
    project.environment("dev")
    monkeypatch.chdir(project.root)
    folder = project.root / "templates"
    (folder / "report").mkdir(parents=True)
    return folder


def check(*arguments: str):
    """Run the command in the current folder."""
    return CliRunner().invoke(main, ["check", *arguments])


def test_a_template_that_nothing_reads_is_told_with_the_name_it_may_mean(own):
    """A template with a slip in its name shadows nothing, and its author would never know."""
    (own / "report/comit.txt").write_text("{{ subject }}\n")

    result = check("--format", "json")

    [found] = json.loads(result.stdout)["diagnostics"]
    assert (result.exit_code, found["code"]) == (0, "idle-template")
    assert found["file"] == "templates/report/comit.txt"
    assert found["message"].endswith("did you mean 'report/commit.txt'?")
    schema("check").validate(json.loads(result.stdout))


@pytest.mark.parametrize("how", ["include 'part.txt'", "extends 'part.txt'", "include a_name"])
def test_a_template_that_another_one_reads_is_in_use(own, how):
    """Also by a name that is computed: what it will be is not known."""
    (own / "report/commit.txt").write_text(f"{{% {how} %}}\n")
    (own / "part.txt").write_text("{% include 'report/more.txt' ignore missing %}\n")
    (own / ".gitkeep").touch()

    result = check()

    assert (result.exit_code, result.stderr) == (0, "")
    assert "templates/part.txt: ok\n" in result.stdout


def test_a_template_that_is_none_is_refused_at_its_line(own):
    """As a plan would, but without a store and a repository."""
    (own / "report/plan.md").write_text("fine\n{% if %}\n")

    result = check()

    assert result.exit_code == 3
    assert "error: templates/report/plan.md:2: " in result.stderr


def test_pages_of_the_report_are_shadowed_by_nothing(own):
    """Their values are ours to change."""
    (own / "site").mkdir()
    (own / "site/model.html").touch()

    assert "templates/site/model.html: nothing reads it" in check().stderr
