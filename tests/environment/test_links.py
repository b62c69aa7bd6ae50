"""Links out of a project's folders: not followed, whatever they lead to."""

import os
from pathlib import Path

import pytest

from generator.environment import links
from generator.errors import InvalidInputError
from generator.limits.yaml import YAML_BYTES
from tests.kit.project import ProjectFolder

KUSTOMIZATION = "templates/overlay/generated/kustomization.yaml"
BUILT_IN = Path(__file__).parents[2] / KUSTOMIZATION
READING = '{% set s %}{% include "s" %}{% endset %}\n# {{ s | urlencode }}\n'


@pytest.fixture
def project(tmp_path, origin):
    """Return a project whose own template includes what is called `s`."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    own = project.root / KUSTOMIZATION
    own.parent.mkdir(parents=True)
    own.write_text(BUILT_IN.read_text() + READING)
    (tmp_path / "secret").write_text("topsecret")
    return project


def refused(project, *words):
    """Have plan and sync end with exit 3 and *words* in what they say, without the secret."""
    for command in (("plan", "dev"), ("plan", "dev", "--format", "markdown"), ("sync", "dev")):
        result = project.run(*command)
        assert result.exit_code == 3, result.output
        assert all(word in result.stderr for word in words), result.stderr
        assert "topsecret" not in result.output
        assert "hint: " in result.stderr


@pytest.mark.parametrize(
    "target", ["../../secret", "../environments/dev.yaml", "/proc/self/environ"]
)
def test_a_template_that_leads_out_is_not_read(project, monkeypatch, target):
    """What it leads to would be in the plan, the comment and the commit."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "topsecret")
    link = project.root / "templates/s"
    link.symlink_to(target)

    refused(project, f"{link}: leads out of {project.root / 'templates'}")


def test_an_absolute_link_that_leads_out_is_not_read(project, tmp_path):
    """Nor a chain of links, nor one of a folder."""
    link = project.root / "templates/s"
    link.symlink_to(tmp_path / "secret")
    refused(project, "leads out of")

    (project.root / "templates/t").symlink_to(tmp_path / "secret")
    link.unlink()
    link.symlink_to("t")
    refused(project, "leads out of")

    link.unlink()
    link.symlink_to(tmp_path, target_is_directory=True)
    own = project.root / KUSTOMIZATION
    own.write_text(own.read_text().replace('include "s"', 'include "s/secret"'))
    refused(project, "leads out of")


def test_a_template_that_shadows_a_built_in_one_may_not_lead_out_either(project, tmp_path):
    """Not only what is included."""
    own = project.root / KUSTOMIZATION
    own.unlink()
    own.symlink_to(tmp_path / "secret")

    refused(project, f"{own}: leads out of")


@pytest.mark.parametrize("target", ["t", "overlay/../t", "ABSOLUTE"])
def test_a_link_within_the_templates_is_followed(project, target):
    """Two names for one text are a person's own matter."""
    (project.root / "templates/t").write_text("shared")
    absolute = str(project.root / "templates/t")
    (project.root / "templates/s").symlink_to(absolute if target == "ABSOLUTE" else target)

    assert project.run("plan", "dev").exit_code == 0


def test_links_in_a_circle_are_no_template(project):
    """As if there were none of that name."""
    (project.root / "templates/s").symlink_to("t")
    (project.root / "templates/t").symlink_to("s")

    refused(project, "s")


@pytest.mark.parametrize(
    "target", ["../../secret", "/etc/passwd", "/proc/self/environ", "../templates/x", "/no/such"]
)
@pytest.mark.parametrize("command", [("check", "prod"), ("plan", "prod"), ("check",)])
def test_an_environment_that_leads_out_is_not_read(project, target, command):
    """Its errors would show what is there, line by line."""
    link = project.root / "environments/prod.yaml"
    link.symlink_to(target)

    result = project.run(*command)

    assert result.exit_code == 3
    assert f"{link}: leads out of {project.root / 'environments'}, to " in result.stderr
    assert "topsecret" not in result.output
    assert "root:" not in result.output


