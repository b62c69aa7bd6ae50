"""`generator.status.site`: what the fleet page says, read as a browser reads it."""

from datetime import timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.catalog.catalog import Catalog
from generator.catalog.hold import Code, Held
from generator.catalog.savedmodel.signatures import Signature, Tensor
from generator.delivery.pull_request import PullRequest, State
from generator.environment.delivery import Delivery, ForgeApi
from generator.errors import StoreError
from generator.lock.changes import changes_between
from generator.lock.history import Entry, Kind
from generator.lock.lock import Lock
from generator.lock.notes import Pending
from generator.status.overview.proposal import Proposal
from generator.status.site import site
from generator.status.site.fleet import Fleet
from generator.status.site.links import on_forge, page_names
from tests.kit.examples import examples
from tests.kit.html import Page
from tests.kit.overviews import DAY, MINUTE, commit, overview, served
from tests.kit.strategies import MOMENT, held_version, version


def pages(*overviews, **more):
    """Return the site of environments, by path."""
    fleet = Fleet(MOMENT, {one.name: one for one in overviews}, **more)
    found = dict(site.files(fleet, "Acme"))
    return {path: Page(text) if path.endswith(".html") else text for path, text in found.items()}


def row(page, model):
    """Return the cells of a model's row, each in one line, and what it can be filtered by."""
    table = page.tags[page.tags.index(page.all("table", id="table")[0]) :]
    rows = [tag for tag in table if tag.name == "tr" and "data-kinds" in tag.attributes]
    [found] = [tag for tag in rows if tag.text.split()[0] == model]
    after = table[table.index(found) + 1 :]
    cells = []
    for tag in after:
        if tag.name == "tr":
            break
        if tag.name == "td":
            cells.append(" ".join(tag.text.split()))
    return cells, found.attributes["data-kinds"]


def entry(name, before, after, **more):
    """Return a commit of the history between two models."""
    old, new = (Lock("dev", "s3://m", models) for models in (before, after))
    return Entry(
        replace(commit(DAY, name), **more), Kind.SYNC, tuple(changes_between(old, new, {}))
    )


def test_each_model_has_a_row_and_each_environment_a_cell():
    """What is served with labels, since when and by whom; what is not there says so."""
    dev = overview("dev", served("half", 1, 2, stable=1), age=DAY)
    found = pages(dev, overview("prod"))["index.html"]

    cells, kinds = row(found, "half")
    assert cells == [f"1,2 stable=1 since {MOMENT - DAY:%Y-%m-%d %H:%M} UTC, by A", "not served"]
    assert kinds == "differs"


def test_who_asked_for_it_or_merged_it_stands_before_who_made_the_commit():
    """A sync commits under its own name; and who asked for one model did not ask for another."""
    message = "models(dev): a, b\n\nTfs-Asked: retake a by ada, cleo\nTfs-Asked: hold c by bob"
    made = replace(commit(DAY, "c1"), author="robot", message=message)
    merged = replace(made, merged_by="mia", merge_message="Merge pull request #7 from x/y")
    one = overview("dev", served("a", 1), served("b", 1))
    past = replace(one.past, by_model={"a": made, "b": merged})
    told = entry("c1", (), (served("a", 1),), author="robot", message=message)
    found = pages(replace(one, past=past), entries={"dev": (told,)})

    [cell], _ = row(found["index.html"], "a")
    assert cell.endswith("by ada, cleo, through robot")
    [cell], _ = row(found["index.html"], "b")
    assert cell.endswith("by mia, through robot in #7")
    assert "by ada, cleo, bob, through robot" in found["index.html"].of_class("timeline")[0]
    assert "by ada, cleo, through robot" in found["models/a.html"].of_class("timeline")[0]


def test_a_model_that_is_gone_everywhere_has_a_page_and_no_row():
    """The timeline tells of it, and links to what it was."""
    gone = entry("c1", (served("b", 1),), ())
    found = pages(overview("dev", served("a", 1)), entries={"dev": (gone,)})

    assert "models/b.html" in {tag.attributes["href"] for tag in found["index.html"].all("a")}
    assert len([it for it in found["index.html"].all("tr") if "data-kinds" in it.attributes]) == 1
    assert "not served since" in " ".join(found["models/b.html"].tags[0].text.split())


def test_a_model_that_was_taken_away_says_by_whom():
    """Who changed it last is in its row, also where nothing is left of it."""
    gone = entry("c1", (served("a", 1),), ())
    found = pages(overview("dev"), overview("prod", served("a", 1)), entries={"dev": (gone,)})

    [dev, _], _ = row(found["index.html"], "a")
    assert dev == f"not served gone since {MOMENT - DAY:%Y-%m-%d %H:%M} UTC, by A"


