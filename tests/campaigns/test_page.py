"""`docs/reliability.md`: printed from the campaigns, with the counts of each one's last run."""

from tests.campaigns import page
from tests.campaigns.all import CAMPAIGNS


def test_the_page_is_printed_from_the_campaigns(request):
    """All but the counts, which it keeps from the last time that each was played."""
    text = page.PAGE.read_text(encoding="utf-8") if page.PAGE.exists() else ""
    if request.config.getoption("--update-golden"):
        text = page.render(page.last(text))
        page.PAGE.write_text(text, encoding="utf-8")

    assert text == page.render(page.last(text))


def test_counts_are_kept_by_campaign(tmp_path):
    """Those of one replace its own, and no other's."""
    path = tmp_path / "page.md"
    path.write_text(page.render({}))
    first, *_ = CAMPAIGNS.values()

    page.note(path, first, "1 thing; 0 losses")
    page.note(path, first, "2 things; 0 losses")

    found = page.last(path.read_text())
    assert found.pop(first.name) == "2 things; 0 losses"
    assert set(found.values()) <= {"not played yet"}
    assert {first.name, *found} == set(CAMPAIGNS)
