"""The files of the program as an input of a sync."""

import pytest

from generator.cli.receipt import inputs
from generator.environment import package_data


@pytest.fixture
def template(monkeypatch, tmp_path):
    """Return a template of a program whose files this process has not looked at."""
    monkeypatch.setattr(package_data, "folder", tmp_path.joinpath)
    for name in ("templates", "schemas"):
        (tmp_path / name).mkdir()
    inputs._program.cache_clear()
    yield tmp_path / "templates" / "deployment.yaml"
    inputs._program.cache_clear()


def edited(template):
    """Write other bytes, and more of them."""
    template.write_text("kind: Deployment\n")


def removed(template):
    """Take it away."""
    template.unlink()


def added(template):
    """Put another one beside it."""
    template.with_name("service.yaml").write_text("")


@pytest.mark.parametrize("change", [edited, removed, added])
def test_another_file_of_the_program_means_the_whole_run_of_the_next_process(
    template, tmp_path, change
):
    """A process is the program that it has found: so it looks once, and the next one for itself."""
    template.write_text("")
    before = inputs.digest(tmp_path / "project", ())
    change(template)

    assert inputs.digest(tmp_path / "project", ()) == before
    inputs._program.cache_clear()  # as the next process
    assert inputs.digest(tmp_path / "project", ()) not in (before, None)


def test_a_program_that_cannot_be_read_is_looked_at_again(template, tmp_path):
    """Absence is not remembered: what is unknown once may be known later."""
    template.symlink_to(tmp_path / "nowhere")
    assert inputs.digest(tmp_path / "project", ()) is None
    template.unlink()

    assert inputs.digest(tmp_path / "project", ()) is not None
