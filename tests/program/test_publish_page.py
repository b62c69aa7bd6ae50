"""The page on publishing: each way that it shows ends with a version that is proven."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from generator.catalog.etag import SIZES
from tests.kit.fleets import init, run
from tests.kit.pages import blocks, walk

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/publish.md").read_text()
EXAMPLES = ROOT / "examples/models"


def proven(fleet: Path) -> list[tuple[str, int]]:
    """Return the versions that `catalog` proves, each with its model; nothing may be held."""
    result = run("-C", fleet, "catalog", "dev", "--format", "json")
    found = json.loads(result.stdout)
    assert found["held"] == []
    return [(one["model"], one["version"]) for one in found["versions"]]


def test_a_version_is_published_by_the_command_and_by_a_shell(tmp_path):
    """Whoever copies the blocks has two versions, of which a sync may serve both."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, "EXAMPLES": str(EXAMPLES)}
    walk([*blocks(PAGE, "sh")], tmp_path, environ)
    init(tmp_path / "fleet", "--store", (tmp_path / "store").as_uri(), "--env", "dev")

    assert proven(tmp_path / "fleet") == [("half-plus-two", 1), ("half-plus-two", 2)]


@pytest.mark.slow
def test_a_version_is_published_by_python(tmp_path, s3):
    """To a real S3 server, which compares each checksum with what arrives."""
    [script] = blocks(PAGE, "python")
    text = script.text.replace('"models"', f'"{s3.name}"')
    (tmp_path / "export").symlink_to(EXAMPLES / "half-plus-two")
    environ = {**os.environ, **s3.env, "AWS_ENDPOINT_URL": s3.endpoint}
    subprocess.run([sys.executable, "-c", text], cwd=tmp_path, env=environ, check=True)
    init(tmp_path / "fleet", "--store", s3.url, "--endpoint", s3.endpoint, "--env", "dev")

    assert proven(tmp_path / "fleet") == [("half-plus-two", 1)]


def test_each_third_field_that_the_page_names_is_one_that_an_index_may_have():
    """The words before the colon are those that the parser knows, and none is left out."""
    named = set(re.findall(r"`(\w+):…`", PAGE.partition("| third field |")[2]))
    assert named == SIZES.keys()
