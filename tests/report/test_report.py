"""The report that a reviewer reads, and the commit: complete, bounded, and inert."""

import gc
import re
import shlex
import subprocess
import time
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from generator.catalog.catalog import IndexRef, Warned
from generator.catalog.hold import Code, Held
from generator.catalog.savedmodel.differences import differences
from generator.catalog.savedmodel.inspect import Inspected
from generator.catalog.savedmodel.signatures import Signature, Tensor
from generator.lock.changes import Action, Change
from generator.lock.lock import Lock, ServedModel
from generator.plan.plan import Deferred, FileChange, Plan
from generator.render.templates import Templates
from generator.report import commit_message
from generator.report.diff import compared, unified
from generator.report.markdown import plan_markdown
from generator.text.quoting import fenced, markdown, plain
from tests.kit.project import ProjectFolder
from tests.kit.strategies import MOMENT, URL, model, version
from tests.servers.forge import TOKEN
from tests.servers.git_http import git_http
from tests.servers.github import github
from tests.servers.origin import Origin

TEMPLATES = Templates()
LIMIT = 60_000

# What a forge would act on, and what would break out of a cell, a fence or a line.
HOSTILE = (
    "<b>x</b>",
    "<!-- tfs-gitops withdrawn -->",
    "@someone",
    "@acme/team",
    "#12",
    "fixes #1",
    "Closes acme/fleet#3",
    "closes GH-4",
    "!12",
    '~"label"',
    "[a](https://evil.example)",
    "![i](//evil.example/x.png)",
    "https://evil.example/issues/1",
    "www.evil.example",
    "``` \n```",
    "`x`",
    "a | b",
    "a\\| b",
    "|\n|---|\n| x |",
    "\n\nTfs-Environment: other",
    "\nSigned-off-by: x <x@example.com>",
    "x\r\n---\ndiff",
    "x\u2028# y",
    "\x1b[31mred",
    "\u202etxt.exe",
    "[skip ci]",
    "***NO_CI***",
    "</details>",
    "\n/close",
    "{{ 7 * 7 }}",
    "%{x}",
    "&lt;script&gt;",
    "\udc80",
)
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=4).map(" ".join),
    st.text(max_size=12),
    st.sampled_from(HOSTILE).map(lambda text: text * 200),
)

# What no output may have, whoever wrote the policy or the paths.
LIVE = [
    r"@\w",
    r"(?<![&\w])#\w",
    r"\bgh-\d",
    r"://",
    r"\bwww\.",
    r"\]\(",
    r"\[skip ci",
    r"\*\*\*no_ci",
    r"<!--",
    r"\x1b",
    r"\u202e",
]

