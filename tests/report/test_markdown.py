"""The report that a reviewer reads: complete, bounded, and inert."""

import re
import shlex

import pytest
import yaml
from hypothesis import given, settings
from msgspec.structs import replace

from generator.catalog.hold import Code, Held
from generator.catalog.inspected import Inspected
from generator.lock.changes import Change
from generator.lock.lock import Lock
from generator.plan.plan import Plan
from generator.plan.settings import Effect, Setting
from generator.render.templates import Templates
from generator.report.markdown import plan_markdown
from tests.kit.examples import examples
from tests.kit.hostile import CHANGES, assert_inert, plans, texts, tokens
from tests.kit.strategies import URL, model, version

TEMPLATES = Templates()

LIMIT = 60_000


FENCE = re.compile(r"^(`{3,})(?:sh|diff)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


def assert_intact(text):
    """Raise unless every table has the cells of its head in each row, as written."""
    width = 0
    for line in text.split("\n"):
        if not line.startswith("| "):
            width = 0
            continue
        cells = re.split(r"(?<!\\)(?:\\\\)*\|", line[1:-1])
        assert line.endswith(" |")
        assert len(cells) == (width or len(cells))
        width = len(cells)


@settings(max_examples=examples(60))
@given(plans())
def test_a_report_of_hostile_names_is_bounded_and_does_nothing(plan):
    """Whatever uploaders choose for paths, keys and labels, and however much of it there is."""
    text = plan_markdown(plan, TEMPLATES)

    assert len(text) < LIMIT - 100
    assert_inert(FENCE.sub("", text))
    for block in FENCE.finditer(text):
        assert_inert(block[2], CHANGES)
    assert_intact(text)
    found = tokens(text)
    kinds = {token.type for token in found}
    assert not kinds & {"link_open", "image", "html_inline", "em_open", "strong_open", "s_open"} - {
        "strong_open"
    }
    html = [token.content.strip() for token in found if token.type == "html_block"]
    assert "".join(html) in {
        "",
        "<details>\n<summary>Rendered files, as a diff</summary></details>",
    }
    assert [one.content for one in found if one.type == "code_inline"][:1] == ["prod"]
    assert sum(one.type == "fence" for one in found) <= 3
    headings = [found[at + 1].content for at, it in enumerate(found) if it.type == "heading_open"]
    assert len(headings) == len(set(headings))


def many(count, **keys):
    """Return a plan of so many added models."""
    changes = [
        Change(f"model-{number:05}", None, model("a", version("a", 1)), ("because",))
        for number in range(count)
    ]
    return Plan("prod", Lock("prod", URL), tuple(changes), **keys)


def test_what_does_not_fit_is_counted():
    """Shown and counted rows are all rows, in whole tables; no section starves the others."""
    held = tuple(
        Held(index=f"index-{number}.csv", code=Code.NOT_UTF8, problems=("x" * 200,))
        for number in range(1000)
    )
    text = plan_markdown(many(1500, held=held), TEMPLATES)

    assert LIMIT - 2000 < len(text) < LIMIT
    assert_intact(text)
    shown = len(re.findall(r"^\| model\\-\d+ \| add ", text, re.MULTILINE))
    counted = [int(number) for number in re.findall(r"^… and (\d+) more", text, re.MULTILINE)]
    assert shown > 100
    assert counted[0] == 1500 - shown
    rows = len(re.findall(r"^\| index\\-\d+\.csv \|", text, re.MULTILINE))
    assert rows >= 10
    assert counted[1] == 1000 - rows


def test_a_report_that_fits_leaves_nothing_out():
    """No count where all is shown."""
    assert "more" not in plan_markdown(many(20), TEMPLATES)


def test_a_text_without_end_is_cut_and_its_row_is_shown():
    """A path may be as long as a store allows; nobody reads it to its end."""
    held = Held(index="index-1.csv", code=Code.NOT_UTF8, problems=("x" * 100_000,))

    text = plan_markdown(many(1, held=(held,)), TEMPLATES)

    assert re.search(r"^\| index\\-1\.csv \|  \| not\\-utf8 \| x+… \|", text, re.MULTILINE)
    assert len(text) < 3000


def test_memory_is_that_of_all_models():
    """A pod holds also those that stay as they are."""
    same, new = model("same", version("same", 1)), model("new", version("new", 1))
    plan = Plan("prod", Lock("prod", URL, (new, same)), (Change("new", None, new, ()),))

    assert plan.memory == (1024, 2048, 2048)


def test_a_persons_template_that_shows_too_much_is_cut_at_a_line(tmp_path):
    """The forge would refuse the pull request."""
    (tmp_path / "report").mkdir()
    (tmp_path / "report/plan.md").write_text(
        "{% for change in plan.changes %}{{ change.model }} {{ 'x' * 50 }}\n{% endfor %}"
    )

    text = plan_markdown(many(1500), Templates(tmp_path))

    assert LIMIT - 1000 < len(text) < LIMIT
    assert text.endswith("x\n")


def test_the_report_names_what_a_reviewer_asks():
    """Size, index, time, checks, rule, memory, effect, and the way back, in one row or line."""
    one, two = version("a", 1), replace(version("a", 2), objects=7, bytes=2048, warmup=True)
    change = Change(
        "a", model("a", one, stable=1), model("a", one, two, stable=1), ("prod.yaml:9: newest",)
    )
    plan = Plan(
        "prod",
        Lock("prod", URL, (change.after,)),
        (change,),
        inspected={two.path: Inspected(3, 1, ("serving_default: input x: float32[1] is gone",))},
    ).against(
        {"o/models.config": b"a\nb\n"},
        {"o/models.config": b"a\n"},
        {"o/models.config": Effect.HOT_RELOAD},
    )

    text = plan_markdown(plan, TEMPLATES).replace("\\", "")

    assert (
        "| a | update | 1 -> 1,2 | stable=1 | +2.0 KiB | 2: 2026-01-02T03:06:05Z by index-a-2.csv "
        "| 2: complete (7 objects), 3 warm-up records, 1 difference of signatures from 1 "
        "| prod.yaml:9: newest |\n" in text
    )
    assert "| a | 1 -> 2 | serving_default: input x: float32[1] is gone |\n" in text
    assert "3.0 KiB of models at worst, 1.0 KiB before and 3.0 KiB after" in text
    assert "**hot-reload** (servers reload by themselves" in text
    assert "\ntfs-gitops rollback prod a\n" in text
    assert "\n+b\n" in text


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "complete (3 objects), no warm-up file |"),
        (Inspected(), "no warm-up file |"),
        (Inspected("it is cut"), "warm-up file: it is cut |"),
        (Inspected(2, 1, ()), "2 warm-up records, signatures as in 1 |"),
        (Inspected(2, 1, "no file"), "signatures not compared with 1: no file |"),
    ],
)
def test_a_check_says_what_was_looked_at(found, words):
    """What was not read is not told as if it was."""
    change = Change("a", None, model("a", version("a", 2)), ())
    inspected = {} if found is None else {"a/2": found}
    plan = Plan("prod", Lock("prod", URL), (change,), inspected=inspected)

    assert words in plan_markdown(plan, TEMPLATES).replace("\\", "")


