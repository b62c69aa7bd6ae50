"""The page that says why: each of its commands shows what the page says."""

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli import main
from generator.errors import InvalidInputError
from generator.serving import config_reader
from tests.campaigns.all import CAMPAIGNS
from tests.campaigns.page import last
from tests.kit.pod_processes import ROOT

PAGE = ROOT / "docs/why.md"
PAINS = ROOT / "docs/pains.md"
SHOWN = re.findall(
    r"\*\*(W\d)\..*?```sh\n(.+?)\n```\n\n```text\n(.+?)\n```", PAGE.read_text(), re.DOTALL
)


def test_all_seven_wedges_are_shown():
    """In their order, each with a command of its own."""
    named = [wedge for wedge, _, _ in SHOWN]

    assert named == [f"W{number}" for number in range(1, 8)]
    assert (
        re.findall(r"^### (W\d):", (ROOT / "docs/tfserving.md").read_text(), re.MULTILINE) == named
    )


@pytest.mark.parametrize(("command", "told"), [it[1:] for it in SHOWN], ids=[it[0] for it in SHOWN])
def test_a_command_of_the_page_shows_what_the_page_says(command, told, monkeypatch):
    """Run where a reader runs it: at the root of a clone."""
    monkeypatch.chdir(ROOT)
    program, *words = shlex.split(command)

    result = CliRunner().invoke(main, words)

    assert program == "tfs-gitops"
    assert told in result.output


def test_every_file_of_the_page_is_one_that_a_server_can_parse():
    """A wedge is no syntax error: it passes every review."""
    files = sorted((ROOT / "examples/wedges").glob("*.config"))

    assert {Path(word).name for _, command, _ in SHOWN for word in command.split()[3::2]} == {
        file.name for file in files
    }
    for file in files:
        config_reader.read(file.read_text())
    with pytest.raises((config_reader.UnreadableError, InvalidInputError)):
        config_reader.read("model_config_list {")


RUNS = ROOT / "tests/simulated_server/scenarios/recorded.json"
MEASURES = (
    ("10,000", "nothing changed"),
    ("100,000", "CPU, nothing changed, by events"),
    ("10,000", "first sync"),
    ("100", "nothing changed"),
)
"""What a reader asks first; good and bad."""


def evidence() -> str:
    """Return the table of campaigns, with the counts of the page on reliability."""
    counts = last((ROOT / "docs/reliability.md").read_text())
    lines = ["| campaign | what is promised | the last run |", "|---|---|---|"]
    for one in CAMPAIGNS.values():
        link = f"[{one.name}](reliability.md#{one.name.replace(' ', '-')})"
        lines.append(f"| {link} | {one.promise} | {counts[one.name].partition('; seed')[0]} |")
    return "\n".join(lines) + "\n"


def speed() -> str:
    """Return the table of times, with the figures of the page on speed."""
    page = (ROOT / "docs/benchmarks.md").read_text()
    rows = [re.split(r"\s*\|\s*", line)[1:-1] for line in page.splitlines() if line[:1] == "|"]
    lines = [
        "| models | what | tfs-gitops | beside it | of that | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for wanted in MEASURES:
        [row] = [row for row in rows if tuple(row[:2]) == wanted]
        lines.append(f"| {' | '.join(row[:6])} |")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(("name", "table"), [("evidence", evidence), ("speed", speed)])
def test_the_figures_are_those_of_the_pages_that_have_them(name, table, request):
    """Whoever plays campaigns or benches again, and commits it, says it here too."""
    block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    text = PAGE.read_text()
    wanted = block.sub(lambda it: it[1] + table() + it[2], text)
    if request.config.getoption("--update-golden"):
        PAGE.write_text(wanted, encoding="utf-8")

    assert PAGE.read_text() == wanted


def test_the_page_counts_the_pains_as_their_own_page_answers_them():
    """Whoever answers one more changes the sentence."""
    pains = re.findall(r"^\| \d+ \|.*\*\*(yes|partly|no)\*\*", PAINS.read_text(), re.MULTILINE)
    counted = [pains.count(it) for it in ("yes", "partly", "no")]

    assert len(pains) == 20
    said = "{} are answered, {} in part, {} not at all".format(*counted)
    assert said in PAGE.read_text()


def test_as_many_runs_of_the_server_are_recorded_as_the_page_says():
    """A recording that is added or taken away changes the sentence."""
    assert f"{len(json.loads(RUNS.read_text()))} runs of the real server" in PAGE.read_text()