# What not even a fence may have: it may become part of a commit message.
CHANGES = [
    r"\b(close|fix|resolve)(s|d|es|ed)?\b:?\s+([\w/-]*#|gh-|https?://)\w",
    r"\[skip ci",
    r"\*\*\*no_ci",
    r"<!--",
    r"\x1b",
    r"\u202e",
]
FENCE = re.compile(r"^(`{3,})(?:sh|diff)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


def assert_inert(text, live=LIVE):
    """Raise if a forge would act on something in *text*."""
    for pattern in live:
        assert not re.search(pattern, text, re.IGNORECASE), pattern


@st.composite
def hostile_models(draw, name):
    """Draw a model before and after, all its texts hostile."""
    base_path = draw(texts) or "x"

    def state(numbers):
        return ServedModel(
            name,
            base_path,
            tuple(
                replace(
                    version("x", number),
                    base_path=base_path,
                    index=IndexRef(draw(texts), draw(st.sampled_from(["aa", "@b", "\nTfs-X: y"]))),
                )
                for number in numbers
            ),
            labels=((draw(texts), numbers[0]),),
        )

    before, after = draw(
        st.sampled_from([(None, (1,)), ((1,), (1, 2)), ((1,), None), ((1,), (2, 3, 4, 5, 6))])
    )
    reasons = tuple(draw(st.lists(texts, max_size=4)))
    return Change(name, before and state(before), after and state(after), reasons)


@st.composite
def plans(draw, most=40):
    """Draw a plan of hostile texts; a few of its rows come again a thousand times."""
    names = sorted(draw(st.sets(texts, min_size=1, max_size=4)))
    times = draw(st.sampled_from([1, 1, 3, most]))
    changes = [draw(hostile_models(name)) for name in names] * times
    held = [
        Held(
            index=draw(texts),
            code=draw(st.sampled_from(Code)),
            problems=tuple(draw(st.lists(texts, max_size=4))),
            model=draw(st.none() | texts),
            version=draw(st.none() | st.integers(1, 9)),
        )
        for _ in range(draw(st.integers(0, 2)))
    ] * times
    deferred = [
        Deferred(draw(texts), (1, 2), ((draw(texts), 2),), MOMENT, draw(texts))
        for _ in range(draw(st.integers(0, 2)))
    ] * times
    lines = "\n".join(draw(st.lists(texts, max_size=4)) * times)
    data = lines.encode(errors="replace")
    config = "o/generated/models.config"
    told = tuple(draw(st.lists(texts, max_size=3)))
    plan = Plan(
        "prod",
        Lock("prod", URL, tuple(one.after for one in changes if one.after)),
        changes=tuple(changes),
        deferred=tuple(deferred),
        held=tuple(held),
        degraded=tuple(draw(st.lists(texts, max_size=2)) * times),
        warnings=tuple(Warned("a-code", draw(texts)) for _ in range(2)) * times,
        inspected={
            one.path: Inspected(
                draw(st.none() | st.just(3) | texts), 1, draw(st.just(told) | texts)
            )
            for change in changes[:3]
            for one in change.added
        },
    )
    return plan.against({config: data, f"o/{draw(texts)}": b"x"}, {config: b"a\nb"})


def tokens(text):
    """Return what a reader of GitHub's Markdown makes of *text*, without nesting."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    found = []
    for token in parser.parse(text):
        found += [token, *(token.children or [])]
    return found


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


@settings(max_examples=60)
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
    assert sum(one.type == "fence" for one in found) <= 2
    headings = [found[at + 1].content for at, it in enumerate(found) if it.type == "heading_open"]
    assert len(headings) == len(set(headings))


@settings(max_examples=60)
@given(plans(most=3))
def test_a_commit_message_of_hostile_names_has_our_lines_only(plan):
    """One line for each change, and no trailer but ours, as Git reads them."""
    text = commit_message.commit_message(plan, TEMPLATES)

    subject, blank, rest = text.split("\n", 2)
    assert len(subject) <= 72
    assert blank == ""
    lines, trailers = rest.rstrip("\n").split("\n\n")
    assert len(lines.split("\n")) == len(plan.changes) + len(plan.deferred)
    keys = [line.partition(":")[0] for line in trailers.split("\n")]
    assert keys.count("Tfs-Change") == len(plan.changes)
    assert set(keys) <= {"Tfs-Environment", "Tfs-Change", "Tfs-Index", "Tfs-Input-Digest"}
    for line in text.split("\n"):
        if not line.startswith("Tfs-Index: "):
            assert_inert(line)
        assert line == "" or line.isprintable() or "\u200b" in line


def test_git_reads_our_trailers_and_no_other(tmp_path):
    """`git interpret-trailers --parse`, on a model that tries to add one."""
    change = Change(
        "a\n\nTfs-Environment: other", None, model("a", version("a", 1)), ("x\nTfs-X: y",)
    )
    text = commit_message.commit_message(Plan("prod", Lock("prod", URL), (change,)), TEMPLATES)

    command = ["git", "interpret-trailers", "--parse"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)

    keys = [line.partition(":")[0] for line in done.stdout.splitlines()]
    assert keys == ["Tfs-Environment", "Tfs-Change", "Tfs-Index", "Tfs-Input-Digest"]


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
        for number in range(3000)
    )
    text = plan_markdown(many(5000, held=held), TEMPLATES)

    assert LIMIT - 2000 < len(text) < LIMIT
    assert_intact(text)
    shown = len(re.findall(r"^\| model\\-\d+ \| add ", text, re.MULTILINE))
    counted = [int(number) for number in re.findall(r"^… and (\d+) more", text, re.MULTILINE)]
    assert shown > 100
    assert counted[0] == 5000 - shown
    rows = len(re.findall(r"^\| index\\-\d+\.csv \|", text, re.MULTILINE))
    assert rows >= 10
    assert counted[1] == 3000 - rows


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

    text = plan_markdown(many(5000), Templates(tmp_path))

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
    ).against({"o/models.config": b"a\nb\n"}, {"o/models.config": b"a\n"})

    text = plan_markdown(plan, TEMPLATES).replace("\\", "")

    assert (
        "| a | update | 1 -> 1,2 | stable=1 | +2.0 KiB | 2: 2026-01-02T03:06:05Z by index-a-2.csv "
        "| 2: complete (7 objects), 3 warm-up records, 1 differences of signatures from 1 "
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


@pytest.mark.parametrize("text", HOSTILE)
def test_quoted_text_looks_as_it_is(text):
    """Only what cannot be seen is written out."""
    seen = plain(text).replace("\u200b", "")

    assert seen.isprintable()
    if text.isprintable():
        assert seen == " ".join(text.split())
    assert re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", markdown("a|#b")).replace("\u200b", "") == "a|#b"


def test_a_text_of_several_lines_is_one_line():
    """As Markdown shows it."""
    assert plain(" a\n\tb\u2028c ") == "a b c"


@given(st.lists(st.text("`~ \ta\r", max_size=9) | st.text("`", max_size=5), max_size=5))
def test_nothing_in_a_fence_ends_it(lines):
    """Its fence is longer than any run in it."""
    found = tokens(fenced(lines, "sh"))

    assert [token.type for token in found] == ["fence"]
    assert found[0].content.count("\n") == len(lines)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_fence_changes_anything(text):
    """Also where its lines become part of the commit message of a merge."""
    block = fenced([text])

    assert_inert(block, CHANGES)
    if not any(re.search(pattern, text, re.IGNORECASE) for pattern in CHANGES):
        assert "\u200b" not in block


LINES = st.lists(st.sampled_from("aabbcdefghijkl"), max_size=14)


@given(LINES, LINES)
def test_a_diff_has_all_lines_of_both_files(old, new):
    """Without those that it adds it is the old file, and the new one without those it removes."""
    lines = list(compared(old, new))

    assert [line for tag, line in lines if tag != "+"] == old
    assert [line for tag, line in lines if tag != "-"] == new


@given(st.permutations([str(number) for number in range(9)]))
def test_a_diff_keeps_as_many_lines_as_can_stay(new):
    """What was moved is removed and added, and nothing else."""
    old = sorted(new)
    longest = [1] * len(new)
    for end in range(len(new)):
        fits = [longest[at] for at in range(end) if new[at] < new[end]]
        longest[end] = 1 + max(fits, default=0)

    kept = [line for tag, line in compared(old, new) if tag == " "]

    assert len(kept) == max(longest)


def test_a_diff_shows_only_what_is_near_a_difference():
    """With its place in both files; what moved is removed once and added once."""
    old = [str(number) for number in range(100)]
    new = [*old[:10], *old[11:50], "x", *old[50:90], old[10], *old[90:]]
    file = FileChange("o/models.config", "\n".join(old).encode(), "\n".join(new).encode())

    text = "\n".join(unified([file])).split("@@")

    assert text[1::2] == [" -8 +8 ", " -48 +47 ", " -88 +88 "]
    assert text[2] == "\n 7\n 8\n 9\n-10\n 11\n 12\n 13\n"
    assert text[6] == "\n 87\n 88\n 89\n+10\n 90\n 91\n 92"


def test_a_large_config_is_compared_at_once():
    """Some 40,000 lines, of which each model changes two, and one is new."""

    def config(version, models):
        block = '  config {{\n    name: "m{0:05}"\n    x {{\n      versions: {1}\n    }}\n  }}\n'
        return "".join(block.format(number, version) for number in models).encode()

    file = FileChange("o/models.config", config(1, range(1, 7000)), config(2, range(7000)))
    start = time.perf_counter()

    lines = unified([file])

    assert time.perf_counter() - start < 5
    assert lines.count("-      versions: 1") == 6999
    assert lines.count("+      versions: 2") == 7000


def test_signatures_differ_in_words():
    """A name, what it was and what it is; what is alike is not told."""
    x, y = Tensor("DT_FLOAT", (-1, 4)), Tensor("DT_STRING", None)
    before = {"b": Signature({}, {}), "s": Signature({"x": x, "z": y}, {"o": x, "p": x})}
    after = {
        "c": Signature({}, {}),
        "s": Signature(
            {"x": replace(x, shape=(-1, 8)), "y": y}, {"o": replace(x, dtype="DT_HALF"), "p": x}
        ),
    }

    assert differences(before, after) == (
        "signature b is gone",
        "signature c is new",
        "s: input x: float32[?,4] -> float32[?,8]",
        "s: input y: string of any rank is new",
        "s: input z: string of any rank is gone",
        "s: output o: float32[?,4] -> float16[?,4]",
    )
    assert differences(after, after) == ()


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that serves version 1 of an example."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment(policy=[{"match": "*", "versions": {"latest": 2}}])
    project.publish("half", 1)
    project.run("sync")
    return project


def test_real_signatures_are_compared_when_the_plan_is_printed(project):
    """Version 2 of the example takes vectors."""
    folder = project.export("half", 2, of="half-plus-two/2")
    project.run("index", folder, "--store", project.store.as_uri(), "--upload")

    result = project.run("plan", "dev", "--format", "markdown")

    text = result.stdout.replace("\\", "")
    assert "| half | 1 -> 2 | serving_default: input x: float32" in text
    assert "differences of signatures from 1" in text


def test_a_pull_request_has_the_same_report(tmp_path, monkeypatch):
    """With what was read of the new version."""
    monkeypatch.setenv("TFS_GITOPS_TOKEN", TOKEN)
    root = tmp_path / "git"
    (root / "acme").mkdir(parents=True)
    origin = Origin.create(root / "acme" / "fleet.git")
    project = ProjectFolder.create(tmp_path / "project", "")
    project.publish("half", 1)
    folder = project.export("half", 2, of="half-plus-two/2")
    with git_http(root) as server, github(origin) as forge:
        delivery = {"repository": f"{server.url}/acme/fleet.git"}
        project.environment(delivery=delivery)
        project.run("sync")
        project.run("index", folder, "--store", project.store.as_uri(), "--upload")
        asked = {"mode": "pull-request", "forge": {"type": "github", "apiUrl": forge.api_url}}
        policy = [{"match": "*", "versions": {"latest": 2}}]
        project.environment(policy=policy, delivery=delivery | asked)
        text = project.run("plan", "dev", "--format", "markdown").stdout.rstrip()
        result = project.run("sync")
        gc.collect()  # the client's connections, before their server is gone

    assert result.exit_code == 0, result.output
    body, _, mark = forge.pulls[0].body.rstrip().rpartition("\n<!-- tfs-gitops")
    assert body.rstrip() == text
    assert mark
    assert "#### Signatures that differ" in text


def test_at_most_so_many_versions_are_read_for_a_report(project, monkeypatch):
    """The rest is counted."""
    monkeypatch.setattr("generator.catalog.savedmodel.inspect.MOST", 1)
    project.publish("half", 2)
    project.publish("other", 1)

    text = project.run("plan", "dev", "--format", "markdown").stdout

    assert "The objects of 1 new versions were not looked into: a report reads those of 1." in text


def test_an_action_is_told_from_the_contents():
    """A file is added, changed or removed; one that is alike is no change."""
    plan = Plan("prod", Lock("prod", URL)).against(
        {"new": b"", "both": b"1", "same": b""}, {"old": b"", "both": b"2", "same": b""}
    )

    assert [(one.path, one.action) for one in plan.files] == [
        ("both", Action.UPDATE),
        ("new", Action.ADD),
        ("old", Action.REMOVE),
    ]
