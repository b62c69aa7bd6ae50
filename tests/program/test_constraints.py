"""The constraints: each thing that CI or the image installs, pinned with its hashes."""

import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.kit import workflows

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FOLDER = ROOT / ".ci/constraints"
RUN, BUILD, DEV = ROOT / "constraints.txt", FOLDER / "build.txt", FOLDER / "dev.txt"
INVENTORY = FOLDER / "inventory.txt"
FILES = (RUN, *sorted(FOLDER.iterdir()))
PIN = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.]+)(?: ; (?P<marker>.+?))?"
    r"(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n"
)
# The messages of TensorFlow Serving need no TensorFlow: [tool.uv] leaves it out.
LEFT_OUT = {"tensorflow"}


def pins(path: Path) -> dict[str, set[Version]]:
    """Return what a file pins; more than one version is for more than one Python."""
    found: dict[str, set[Version]] = {}
    for pin in PIN.finditer(path.read_text()):
        found.setdefault(pin["name"], set()).add(Version(pin["version"]))
    return found


def asked(file: Path) -> list[Requirement]:
    """Return the requirements of pyproject.toml for which *file* is there."""
    if file == RUN:
        return [Requirement(text) for text in PROJECT["project"]["dependencies"]]
    listed = (PROJECT["dependency-groups"] | PROJECT["project"]["optional-dependencies"])[file.stem]
    return [Requirement(text) for text in listed if isinstance(text, str)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_of_constraints_is_pins_with_hashes_and_nothing_else(file):
    """No address of an index, no option, and no pin that any upload would satisfy."""
    assert PIN.sub("", file.read_text()) == ""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_pyproject_asks_for_is_pinned_as_it_asks(file):
    """A requirement that is added there is one of `make constraints` too."""
    pinned = pins(file)

    for requirement in asked(file):
        versions = pinned.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name}: run `make constraints`"
        assert all(version in requirement.specifier for version in versions), requirement


def test_people_who_work_on_it_have_the_versions_that_run():
    """And that build: one environment has all three."""
    for file in (RUN, BUILD, INVENTORY):
        assert pins(file).items() <= pins(DEV).items()


def test_what_reads_inventories_comes_with_all_that_runs():
    """The action installs one file or the other."""
    assert pins(RUN).items() <= pins(INVENTORY).items()


@pytest.mark.parametrize("file", [RUN, BUILD, DEV, INVENTORY], ids=lambda file: file.stem)
def test_nothing_that_is_needed_is_missing(file):
    """Nothing is resolved where it is installed: what a file lacks, the program would miss."""
    pinned = pins(file)
    missing = set()
    todo = [(canonicalize_name(one.name), frozenset(one.extras)) for one in asked(file)]
    seen = set(todo)
    while todo:
        name, extras = todo.pop()
        if name not in pinned:
            missing.add(name)
            continue
        for text in requires(name) or ():
            needed = Requirement(text)
            marker = needed.marker
            if marker and not any(marker.evaluate({"extra": it}) for it in {"", *extras}):
                continue
            step = (canonicalize_name(needed.name), frozenset(needed.extras))
            if step not in seen:
                seen.add(step)
                todo.append(step)

    assert missing <= LEFT_OUT


def test_whatever_is_fetched_is_fetched_by_its_hash():
    """Each `pip` of Makefile, image, and GitHub; and no set-up code of others runs."""
    makefile = (ROOT / "Makefile").read_text()
    made = makefile
    for name in ("PIP", "PINNED"):
        made = made.replace(f"$({name})", _definition(makefile, name))
    scripts = [made, (ROOT / "Dockerfile").read_text()]
    scripts += [step.get("run", "") for path in workflows.files() for step in workflows.steps(path)]
    lines = [line for script in scripts for line in re.sub(r"\\\n\s*", "", script).splitlines()]
    commands = [part for line in lines for part in re.split(r"&& |; |\|\| ", line)]
    installs = [it for it in commands if re.search(r"pip\S* .*\b(install|wheel) ", it)]
    offline = ("--no-build-isolation", "--no-index")

    assert len(installs) >= 15
    for command in installs:
        assert "--require-hashes" in command or any(it in command for it in offline), command
        assert ("--only-binary=:all:" in command) == ("--require-hashes" in command), command


def _definition(makefile: str, name: str) -> str:
    [found] = re.findall(rf"^{name} := (.+)$", makefile, re.MULTILINE)
    return found


def test_another_file_than_the_pinned_one_is_not_installed(tmp_path):
    """By pip itself, from an index that hands out something else: here a folder."""
    (tmp_path / "lib-1.0-py3-none-any.whl").write_bytes(b"not what was pinned")
    listed = tmp_path / "listed.txt"
    listed.write_text(f"lib==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    options = shlex.split(_definition((ROOT / "Makefile").read_text(), "PINNED"))
    command = [sys.executable, "-m", "pip", *options, listed, "--no-index"]
    command += ["--find-links", tmp_path, "--target", tmp_path / "site", "--dry-run"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "do not match" in done.stderr.lower()