def test_a_time_of_any_zone_is_shown_in_utc():
    """As a person writes it in freeze.yaml, or a window has it: who reads has one clock."""
    berlin = MOMENT.astimezone(timezone(timedelta(hours=1)))
    held = [replace(held_version("a", 1), code=Code.WAITING, due=berlin)]

    found = pages(overview("dev", held=held))

    for path in ("index.html", "models/a.html"):
        [when] = {tag.attributes["datetime"] for tag in found[path].all("time")}
        assert when == f"{MOMENT:%Y-%m-%dT%H:%M:%SZ}"
    assert f"until {MOMENT:%Y-%m-%d %H:%M} UTC" in " ".join(
        found["index.html"].tags[0].text.split()
    )


def test_what_is_held_and_stays_served_is_told_as_degraded():
    """Pods that start now may not load it; another environment holds it alone."""
    held = [held_version("a", 1)]
    dev, prod = overview("dev", served("a", 1), held=held), overview("prod", held=held)
    found = pages(*(it.planned(it.plan, Catalog(())) for it in (dev, prod)))

    spans = found["models/a.html"].all("span")
    states = [tag.text for tag in spans if "badge" in tag.attributes["class"]]
    assert "degraded" in states
    assert "served" not in states
    assert "dev (stays served), prod" in " ".join(found["index.html"].tags[0].text.split())


def test_what_is_held_waits_or_is_in_review_can_be_filtered():
    """Each with its words and its time; a hold that ends by itself waits."""
    due = MOMENT + DAY
    waits = replace(held_version("a", 2, Code.WAITING), due=due)
    request = PullRequest(
        12, "https://git.example/12", "t", "b", State.OPEN, "h", "main", opened=MOMENT - 2 * DAY
    )
    one = overview(
        "dev", served("a", 1), served("b", 1),
        pending=[Pending("b", (2,))], held=[waits, held_version("c", 3)],
    )  # fmt: skip
    changes = changes_between(one.lock, Lock("dev", "s3://models", (served("b", 1),)), {})
    page = pages(replace(one, proposal=Proposal("b", tuple(changes), request)))["index.html"]

    assert row(page, "a")[1] == "review waits"
    assert row(page, "c") == (["not served 3 etag-mismatch"], "held")
    [cell], kinds = row(page, "b")
    assert ("will serve 2 from 2026" in cell, kinds) == (True, "waits")
    assert {tag.attributes["href"] for tag in page.all("a")} >= {"https://git.example/12"}
    told = page.of_class("waiting")[0]
    assert "a version 2 waits until 2026" in told
    assert waits.problems[0] in told
    times = {tag.attributes["datetime"] for tag in page.all("time")}
    assert f"{due:%Y-%m-%dT%H:%M:%SZ}" in times


def test_what_could_not_be_read_is_no_empty_cell():
    """An environment with an error has its words, and `unknown` for each model."""
    fleet = {"dev": overview("dev", served("a", 1)), "prod": StoreError("s3://m: denied", hint="")}
    page = Page(dict(site.files(Fleet(MOMENT, fleet), "Acme"))["index.html"])

    assert row(page, "a")[0][1] == "unknown"
    assert page.of_class("problem")[0] == "s3://m: denied"
    assert "What is held in prod is unknown." in page.of_class("problem")


def test_a_model_page_tells_versions_with_reasons_and_what_signatures_do():
    """Served ones from the lock, others from the store; the newest is compared with the last."""
    one = overview("dev", served("a", 1, 2), held=[held_version("a", 3)])
    catalog = Catalog((version("a", 1), version("a", 2)))
    old = {"serving_default": Signature({"x": Tensor("DT_FLOAT", (-1,))}, {})}
    new = {"serving_default": Signature({"x": Tensor("DT_INT64", (-1,))}, {})}
    read = {("s3://models", "a/1"): old, ("s3://models", "a/2"): new}
    found = pages(one.planned(one.plan, catalog), signatures=read)["models/a.html"]

    states = [tag.text for tag in found.all("span") if "badge" in tag.attributes["class"]]
    assert [it for it in states if "etag" not in it] == ["held", "served", "served"]
    told = " ".join(found.tags[0].text.split())
    assert "serving_default: input x: float32[?] -> int64[?]" in told
    assert "no rule matches" in told
    assert told.count("What to do") == 1
    assert f"What to do : {held_version('a', 3).remedy_in('dev')}" in told.replace("do:", "do :")


def test_without_a_store_the_page_says_what_it_does_not_know():
    """It is no list of all versions that there are."""
    one = replace(overview("dev", served("a", 1)), plan=None)
    found = pages(one)

    assert "the store was not read" in found["models/a.html"].of_class("problem")[0]
    assert "held? waiting?" in found["index.html"].of_class("card")[0]
    assert found["index.html"].of_class("count") == ["?", "?"]
    told = found["index.html"].tags[0].text
    assert "What is held in dev is unknown" in told
    assert "Nothing is held" not in told


