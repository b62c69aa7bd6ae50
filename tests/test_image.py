"""The image of the agent: its Dockerfile, and the wheel that it installs."""

import os
import subprocess
import sys
from pathlib import Path

from generator import __version__

ROOT = Path(__file__).parent.parent


def test_the_dockerfile_is_clean():
    """No image is built here, so hadolint reads it."""
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def test_the_image_runs_as_the_user_of_the_pods():
    """Kubernetes refuses a root image under `runAsNonRoot`, and a name it cannot prove."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    assert "USER 10001:10001" in lines
    assert 'ENTRYPOINT ["tfs-gitops"]' in lines


def test_the_component_names_the_release_that_scaffolds_it():
    """The agent and the sync that writes for it are of one release."""
    text = (ROOT / "templates/components/agent/kustomization.yaml").read_text()

    assert f'newTag: "{__version__}"' in text


def test_what_the_build_needs_is_in_its_context():
    """A file that is left out of the context breaks the wheel."""
    sent = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().split()}

    assert {"generator", "templates", "schemas", "examples", "pyproject.toml"} <= sent
    assert {"README.md", "LICENSE", "constraints.txt"} <= sent


def test_the_wheel_runs_alone(tmp_path):
    """Templates and schemas travel inside it: outside of a checkout there is nothing else."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", tmp_path, ROOT], check=True)
    [wheel] = tmp_path.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", tmp_path / "site", wheel], check=True)
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}

    code = "import generator; print(generator.__file__)"
    where = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, check=True
    )
    fleet = tmp_path / "fleet"
    made = subprocess.run(
        [sys.executable, "-m", "generator", "init", fleet], cwd=tmp_path, env=env, check=False
    )

    assert str(tmp_path).encode() in where.stdout
    assert made.returncode == 0
    assert (fleet / "environments/dev.yaml").exists()
