"""docs/decisions: an index that agrees with its pages, and titles that state what was decided."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
PAGES = sorted(FOLDER.glob("0*.md"))

STATUS = re.compile(
    r"\*\*Status\.\*\* (?P<status>accepted|accepted, amended by .+|superseded by .+)\. "
    r"\*\*Date\.\*\* (?P<date>20\d\d-\d\d-\d\d)\."
)
ROW = re.compile(
    r"\| (?P<number>\d{4}) \| \[(?P<title>.+)\]\((?P<file>\S+)\) \| (?P<status>[^|]+) \| "
    r"(?P<date>\S+) \| (?P<line>[^|]+\.) \|"
)
LINK = re.compile(r"\[(\d{4})\]\(\1-[a-z0-9-]+\.md\)")


def words(text: str) -> list[str]:
    """Return the words of a title or of a file's name: ConfigMap is two."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return re.findall(r"[a-z0-9]+", apart.lower())


def head(page: Path) -> tuple[str, re.Match[str]]:
    """Return the title of a page, and the match of its status line."""
    title, empty, status, *_ = page.read_text().splitlines()
    assert (title[:2], empty) == ("# ", "")
    found = STATUS.fullmatch(status)
    assert found, f"{page.name}: no status and date: {status}"
    return title[2:], found


def test_the_index_agrees_with_the_pages():
    """Number, title, status and date, in order; a later decision is named by its number."""
    rows = [row.groupdict() for row in ROW.finditer((FOLDER / "README.md").read_text())]

    wanted = []
    for page in PAGES:
        title, found = head(page)
        status = LINK.sub(r"\1", found["status"])
        row = {"number": page.name[:4], "title": title, "file": page.name, "status": status}
        wanted.append({**row, "date": found["date"]})
    assert [{key: row[key] for key in row if key != "line"} for row in rows] == wanted


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_name_of_a_page_is_made_of_its_title(page):
    """The words of the name stand in the title, in their order: neither contradicts the other."""
    title = iter(words(head(page)[0]))

    assert all(word in title for word in words(page.stem)[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_status_names_a_later_page_that_is_there(page):
    """A decision is amended or superseded by one that came after it."""
    status = head(page)[1]["status"]

    later = LINK.findall(status)
    assert bool(later) == (status != "accepted")
    assert all(page.name[:4] < number for number in later)
    for target in re.findall(r"\]\((0\d{3}-[a-z0-9-]+\.md)\)", page.read_text()):
        assert (FOLDER / target).is_file(), target