def test_a_new_model_is_taken_back_by_a_rule():
    """`rollback` has nothing to go back to there."""
    text = plan_markdown(many(1), TEMPLATES)

    assert "# model-00000 is new: `exclude: true` in a rule with `match: a`" in text
    assert "tfs-gitops rollback" not in text


COPIED = [
    "www.ranker",
    "gh-50",
    "a.b-c_d",
    "ranker@v2",
    "@acme/ranker",
    "#1",
    "~~~ranker",
    "a ``` b",
    "````",
    "https://example.com/x",
    "it's",
    "fixed/ranker",
]


@pytest.mark.parametrize("name", COPIED)
def test_a_command_can_be_copied(name):
    """A shell reads the name of the model from it, whatever a forge makes of that elsewhere."""
    before, after = model(name, version("a", 1)), model(name, version("a", 2))
    plan = Plan("prod", Lock("prod", URL), (Change(name, before, after, ()),))

    [block] = FENCE.finditer(plan_markdown(plan, TEMPLATES))

    assert shlex.split(block[2]) == ["tfs-gitops", "rollback", "prod", name]


@pytest.mark.parametrize("path", COPIED)
def test_a_rule_can_be_copied(path):
    """YAML reads the base path from the rule that takes a new model back."""
    after = replace(model("a", version("a", 1)), base_path=path)
    plan = Plan("prod", Lock("prod", URL), (Change("a", None, after, ()),))

    [block] = FENCE.finditer(plan_markdown(plan, TEMPLATES))

    rule = re.search(r"in a rule with `(.*)`$", block[2], re.MULTILINE)[1]
    assert yaml.safe_load(rule) == {"match": path}


@pytest.mark.parametrize("path", COPIED)
def test_a_diff_shows_what_is_in_the_file(path):
    """To the letter, so that it can be searched for there."""
    line = f'  base_path: "/models/{path}"'
    plan = Plan("prod", Lock("prod", URL)).against({"o/models.config": line.encode()}, {})

    [block] = FENCE.finditer(plan_markdown(plan, TEMPLATES))

    assert f"+{line}" in block[2].split("\n")


def test_the_lock_is_not_in_the_diff():
    """It is for machines, and says what the table says."""
    lock, new = "o/models.lock.json", "o/models.config"
    plan = Plan("prod", Lock("prod", URL)).against({lock: b"l\n", new: b"n\n"}, {"o/old": b"o\n"})

    text = plan_markdown(plan, TEMPLATES)

    assert "+n" in text
    assert "--- /dev/null" in text
    assert "-o" in text
    assert "+l" not in text


def test_settings_have_a_table_and_their_way_back():
    """From what to what, with what effect, by which line; and what to write to go back."""
    place = "environments/dev.yaml:14"
    image = Setting("serving.image", "s:1", "s:2", place, inherited=True, effect=Effect.RESTART)
    new = Setting("serving.agent", None, "on", place, inherited=False, effect=Effect.RESTART)
    plan = Plan("prod", Lock("prod", URL), settings=(new, image))

    text = plan_markdown(plan, TEMPLATES).replace("\\", "")

    assert "### `prod`: 2 settings to change, 0 unchanged" in text
    assert "| setting | from | to | pods | set by |" in text
    assert f"| serving.image | 1 | 2 | restart | {place}, inherited by prod |\n" in text
    assert f"- serving.image: set it to s:1 again ({place})\n" in text
    assert f"- serving.agent: take it out ({place})\n" in text
    assert_intact(text)


@given(texts, texts)
def test_hostile_settings_do_nothing_in_a_report(before, after):
    """A policy may come from a fork."""
    found = Setting("serving.flags.x", before, after, "p", inherited=True, effect=Effect.NONE)

    text = plan_markdown(Plan("prod", Lock("prod", URL), settings=(found,)), TEMPLATES)

    assert_inert(text)
    assert_intact(text)
