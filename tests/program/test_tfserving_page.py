"""`docs/tfserving.md`: each fact has an id, each citation finds its own, each run was recorded."""

import re
from pathlib import Path

from generator.serving.lint.wedge import Wedge
from tests.simulated_server.scenario import load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/tfserving.md").read_text(encoding="utf-8")
CITED = re.compile(r"\b(?:F[1-9]\d?|R[1-9]\d?|W[1-9])\b")
ELSEWHERE = re.compile(r"tfserving-(?:facts|observed)|\bfacts \d[a-z]\b")
"""Words that point to a page which a reader does not have."""


def texts():
    """Yield what may cite facts: each file of the program, its tests, templates and documents."""
    found = [ROOT / "README.md"]
    for folder in ("generator", "tests", "templates", "docs", "schemas"):
        found += (ROOT / folder).rglob("*")
    for path in found:
        is_text = path.suffix in {".py", ".md", ".yaml", ".yml", ".json", ".proto"}
        if path.is_file() and is_text and "golden" not in path.parts and path != Path(__file__):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def ids():
    """Return the ids of the page, as often as they are given."""
    return re.findall(r"^\| \*\*([FR]\d+)\*\* \||^### (W\d):", PAGE, re.MULTILINE)


def test_an_id_is_given_once():
    """Else nobody knows which fact is meant."""
    given = [fact or wedge for fact, wedge in ids()]

    assert len(given) > 70
    assert len(given) == len(set(given))


def test_each_citation_finds_its_fact():
    """Also those of the page itself, and those that are ranges."""
    given = {fact or wedge for fact, wedge in ids()}

    missing = {
        f"{name}: {cited}"
        for name, text in texts()
        if name.endswith((".py", ".md"))
        for line in text.splitlines()
        if "noqa" not in line
        for cited in CITED.findall(line)
        if cited not in given
    }

    assert missing == set()


def test_nothing_is_cited_that_is_not_in_the_repository():
    """Whoever doubts a rule can look its reason up."""
    assert [name for name, text in texts() if ELSEWHERE.search(text)] == []


def test_each_run_that_proves_a_fact_was_recorded():
    """The simulator repeats them all."""
    named = set(re.findall(r"\brun\s+(\d\w*-[\w-]+)", PAGE))

    assert len(named) > 40
    assert named <= {scenario.name for scenario in load()}


def test_the_lint_links_to_the_section_of_each_wedge():
    """A heading is an anchor: lower case, hyphens for blanks, nothing else."""
    headings = re.findall(r"^### (W\d: .*)$", PAGE, re.MULTILINE)
    anchors = [re.sub(r"[^a-z0-9 -]", "", text.lower()).replace(" ", "-") for text in headings]

    assert [f"docs/tfserving.md#{anchor}" for anchor in anchors] == [*Wedge]