@pytest.mark.parametrize("key", ["extends", "from"])
def test_what_an_environment_names_may_not_lead_out_either(project, tmp_path, key):
    """A base, and the environment that comes before."""
    good = project.root / "environments/dev.yaml"
    (tmp_path / "secret").write_text(good.read_text().replace("name: dev", "name: base"))
    (project.root / "environments/base.yaml").symlink_to(tmp_path / "secret")
    text = good.read_text()
    if key == "extends":
        text = text.replace("spec:", "spec:\n  extends: base")
    else:
        text = text.replace("latest: 1", "latest: 1\n      from: base")
    good.write_text(text)

    refused(project, "environments/base.yaml: leads out of")


def test_links_in_a_circle_are_no_environment(project):
    """An error, and no traceback."""
    (project.root / "environments/prod.yaml").symlink_to("prod.yaml")

    result = project.run("check")

    assert result.exit_code == 3
    assert "environments/prod.yaml" in result.stderr


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_an_environment_that_is_no_file_is_told(project, make):
    """It would be waited for, for ever."""
    make(project.root / "environments/prod.yaml")

    result = project.run("check")

    assert result.exit_code == 3
    assert "environments/prod.yaml: not a file" in result.stderr


@pytest.mark.parametrize("folder", ["environments", "templates"])
def test_a_folder_itself_may_be_a_link(project, tmp_path, folder):
    """Whoever runs this has put it there."""
    (project.root / KUSTOMIZATION).unlink()
    (project.root / folder).rename(tmp_path / "elsewhere")
    (project.root / folder).symlink_to(tmp_path / "elsewhere", target_is_directory=True)

    assert project.run("plan", "dev").exit_code == 0


@pytest.mark.parametrize("folder", ["environments", "templates"])
def test_a_folder_of_a_working_tree_may_not_lead_out_of_it(project, tmp_path, folder):
    """There, whoever may push has put it there."""
    (project.root / ".git").mkdir()
    (project.root / folder).rename(tmp_path / "elsewhere")
    (project.root / folder).symlink_to(tmp_path / "elsewhere", target_is_directory=True)

    refused(project, f"{project.root / folder}: leads out of {project.root}")


def test_a_folder_of_a_working_tree_may_not_lead_to_all_of_it(project):
    """A checkout keeps its token in `.git`, and a job may have put others beside the files."""
    (project.root / ".git").mkdir()
    (project.root / "s").write_text("topsecret")
    (project.root / "templates/overlay").rename(project.root / "overlay")
    (project.root / "templates").rmdir()
    (project.root / "templates").symlink_to(".", target_is_directory=True)

    refused(project, "leads out of")


def test_a_folder_may_not_have_gits_own_in_it(tmp_path):
    """As a folder that is a link to another checkout has."""
    git = tmp_path / "checkout/.git"
    git.mkdir(parents=True)
    (git / "config").write_text("topsecret")
    (tmp_path / "templates").symlink_to("checkout", target_is_directory=True)

    with pytest.raises(InvalidInputError, match="leads out of"):
        links.read(tmp_path / "templates", ".git/config", YAML_BYTES)


def test_a_folder_of_the_kernel_is_nobodys_templates(project):
    """Also not for who is in no working tree."""
    templates = project.root / "templates"
    templates.rename(project.root / "before")
    templates.symlink_to("/proc/self", target_is_directory=True)

    with pytest.raises(InvalidInputError, match="leads out of"):
        links.refuse_way_out(templates, templates / "environ")


@pytest.mark.parametrize("folder", [".", "../environments", "../x/../environments"])
def test_a_folder_is_the_same_by_every_spelling(project, monkeypatch, folder):
    """Who stands in it calls it `.`, whose parent is spelled alike."""
    (project.root / ".git").mkdir()
    (project.root / "x").mkdir()
    monkeypatch.chdir(project.root / "environments")

    assert b"Environment" in links.read(Path(folder), "dev.yaml", YAML_BYTES)
