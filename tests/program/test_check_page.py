"""docs/check.md: its hooks, its action and its commands are the ones that are here."""

import re
import subprocess
import sys
from pathlib import Path

import yaml
from click.testing import CliRunner

from generator.cli import main
from generator.render.fleet.workflows import PINS
from tests.kit.workflows import CHECK, ROOT, load

PAGE = (ROOT / "docs/check.md").read_text()


def block(first: str) -> str:
    """Return the block of YAML that begins with a line."""
    [found] = re.findall(rf"```yaml\n({re.escape(first)}\n.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_action_is_called_as_it_is(tmp_path: Path):
    """Its path and inputs, in a workflow that GitHub takes."""
    text = block("name: check")
    (tmp_path / "check.yml").write_text(text)
    [step] = [
        step
        for step in yaml.safe_load(text)["jobs"]["check"]["steps"]
        if "sarif" in str(step.get("with")) and "acme" in step["uses"]
    ]
    folder = step["uses"].partition("@")[0].split("/", 2)[2]

    assert ROOT / folder / "action.yml" == CHECK
    assert step["with"].keys() <= load(CHECK)["inputs"].keys()
    assert f"actions/checkout@{PINS['checkout']}\n" in text
    command = [sys.executable, "-m", "check_jsonschema"]
    command += ["--builtin-schema", "vendor.github-workflows", str(tmp_path / "check.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_hooks_are_there():
    """Each by its id."""
    [repository] = yaml.safe_load(block("# .pre-commit-config.yaml"))["repos"]
    known = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}

    assert {hook["id"] for hook in repository["hooks"]} == known


def test_the_forms_are_those_of_the_command():
    """And no other."""
    named = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    help_text = CliRunner().invoke(main, ["check", "--help"]).stdout

    assert f"[text|{'|'.join(sorted(named, key=['json', 'github', 'sarif'].index))}]" in help_text
