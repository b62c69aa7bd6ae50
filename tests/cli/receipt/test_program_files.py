"""The files of the program as an input of a sync."""

import os

import pytest

from generator import __version__
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


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """Return what installs a program as pip does: its files, and their record as the last."""
    package = tmp_path / "site-packages" / "generator"
    module = package / "cli" / "receipt" / "inputs.py"
    record = package.with_name(f"tfs_gitops-{__version__}.dist-info") / "RECORD"
    for folder in (module.parent, package / "templates", package / "schemas", record.parent):
        folder.mkdir(parents=True)
    monkeypatch.setattr(inputs, "__file__", str(module))
    monkeypatch.setattr(package_data, "folder", package.joinpath)
    yield _installer(module, record)
    inputs._program.cache_clear()


def _installer(module, record):
    def install(hour, digest="sha256=a"):
        module.write_text("1")
        record.write_text(f"generator/cli/receipt/inputs.py,{digest},1\nuv_cache.json,{hour},1\n")
        for file, second in ((module, 0), (record, 1)):
            os.utime(file, (hour * 3600 + second,) * 2)
        return module

    return install


def next_process(project):
    """Return the digest of a process that looks for itself."""
    inputs._program.cache_clear()
    return inputs.digest(project, ())


def test_a_program_that_is_installed_anew_is_the_same_if_its_record_is(installed, tmp_path):
    """Each job of CI installs it: the time of that says nothing, the hashes say all."""
    installed(1)
    before = next_process(tmp_path)
    installed(2)
    assert next_process(tmp_path) == before is not None
    installed(2, "sha256=b")
    assert next_process(tmp_path) not in (before, None)


def test_an_edit_of_an_installed_program_is_another_one(installed, tmp_path):
    """Its record does not know of that, and its time does."""
    module = installed(1)
    before = next_process(tmp_path)
    os.utime(module, (3 * 3600,) * 2)
    assert next_process(tmp_path) not in (before, None)
