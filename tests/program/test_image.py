"""The image of the agent: its Dockerfile, and the wheel that it installs."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import yaml

from generator import __version__
from generator.render import compose
from tests.kit.workflows import steps
from tests.servers.ports import free_port

ROOT = Path(__file__).parents[2]
RELEASE = ROOT / ".github/workflows/release.yml"


def test_the_dockerfile_is_clean():
    """No image is built here, so hadolint reads it."""
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def test_each_image_is_pinned_by_digest_and_renewed_by_one_command():
    """What builds a release, scans it and emulates for it runs beside its rights."""
    makefile = (ROOT / "Makefile").read_text()
    [known] = re.findall(r"^IMAGES := (.+)$", makefile, re.MULTILINE)
    files = ["Dockerfile", ".github/workflows/image.yml", ".github/workflows/release.yml"]
    texts = {file: (ROOT / file).read_text() for file in files}
    named = [it for text in texts.values() for it in re.findall(rf"\b(?:{known}):\w\S*", text)]
    used = {
        step["uses"].partition("@")[0]: step["with"]
        for step in steps(RELEASE)
        if "uses" in step and "with" in step
    }

    assert {it.partition(":")[0] for it in named} == set(known.split("|"))
    assert all(re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", it) for it in named), named
    assert used["docker/setup-qemu-action"]["image"] in named
    assert used["docker/setup-buildx-action"]["driver-opts"].removeprefix("image=") in named
    assert used["docker/build-push-action"]["sbom"].removeprefix("generator=") in named
    assert all(file in makefile.partition("\ndigests:")[2] for file in files)


def test_the_base_is_of_one_release_and_what_builds_stays_behind():
    """A tag without its patch release moves; wheels and sources are in no layer of the image."""
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)[1:]
    bases = [stage.split()[0] for stage in stages]
    copied = [line for line in stages[-1].splitlines() if line.startswith(("COPY", "ADD"))]

    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", bases[0])
    assert copied == ["COPY --from=build /opt/tfs-gitops /opt/tfs-gitops"]
    assert "pip" not in stages[-1]


def test_the_image_runs_as_the_user_of_the_pods():
    """Kubernetes refuses a root image under `runAsNonRoot`, and a name it cannot prove."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    assert "USER 10001:10001" in lines
    assert 'ENTRYPOINT ["tfs-gitops"]' in lines


def test_the_image_is_named_by_the_release_that_scaffolds_it():
    """The agent and the sync that writes for it are of one release."""
    text = (ROOT / "templates/components/agent/kustomization.yaml").read_text()

    assert f"tfs-gitops:{__version__}" == compose.AGENT
    assert f" {compose.AGENT} " in (ROOT / "README.md").read_text()
    assert f'newTag: "{__version__}"' in text


def test_what_the_build_needs_is_in_its_context():
    """A file that is left out of the context breaks the wheel."""
    sent = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().split()}

    assert {"generator", "templates", "schemas", "examples", "pyproject.toml"} <= sent
    assert {"README.md", "LICENSE", "constraints.txt"} <= sent


def test_what_the_image_is_made_of_makes_a_new_one():
    """The workflow builds and scans on each change of it, and once a week."""
    sent = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().split()}
    sent -= {"*", "**/__pycache__", "LICENSE", "README.md"}
    triggers = yaml.safe_load((ROOT / ".github/workflows/image.yml").read_text())[True]
    watched = {path.removesuffix("/**") for path in triggers["push"]["paths"]}

    assert watched == sent | {"Dockerfile", ".dockerignore", ".github/workflows/image.yml"}
    assert triggers["pull_request"]["paths"] == triggers["push"]["paths"]
    assert triggers["schedule"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The environment of a process that has the wheel, and no checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    [wheel] = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", folder / "site", wheel], check=True)
    return {**os.environ, "PYTHONPATH": str(folder / "site")}


@pytest.mark.slow
def test_the_agent_of_the_wheel_is_one_process_that_ends_when_it_is_told(tmp_path, installed):
    """It is process 1 of its container: nobody passes a signal on, or reaps what it leaves."""
    (tmp_path / "served").mkdir()
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-P", "-m", "generator", "agent", "--listen", address]
    command += ["--desired", tmp_path / "desired", "--served", tmp_path / "served"]
    command += ["--server", "http://127.0.0.1:1", "--interval", "1s"]

    with subprocess.Popen(
        command, cwd=tmp_path, env={**installed, "HOME": os.devnull}, stderr=subprocess.PIPE
    ) as agent:
        told = until_it_answers(f"http://{address}/readyz")
        children = Path(f"/proc/{agent.pid}/task/{agent.pid}/children")
        alone = not children.exists() or not children.read_text()
        agent.terminate()
        _, log = agent.communicate(timeout=20)

    assert told.startswith("not ready: ")
    assert alone
    assert agent.returncode == 0, log


def until_it_answers(url):
    """What an agent says that finds no desired state: it is not ready."""
    for _ in range(150):
        try:
            urlopen(url, timeout=5)  # noqa: S310  an http:// URL of ours
        except HTTPError as error:
            return error.read().decode()
        except OSError:
            time.sleep(0.1)
    return "no answer"


@pytest.mark.slow
def test_the_wheel_runs_alone(tmp_path, installed):
    """Templates and schemas travel inside it: outside of a checkout there is nothing else."""
    env = installed
    code = "import generator; print(generator.__file__)"
    where = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, check=True
    )
    fleet = tmp_path / "fleet"
    made = subprocess.run(
        [sys.executable, "-m", "generator", "init", fleet], cwd=tmp_path, env=env, check=False
    )

    assert env["PYTHONPATH"].encode() in where.stdout
    assert made.returncode == 0
    assert (fleet / "environments/dev.yaml").exists()
