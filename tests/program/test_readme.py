"""The pages cannot drift: their commands run, their tables are the code's own."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from msgspec.structs import replace

import generator.errors
from generator.catalog.hold import Code
from generator.cli.command_group import SENTENCES
from generator.render.fleet.workflows import PINS
from tests.kit.fleets import init
from tests.kit.pages import blocks, walk
from tests.servers import aws
from tests.servers.origin import Origin

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def page(name):
    """Return the text of a page of docs/."""
    return (ROOT / "docs" / name).read_text()


@pytest.fixture
def environ():
    """Return the environment of a person who has made the demo in a clone."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    examples = str(ROOT / "examples" / "models")
    return {**os.environ, "PATH": path, "EXAMPLES": examples, "KUBERC": "off"}


def test_the_first_hour_runs_as_it_stands(tmp_path, environ):
    """A person with README alone gets from nothing to a canary, and back."""
    assert "1,2 canary=2 stable=1" in walk([*blocks(README, "sh")], tmp_path, environ)


PAGES = ["adopt.md", "quickstart.md", pytest.param("canary.md", marks=pytest.mark.slow)]


@pytest.mark.parametrize("name", PAGES)
def test_a_walkthrough_runs_word_for_word(name, tmp_path, environ):
    """A new user who copies each block sees what the page shows."""
    walk([*blocks(page(name), "sh")], tmp_path, environ)


MAKE_BUCKETS = """
import boto3
for bucket in ("models", "models-prod"):
    boto3.client("s3", region_name="eu-west-1").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
"""
"""In a process of its own: the variables that lead to the cloud are for it alone."""


@pytest.mark.slow
def test_the_page_on_aws_runs_word_for_word(tmp_path, environ):
    """As a person who has a profile and a bucket, and names no endpoint."""
    (tmp_path / "cloud").mkdir()
    with aws.proxied(tmp_path / "cloud") as cloud:
        environ |= {
            "AWS_ACCESS_KEY_ID": "someone",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "HTTPS_PROXY": cloud.url,
            "AWS_CA_BUNDLE": str(aws.AUTHORITY),
        }
        subprocess.run([sys.executable, "-c", MAKE_BUCKETS], env=environ, check=True)
        (tmp_path / "fleet").mkdir()
        walk([*blocks(page("aws.md"), "sh")], tmp_path / "fleet", environ)

        hosts = {urlsplit(url).hostname for url in cloud.asked()}
    assert all(host and host.endswith(".amazonaws.com") for host in hosts)
    assert hosts


def test_the_help_text_is_the_programs_own():
    """The page shows what `tfs-gitops --help` prints in a terminal of 80 columns, or in a pipe."""
    program = [sys.executable, "-m", "generator", "--help"]
    environ = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    text = subprocess.run(program, env=environ, capture_output=True, text=True, check=True).stdout
    text = text.replace("python -m generator", "tfs-gitops")

    assert f"```\n{text}```" in page("reference/cli.md")


def test_every_hold_code_has_its_row():
    """Found, and what to do, in the program's own words."""
    for code in Code:
        assert f"| `{code}` | {code.meaning} | {code.remedy} |\n" in page("reference/holds.md")


@pytest.mark.parametrize("error", generator.errors.GeneratorError.__subclasses__())
def test_every_exit_code_has_its_row(error):
    """The codes of the error classes stand in the table."""
    assert f"\n| {error.exit_code} | " in page("reference/exit-codes.md")


def test_the_two_commands_are_targets_of_the_makefile():
    """The first thing that a visitor types works, and what contributors are told to type."""
    makefile = (ROOT / "Makefile").read_text()
    said = README + (ROOT / ".github/CONTRIBUTING.md").read_text()

    targets = set(re.findall(r"(?:^|`)make ([a-z-]+)", said, re.MULTILINE))
    assert {"demo", "test", "test-slow"} <= targets
    for target in targets:
        assert f"\n{target}:" in makefile


