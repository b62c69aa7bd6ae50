"""The fleet page in a real browser: what its script adds, and what works without it.

It needs Playwright and a Chromium: the one that CHROMIUM names, or one on PATH. Elsewhere these
tests are skipped.
"""

import os
import re
import shutil

import pytest

from generator.status.site import site
from generator.status.site.fleet import Fleet
from tests.kit.overviews import DAY, MINUTE, overview, served
from tests.kit.strategies import MOMENT, held_version

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is on PATH, or named by CHROMIUM"),
]


@pytest.fixture
def browser():
    """Return a running browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    words = ["--no-sandbox", "--disable-gpu", "--single-process", "--no-zygote"]
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=words)
        yield found
        found.close()


@pytest.fixture
def front(tmp_path):
    """Return the URL of the first page of a fleet."""
    dev = overview(
        "dev", served("ranker", 7), served("resnet", 1, 2), held=[held_version("bert", 3)]
    )
    prod = overview("prod", served("resnet", 1), age=DAY)
    staging = overview("staging", served("resnet", 1, 2), age=MINUTE)
    fleet = Fleet(MOMENT, {one.name: one for one in (dev, staging, prod)})
    write(fleet, tmp_path)
    return (tmp_path / site.FRONT).as_uri()


def write(fleet, folder):
    """Write the site of a fleet into a folder."""
    for path, text in site.files(fleet, "Acme"):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


@pytest.fixture
def page(browser, front):
    """Return that page, open; an error of its script, or of its policy, is one here."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(front)
    yield page
    assert said == []


def models(page):
    """Return the models of the rows that are seen, from the top."""
    rows = page.locator("#table tbody tr:visible th")
    return [text.strip() for text in rows.all_inner_texts()]


def wait_for_count(page, text):
    """Wait until the page counts so; a string of script to wait by, its policy does not run."""
    page.locator("#counted", has_text=re.compile(text)).wait_for()


def test_search_leaves_what_has_all_words_and_says_how_many(page):
    """In the row of a model, whatever the case; the address keeps it for who gets the link."""
    page.fill("#query", "RANK 7")
    wait_for_count(page, "^1 of 3 models$")
    assert models(page) == ["ranker"]

    page.reload()
    assert models(page) == ["ranker"]
    assert page.input_value("#query") == "RANK 7"


def test_one_model_is_counted_in_the_singular(browser, tmp_path):
    """A fleet begins with one."""
    fleet = Fleet(MOMENT, {"dev": overview("dev", served("ranker", 7))})
    write(fleet, tmp_path)
    page = browser.new_page()
    page.goto((tmp_path / site.FRONT).as_uri())

    wait_for_count(page, "^1 model$")


def test_a_box_leaves_what_is_of_a_kind(page):
    """Of several boxes any."""
    page.check("[value=held]")
    wait_for_count(page, "^1 of 3 models$")
    assert models(page) == ["bert"]
    page.check("[value=differs]")
    wait_for_count(page, "^3 of 3 models$")
    assert models(page) == ["bert", "ranker", "resnet"]


def test_a_head_sorts_by_name_or_by_what_changed_last(page):
    """And says so to a screen reader."""
    page.click("thead th:first-child button")
    assert models(page) == ["resnet", "ranker", "bert"]
    assert page.get_attribute("thead th:first-child", "aria-sort") == "descending"
    page.click("thead th:nth-child(4) button")
    assert models(page)[0] == "resnet"
    assert page.get_attribute("thead th:first-child", "aria-sort") is None


def test_a_phone_needs_no_sideways_scrolling(page):
    """Each row is a card; the page is as wide as the screen."""
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("#table tbody tr:visible").count() == 3


def test_a_phone_shows_what_is_served_within_two_screens(page):
    """The cards of environments above it are short; what is held is one tap away at once."""
    page.set_viewport_size({"width": 360, "height": 700})
    first = page.locator("#table tbody tr:visible th").first

    assert first.bounding_box()["y"] < 1.6 * 700
    assert page.locator("nav >> text=Held").bounding_box()["y"] < 700


def test_paper_is_white_for_who_reads_in_the_dark(browser, front):
    """Ink on white; a screen keeps its dark ground."""
    page = browser.new_page(color_scheme="dark")
    page.goto(front)
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.emulate_media(media="print")

    assert dark != "rgb(255, 255, 255)"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


def test_a_state_is_never_broken_in_two(page):
    """`served` is one word on one line on the page of a model, however narrow its table is."""
    page.click("#table a >> text=resnet")
    page.locator("table").first.evaluate("it => { it.style.width = '1px' }")
    states = page.locator("td .badge.served")
    assert states.first.inner_text() == "served"
    assert {states.nth(it).bounding_box()["height"] < 30 for it in range(states.count())} == {True}


def test_without_its_script_the_page_says_everything(browser, front):
    """The search is not shown, since it would not work."""
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(front)
    assert not plain.is_visible("#filter")
    assert len(models(plain)) == 3
