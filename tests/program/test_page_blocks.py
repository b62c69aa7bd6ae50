"""Blocks of all pages: commands that are there, with options that they have; excerpts that load."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from generator.cli import main
from generator.environment import load
from generator.environment.texts import Texts
from generator.serving.probe.policy_probe import PolicyProbe
from tests.kit.pages import blocks as runnable

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN_BY = {
    "README.md": "test_readme.py",
    "docs/adopt.md": "test_readme.py",
    "docs/aws.md": "test_readme.py",
    "docs/canary.md": "test_readme.py",
    "docs/check.md": "test_task_pages.py",
    "docs/clients.md": "test_clients_page.py",
    "docs/cluster.md": "test_readme.py",
    "docs/doctor.md": "test_task_pages.py",
    "docs/fleet.md": "test_readme.py",
    "docs/gateway.md": "test_gateway_page.py",
    "docs/laptop.md": "test_laptop_page.py",
    "docs/publish.md": "test_publish_page.py",
    "docs/quickstart.md": "test_readme.py",
    "docs/rollback.md": "test_task_pages.py",
    "docs/upgrade.md": "test_task_pages.py",
    "docs/why.md": "test_why_page.py",
    "docs/windows.md": "test_task_pages.py",
}
"""The pages with blocks of shell that are run, and the tests that run each of them, but for those
that say why not."""

PROGRAM = "tfs-gitops"
STOPS = {"|", "&&", "||", ";", "&", ">", ">>", "<", "2>&1", "2>/dev/null"}

BASE = """
apiVersion: tfs-gitops/v1
kind: Environment
metadata: {name: _base}
spec:
  source: {url: "s3://models"}
  delivery: {repository: "https://git.example/fleet.git"}
  serving: {image: "tensorflow/serving:2.19.1"}
"""
OTHER = BASE.replace("_base", "other") + "  policy: [{match: '*'}]\n"
OTHERS = ("dev", "staging")
"""The environments that an excerpt may take from."""

PROBE = PolicyProbe.parse(b'{"request": {"instances": [1.0]}}')
POLICY = [{"match": "*", "versions": {"latest": 1}}]
SECTIONS = {"extends", "source", "delivery", "serving", "policy"}


def blocks(kind: str) -> Iterator[tuple[str, str]]:
    """Yield each block of a *kind*, run or not, with its page."""
    for page in PAGES:
        for text in re.findall(
            rf"^```{kind}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE
        ):
            yield page.relative_to(ROOT).as_posix(), text


def inline() -> Iterator[tuple[str, str]]:
    """Yield each call of this program within a sentence or a table, with its page."""
    for page in PAGES:
        if "decisions" not in page.parts:
            for text in re.findall(rf"`({PROGRAM} [^`…]+)`", page.read_text()):
                yield page.relative_to(ROOT).as_posix(), text.replace("\n", " ")


def commands(script: str) -> Iterator[list[str]]:
    """Yield the words of each call of this program in a script of shell."""
    for line in script.replace("\\\n", " ").splitlines():
        if PROGRAM not in line:
            continue
        lexer = shlex.shlex(line, posix=True, punctuation_chars="();|&<>`")
        lexer.commenters, lexer.wordchars = "#", lexer.wordchars + "$:@,{}[]%^!+"
        found: list[str] | None = None
        for word in [*lexer, ";"]:
            if set(word) <= set("();|&<>`"):
                if found:
                    yield found
                found = None
            elif word == PROGRAM and found is None:
                found = []
            elif found is not None:
                found.append(word)


def parsed(words: list[str]) -> str:
    """Return what click says of a call: "" if there is such a command with such options."""
    context = click.Context(main, info_name=PROGRAM, **main.context_settings)
    try:
        _, rest, _ = main.make_parser(context).parse_args(list(words))
        name, command, given = main.resolve_command(context, list(rest))
        inner = click.Context(command, parent=context, info_name=name)
        command.make_parser(inner).parse_args(list(given))
    except click.UsageError as error:
        return error.format_message()
    return ""


def test_every_command_of_a_page_is_there_and_has_its_options():
    """Also those of blocks that no test can run, which name a cluster or a forge."""
    found = [(page, words) for page, text in [*blocks("sh"), *inline()] for words in commands(text)]

    assert len(found) > 80
    wrong = [
        f"{page}: {shlex.join(words)}: {said}" for page, words in found if (said := parsed(words))
    ]
    assert wrong == []


def test_every_block_of_shell_is_run_by_a_test_or_says_why_not():
    """A page of its own kind names a test that reads it; a new block is no exception."""
    pages = {page.relative_to(ROOT).as_posix(): page.read_text() for page in PAGES}
    tests = {page: (Path(__file__).parent / test).read_text() for page, test in RUN_BY.items()}

    assert {page for page, text in pages.items() if [*runnable(text, "sh")]} == RUN_BY.keys()
    for page, test in tests.items():
        assert Path(page).name in test.replace("README", "README.md"), f"{page}: not read there"


def test_blocks_of_shell_have_one_name():
    """Another one, such as `bash`, would be neither run nor told."""
    assert [*blocks("(?:bash|shell|console|zsh|sh-session)")] == []


@pytest.mark.parametrize("words", [["no-such-command"], ["sync", "--no-such-option"]])
def test_a_command_that_is_not_there_is_told(words):
    """By click's own words."""
    assert "no-such" in parsed(words)


def excerpts() -> list[tuple[str, dict[str, Any]]]:
    """Return the spec of each block that is part of an environment."""
    found = [(page, yaml.safe_load(text)) for page, text in blocks("yaml")]
    specs = [(page, it.get("spec", it)) for page, it in found if isinstance(it, dict)]
    return [(page, it) for page, it in specs if it.keys() <= SECTIONS]


def test_every_excerpt_of_an_environment_loads():
    """What it does not say comes from a base; `check` would take it."""
    found = excerpts()
    assert len(found) > 6
    for page, excerpt in found:
        document = {
            "apiVersion": "tfs-gitops/v1",
            "kind": "Environment",
            "metadata": {"name": "prod"},
            "spec": {"extends": "_base", "policy": POLICY} | excerpt,
        }
        texts = {
            "_base": BASE,
            "prod": yaml.safe_dump(document),
            **{name: OTHER.replace("other", name) for name in OTHERS},
        }
        try:
            load.load(Texts(texts.get, OTHERS, probe=lambda _: PROBE), "prod")
        except Exception as error:
            raise AssertionError(f"{page}: {excerpt}") from error
