"""Links of Markdown: each leads to a file and a heading; every page is found from README."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
FOLDERS = ("docs", "examples", ".github", "templates", "schemas")
PAGES = sorted(
    [
        *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.md")),
        *ROOT.glob("*.md"),
        ROOT / "tests/README.md",
    ]
)
RENDERED = {ROOT / "templates/init/README.md", ROOT / "templates/report/plan.md"}
"""Templates: what they make lies elsewhere."""

CLICKS = 2
MOST = 150_000  # bytes of a picture


@cache
def tokens(page: Path) -> tuple[Token, ...]:
    """Return what a page consists of."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    return tuple(parser.parse(page.read_text(encoding="utf-8")))


def targets(page: Path) -> Iterator[str]:
    """Yield where a page leads on this machine, as it says so; no examples in blocks of code."""
    for token in tokens(page):
        for part in [token, *(token.children or ())]:
            found = [part.attrGet("href"), part.attrGet("src")]
            if part.type in {"html_block", "html_inline"}:
                found += re.findall(r'(?:href|src|srcset)="([^"]+)"', part.content)
            yield from (str(it) for it in found if it and not urlsplit(str(it)).scheme)


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return the anchors that a forge gives the headings of a page."""
    parts = tokens(page)
    seen: Counter[str] = Counter()
    found = set()
    for heading, text in pairwise(parts):
        if heading.type == "heading_open":
            words = "".join(it.content for it in text.children or () if it.type != "html_inline")
            slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
            found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
    return frozenset(found)


def led_to(page: Path, target: str) -> tuple[Path, str]:
    """Return the file that a link leads to, and the anchor in it."""
    path, _, anchor = target.partition("#")
    found = (page.parent / unquote(path)).resolve() if path else page
    return (found / "README.md" if (found / "README.md").is_file() else found), anchor


def problem(page: Path, target: str) -> str:
    """Return what is wrong with a link; "" if nothing is."""
    file, anchor = led_to(page, target)
    if not file.is_relative_to(ROOT):
        return "leads out of the repository"
    if not file.exists():
        return "no such file"
    if anchor and file.suffix == ".md" and anchor not in anchors(file):
        return "no such heading"
    return ""


def test_every_link_leads_to_a_file_and_to_a_heading_in_it():
    """Also those of pictures; an anchor is that of a heading which is there now."""
    wrong = [
        f"{page.relative_to(ROOT)}: {target}: {why}"
        for page in PAGES
        if page not in RENDERED
        for target in targets(page)
        if (why := problem(page, target))
    ]
    assert wrong == []


def test_a_link_that_leads_nowhere_is_told():
    """A file, a heading, and a place outside."""
    assert problem(README, "docs/none.md") == "no such file"
    assert problem(README, "docs/cluster.md#none") == "no such heading"
    assert problem(README, "../README.md") == "leads out of the repository"
    assert problem(README, "docs/cluster.md#who-may-reach-the-pods") == ""


def test_every_page_is_two_clicks_from_readme_at_most():
    """Whoever adds one adds it to the index in README, or to a page that is there."""
    reached, edge = {README}, {README}
    for _ in range(CLICKS):
        pages = [page for page in edge if page.suffix == ".md"]
        edge = {led_to(page, it)[0] for page in pages for it in targets(page)} - reached
        reached |= edge

    pages = set((ROOT / "docs").rglob("*.md"))
    assert sorted(str(it.relative_to(ROOT)) for it in pages - reached) == []


def test_every_page_is_in_the_index_by_what_people_want_to_do():
    """Whoever adds a page says there for what it is; a reader looks nowhere else."""
    index = ROOT / "docs/README.md"
    pages = {*(ROOT / "docs").glob("*.md"), *(ROOT / "docs/reference").glob("*.md")} - {index}
    listed = {led_to(index, it)[0] for it in targets(index)}

    assert len(pages) > 30
    assert sorted(str(it.relative_to(ROOT)) for it in pages - listed) == []


def test_pictures_are_small_and_each_is_shown():
    """A page loads at once also over a bad line."""
    pictures = set((ROOT / "docs/pictures").iterdir())
    shown = {led_to(page, it)[0] for page in PAGES if page not in RENDERED for it in targets(page)}

    assert pictures
    assert pictures - shown == set()
    assert all(path.stat().st_size < MOST for path in pictures)


def test_an_anchor_is_that_of_a_forge(tmp_path):
    """Code and punctuation go, spaces become hyphens, and a second one gets a number."""
    page = tmp_path / "page.md"
    page.write_text("# What, `--a_b`?\n\n## Same\n\n## Same\n\n```\n# no heading\n```\n")

    assert anchors(page) == {"what---a_b", "same", "same-1"}