def test_the_action_is_called_as_it_is(tmp_path):
    """Its path, inputs and outputs, in a workflow that GitHub takes."""
    [block] = re.findall(r"```yaml\n(name: sync\n.*?)```", page("ci.md"), re.DOTALL)
    (tmp_path / "sync.yml").write_text(block)
    steps = yaml.safe_load(block)["jobs"]["sync"]["steps"]
    [step] = [step for step in steps if step.get("id") == "sync"]
    folder = step["uses"].partition("@")[0].split("/", 2)[2]
    action = yaml.safe_load((ROOT / folder / "action.yml").read_text())

    assert step["with"].keys() <= action["inputs"].keys()
    assert set(re.findall(r"steps\.sync\.outputs\.([\w-]+)", block)) <= action["outputs"].keys()
    assert f"actions/checkout@{PINS['checkout']}\n" in block
    assert takes("vendor.github-workflows", tmp_path / "sync.yml") == ""


def test_the_jobs_for_gitlab_are_ones_that_it_takes(tmp_path):
    """By the schema of its own editor; what they run are commands that are there."""
    [block] = re.findall(r"```yaml\n(# .gitlab-ci.yml\n.*?)```", page("ci.md"), re.DOTALL)
    (tmp_path / ".gitlab-ci.yml").write_text(block)
    jobs = yaml.safe_load(block)
    said = [line.split() for name in ("sync", "preview") for line in jobs[name]["script"]]

    assert takes("vendor.gitlab-ci", tmp_path / ".gitlab-ci.yml") == ""
    assert {program for program, *_ in said} == {"tfs-gitops"}
    assert {command for _, command, *_ in said} <= SENTENCES.keys()


def takes(schema, file):
    """Return what a built-in schema of check-jsonschema has against a file; "" for nothing."""
    program = Path(sysconfig.get_path("scripts"), "check-jsonschema")
    command = [program, "--builtin-schema", schema, file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout


def test_what_is_not_released_can_be_installed_another_way(tmp_path):
    """The variable that the page names is the one that the workflows read."""
    init(tmp_path)
    said = README.partition("\n## Not yet\n")[2]

    for path in (tmp_path / ".github/workflows").glob("*.yml"):
        [variable] = re.findall(r"REQUIREMENT: \${{ vars\.(\w+) }}", path.read_text())
        assert f"`{variable}`" in said
    [command] = re.findall(r"`(init --install \S+)`", said)
    init(tmp_path / "named", *command.split()[1:])


def test_readme_is_read_to_its_end():
    """What is longer belongs to a page of docs/."""
    assert len(README.splitlines()) <= 180


def test_every_block_can_be_copied_as_it_stands():
    """No prompt stands before a command."""
    for file in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        text = file.read_text()
        assert "```console" not in text, file
        assert not re.search(r"```sh\n(?:[^`]*\n)?[$>] ", text), file


def test_contributors_are_led_to_files_that_are_there():
    """Recipes name paths, and modules move."""
    said = (ROOT / ".github/CONTRIBUTING.md").read_text()
    named = re.findall(r"`((?:generator|tests|docs|schemas)/[\w/.-]+)`", said)

    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.fixture
def clone(tmp_path, s3, environ):
    """Return what a page says of a clone of a fleet, by what is here in its place."""
    origin = Origin.create(tmp_path / "fleet.git")
    subprocess.run(["git", "clone", "--quiet", origin.path, tmp_path / "clone"], check=True)
    export = tmp_path / "clone/export/resnet/50"
    shutil.copytree(ROOT / "examples/models/half-plus-two/1", export)
    environ |= s3.env
    return {
        "https://github.com/acme/fleet.git": str(origin.path),
        "--store s3://models --region eu-west-1": f"--store {s3.url} --endpoint {s3.endpoint}",
        "--store s3://models ": f"--store {s3.url} --endpoint {s3.endpoint} ",
    }


@pytest.mark.nightly
@pytest.mark.slow
@pytest.mark.parametrize("name", ["cluster.md", "fleet.md"])
def test_a_page_on_a_fleet_runs_as_far_as_it_needs_no_cluster(name, tmp_path, environ, clone):
    """A bucket and a repository of the test stand where the page has those of its reader."""
    shown = [*blocks(page(name), "sh")]
    for said, is_here in clone.items():
        shown = [replace(block, text=block.text.replace(said, is_here)) for block in shown]

    walk(shown, tmp_path / "clone", environ)
