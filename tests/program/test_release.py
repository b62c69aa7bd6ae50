"""A release: all of it that needs no network is played here."""

import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from generator import __version__
from tests.kit.workflows import jobs, load, steps

ROOT = Path(__file__).parents[2]
RELEASE = ROOT / ".github/workflows/release.yml"


def notes(folder: Path, tag: str, changelog: str) -> subprocess.CompletedProcess[str]:
    """Ask for the notes of *tag* in a folder with another changelog."""
    (folder / "generator").mkdir(exist_ok=True)
    for name in ("Makefile", "generator/__init__.py"):
        (folder / name).write_text((ROOT / name).read_text())
    (folder / "CHANGELOG.md").write_text(changelog)
    command = ["make", "--silent", "release-notes", f"TAG={tag}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_notes_are_those_of_the_version(tmp_path):
    """And of no other."""
    changelog = (
        f"# C\n\n## Unreleased\n\n- x\n\n## v{__version__} (2026)\n\n- a\n\n## v0.0.1\n\n- b\n"
    )

    assert notes(tmp_path, f"v{__version__}", changelog).stdout == "- a\n"


@pytest.mark.parametrize(
    ("tag", "changelog", "told"),
    [
        ("v9.9.9", "## v9.9.9\n\n- a\n", f"expected 'v{__version__}'"),
        ("", "", f"expected 'v{__version__}'"),
        (f"v{__version__}", "## Unreleased\n\n- a\n", "has no section"),
        (f"v{__version__}", f"## v{__version__}\n\n## v0.0.1\n\n- a\n", "has no section"),
    ],
)
def test_a_tag_that_fits_neither_version_nor_changelog_releases_nothing(
    tmp_path, tag, changelog, told
):
    """It is the first thing that the workflow asks."""
    done = notes(tmp_path, tag, changelog)

    assert done.returncode != 0
    assert told in done.stderr


def test_nothing_is_published_before_the_tests_have_passed():
    """Each job that may write waits for the one that tests, and is in no other workflow."""
    found = jobs(RELEASE)
    scripts = [step.get("run", "") for step in found["build"]["steps"]]

    assert load(RELEASE)[True] == {"push": {"tags": ["v*"]}}
    assert any(".ci/run" in script for script in scripts)
    assert set(found["build"]["permissions"].values()) == {"read"}
    assert "build" in found["image"]["needs"]
    assert {"build", "image"} <= {*found["package"]["needs"]}
    assert "package" in found["announce"]["needs"]


def test_an_image_is_signed_and_attested_by_its_digest():
    """A tag can be moved between the push and the signature."""
    made = {step["name"]: step for step in steps(RELEASE)}
    build = made["Build and push"]["with"]

    assert build["platforms"] == "linux/amd64,linux/arm64"
    assert build["sbom"].startswith("generator=docker/buildkit-syft-scanner:")
    assert build["provenance"] == "mode=max"
    assert made["Sign it by its digest"]["env"]["IMAGE"].endswith(
        "@${{ steps.build.outputs.digest }}"
    )


def test_no_password_of_an_index_is_anywhere():
    """It trusts the workflow itself."""
    package = jobs(RELEASE)["package"]

    assert package["permissions"]["id-token"] == "write"
    assert package["environment"] == "pypi"
    assert "secrets." not in RELEASE.read_text()


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The folder with wheel and sdist of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    return folder


@pytest.mark.slow
def test_wheel_and_sdist_are_as_an_index_wants_them(dist):
    """Metadata and description, of the version that the program says."""
    check = [sys.executable, "-m", "twine", "check", "--strict", *dist.iterdir()]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    [wheel] = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        [metadata] = [name for name in packed.namelist() if name.endswith("METADATA")]
        described = message_from_bytes(packed.read(metadata))

    assert done.returncode == 0, done.stdout
    assert described["Version"] == __version__
    assert described["Requires-Python"] == ">=3.11"
    assert sorted(path.name for path in dist.iterdir()) == [
        f"tfs_gitops-{__version__}-py3-none-any.whl",
        f"tfs_gitops-{__version__}.tar.gz",
    ]


@pytest.mark.slow
def test_the_wheel_has_the_program_and_what_it_needs_and_nothing_else(dist):
    """No test, no bench, no file of a machine."""
    [wheel] = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
    tops = {name.partition("/")[0] for name in names}

    assert tops == {"generator", f"tfs_gitops-{__version__}.dist-info"}
    for needed in ("templates/overlay/generated/deployment.yaml", "schemas/lock.schema.json"):
        assert f"generator/{needed}" in names
    assert not [name for name in names if re.search(r"__pycache__|\.pyc|/tests?/|\.venv", name)]


@pytest.mark.slow
def test_the_sdist_makes_the_same_wheel(dist, tmp_path):
    """Whoever packages this for a distribution begins there."""
    [sdist] = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as packed:
        packed.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path]
    subprocess.run([*build, folder], check=True, capture_output=True)
    [ours], [theirs] = dist.glob("*.whl"), tmp_path.glob("*.whl")
    with zipfile.ZipFile(ours) as one, zipfile.ZipFile(theirs) as other:
        assert {it.filename: it.CRC for it in one.infolist()} == {
            it.filename: it.CRC for it in other.infolist()
        }