def test_the_timeline_says_who_changed_what_and_a_model_has_only_its_own():
    """All environments in one order, with links to commits and requests of a known forge."""
    one = overview("dev", served("a", 2), served("b", 1))
    delivery = replace(one.environment.delivery, repository="git@github.com:acme/fleet.git")
    one = replace(one, environment=replace(one.environment, delivery=delivery))
    changed = entry("c1", (served("a", 1),), (served("a", 2), served("b", 1)), message="m (#12)")
    found = pages(one, entries={"dev": (changed,)})

    text = found["index.html"].of_class("timeline")[0]
    assert "dev by A" in text
    assert ("a: 1 -> 2" in text, "b: none -> 1" in text) == (True, True)
    links = {tag.text: tag.attributes.get("href") for tag in found["index.html"].all("a")}
    assert links["#12"] == "https://github.com/acme/fleet/pull/12"
    assert links["c1"] == "https://github.com/acme/fleet/commit/c1"
    assert "b: none" not in found["models/a.html"].of_class("timeline")[0]


HUB, LAB, OWN = "https://github.com/a/b", "https://gitlab.com/a/b", "https://git.example:8443/a"


@pytest.mark.parametrize(
    ("repository", "kind", "to_commit", "to_request"),
    [
        ("https://u:secret@github.com/a/b.git", None, f"{HUB}/commit/1", f"{HUB}/pull/1"),
        ("ssh://git@gitlab.com:22/a/b", None, f"{LAB}/-/commit/1", f"{LAB}/-/merge_requests/1"),
        (f"{OWN}.git", "gitlab", f"{OWN}/-/commit/1", f"{OWN}/-/merge_requests/1"),
        (f"{OWN}.git", None, None, None),
        ("/srv/fleet.git", "github", None, None),
        ("file:///srv/fleet.git", "github", None, None),
    ],
)
def test_links_lead_to_a_known_forge_and_carry_no_secret(repository, kind, to_commit, to_request):
    """Where nobody knows the forge, text is no link."""
    links = on_forge(Delivery(repository, forge=ForgeApi(kind)))
    assert tuple(link(1) for link in links) == (to_commit, to_request)


@given(st.sets(st.text(min_size=1, max_size=120), max_size=20))
def test_each_model_has_a_file_of_its_own_on_every_file_system(models):
    """Also where `A` and `a` are one file, and whatever is in a name."""
    names = page_names(models)
    assert len({name.casefold() for name in names.values()}) == len(models)
    assert all(len(name) < 128 and name.isascii() and "/" not in name for name in names.values())


HOSTILE = ["<b>", "&lt;", '"><script>alert(1)</script>', "{{ 7*7 }}", "'onload=x", "a\u202eb\x00\n"]


@settings(max_examples=examples(20))
@given(st.sampled_from(HOSTILE) | st.text(max_size=30).map(lambda text: f"<i>{text}"))
def test_whatever_people_write_is_text(text):
    """A name, an author, a subject or a problem adds no tag, and hides nothing."""

    def site_of(word):
        hold = Held(index="i.csv", code=Code.WAITING, problems=(word,), model="a", version=2)
        base = overview("dev", served("a", 1), held=[hold])
        past = replace(base.past, by_model={"a": replace(commit(MINUTE), author=word)})
        told = entry("c", (), (served("a", 1),), author=word, message=word)
        one = replace(base, past=past, problems=(word,))
        return pages(one, entries={"dev": (replace(told, kind=Kind.EDIT),)})

    harmless = site_of("word")
    for path, page in site_of(text).items():
        if isinstance(page, Page):
            assert [tag.name for tag in page.tags] == [tag.name for tag in harmless[path].tags]
            assert all(character.isprintable() or character == "\n" for character in page.text)


def test_pages_are_for_screen_readers_phones_and_strict_browsers():
    """Heads of tables have a scope, inputs a label, cells a name; no script or style is inside."""
    one = overview("dev", served("a", 1), held=[held_version("a", 2), held_version("b", 1)])
    for path, page in pages(one).items():
        if not isinstance(page, Page):
            continue
        assert page.all("html")[0].attributes == {"lang": "en"}, path
        assert page.all("meta", name="viewport")
        assert all("scope" in tag.attributes for tag in page.all("th"))
        assert all("data-name" in tag.attributes for tag in page.all("td"))
        assert not [tag for tag in page.all("script") if not tag.attributes.get("src")]
        assert not [tag for tag in page.tags if "style" in tag.attributes or tag.name == "style"]
        assert len(page.all("label")) == len(page.all("input"))
        levels = [int(tag.name[1]) for tag in page.tags if tag.name in {"h1", "h2", "h3"}]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
