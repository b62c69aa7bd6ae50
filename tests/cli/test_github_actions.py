"""GitHub Actions: annotations, a job summary, outputs; and no text that the runner obeys."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.catalog.catalog import Warned
from generator.catalog.hold import Code, Held
from generator.cli.github import summary as actions
from generator.cli.github.annotations import annotations
from generator.cli.results import Result, table
from generator.delivery.pull_request import PullRequest, State
from generator.errors import GuardError, InvalidInputError, PublishError, Refusal, StoreError
from generator.lock.lock import Lock
from generator.plan.context import Outcome
from generator.plan.plan import Plan
from generator.render.templates import Templates
from tests.kit.project import ProjectFolder

T = Templates()
COMMIT = "0123456789abcdef0123456789abcdef01234567"
URL = "https://github.com/acme/fleet/pull/7"
REQUEST = PullRequest(7, URL, "title", "body", State.OPEN, "a" * 40, "main")
HOSTILE = "x\r\n::add-mask::y\n ::stop-commands::z ##[set-env name=A]b %0A::error::c,d:e"
# The commands of the runner that matter here; it takes no others.
COMMANDS = {"add-mask", "add-matcher", "error", "notice", "set-env", "stop-commands", "warning"}


def plan(*, held=(), warnings=(), degraded=(), changed=False, name="prod") -> Plan:
    """Return a plan with nothing in it but what is given."""
    made = Plan(
        name,
        Lock(name, "s3://models"),
        held=tuple(held),
        warnings=tuple(warnings),
        degraded=tuple(degraded),
    )
    return made.against({"out/models.config": b"x"}, {}) if changed else made


def synced(name="prod", commit=None, request=None, notices=(), **parts) -> Result:
    """Return the result of a sync that ended well."""
    outcome = Outcome(plan(name=name, **parts), {}, commit, request, notices)
    return Result(environment=name, outcome=outcome, branch="main")


def failed(error, name="prod") -> Result:
    """Return the result of one that did not."""
    return Result(environment=name, exit_code=error.exit_code, error=error)


def hold(number=1, code=Code.ETAG_MISMATCH, problem="line 4: it is another", model="bert") -> Held:
    """Return one reason."""
    return Held(index="index-1.csv", code=code, problems=(problem,), model=model, version=number)


def obeyed(text):
    """Return the commands that the runner finds in *text*, as actions/runner's parser does."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        second = re.match(r"::([^: ]*)(?: (.*?))?::(.*)", line.lstrip())
        if second and second[1] in COMMANDS:
            found.append((second[1], properties(second[2] or ""), unescaped(second[3])))
            continue
        first = re.search(r"##\[([^\] ]*)[^\]]*\]", line)
        if first and first[1] in COMMANDS:
            found.append((first[1], {}, ""))
    return found


def properties(text):
    """Return the properties of a command."""
    pairs = [pair.split("=", 1) for pair in text.split(",") if "=" in pair]
    return {key: unescaped(value, ":%3A", ",%2C") for key, value in pairs}


def unescaped(text, *more):
    """Return what the runner makes of escaped text."""
    for pair in ("\r%0D", "\n%0A", *more, "%%25"):
        text = text.replace(pair[1:], pair[0])
    return text


def assigned(text):
    """Return the outputs that the runner reads from a file."""
    lines = iter(re.split(r"\r\n|\n", text))
    found = {}
    for line in lines:
        if not line:
            continue
        name, mark = line.split("<<", 1)
        value = []
        while (part := next(lines)) != mark:
            value.append(part)
        found[name] = "\n".join(value)
    return found


# --- annotations ------------------------------------------------------------------------


@given(st.text(), st.text(min_size=1))
@example(HOSTILE, HOSTILE)
def test_any_text_is_the_text_of_one_annotation(problem, name):
    """It comes back as it was, and is no second command."""
    error = PublishError(problem, hint=name)

    [(level, told, message)] = obeyed("\n".join(annotations([failed(error, name)])))

    assert level == "error"
    assert told == {"title": name}
    assert message == f"{problem}\nhint: {name}"


@given(st.text())
@example(HOSTILE)
@example("\n\t::add-mask::y")
def test_what_is_printed_beside_holds_no_command(text):
    """Wherever in a line, and however far in."""
    assert not obeyed(actions.inert(text))
    assert actions.inert(actions.inert(text)) == actions.inert(text)


@given(st.dictionaries(st.text(), st.text() | st.just(HOSTILE)))
def test_json_beside_holds_no_command_and_is_the_same(values):
    """A program that reads it sees no difference."""
    text = actions.inert_json(json.dumps(values, indent=2, ensure_ascii=False))

    assert not obeyed(text)
    assert json.loads(text) == values


def test_plain_text_stays_as_it_is():
    """Only what would be a command is changed."""
    text = "std::vector: a ## [b] :: c\n  : d\n"

    assert actions.inert(text) == text


def test_versions_held_for_one_reason_are_one_annotation():
    """It names ten, counts the rest, and says what to do."""
    held = [hold(number) for number in range(1, 15)]

    [line] = annotations([synced(held=held)])
    [(level, told, message)] = obeyed(line)

    assert level == "warning"
    assert told == {"title": "prod: held: etag-mismatch"}
    assert message.splitlines()[0] == f"{Code.ETAG_MISMATCH.meaning}:"
    assert message.splitlines()[1] == "bert 1: line 4: it is another"
    assert message.splitlines()[-2:] == ["and 4 more", f"-> {Code.ETAG_MISMATCH.remedy}"]
    assert message.count("bert ") == 10


def test_at_most_ten_of_a_level_and_the_last_counts_the_rest():
    """GitHub would drop the others without a word."""
    results = [synced(f"e{number}", held=[hold()], notices=("n",)) for number in range(13)]
    errors = [failed(StoreError("x"), f"f{number}") for number in range(10)]
    found = obeyed("\n".join(annotations([*results, *errors])))

    for level, rest in (("warning", 4), ("notice", 4), ("error", None)):
        own = [message for kind, _, message in found if kind == level]
        assert len(own) == 10
        assert own[-1].startswith(f"and {rest} more" if rest else "x")


def test_a_problem_with_a_line_is_shown_at_that_line():
    """On the pull request, beside what is wrong; the others are one annotation."""
    problems = ["environments/prod.yaml:7: no such key", "the lock is missing", "and more"]
    error = InvalidInputError(problems, hint="mend it")

    found = obeyed("\n".join(annotations([failed(error)], "fleet/")))

    assert [(told.get("file"), told.get("line")) for _, told, _ in found] == [
        ("fleet/environments/prod.yaml", "7"),
        (None, None),
    ]
    assert found[0][2] == "environments/prod.yaml:7: no such key\nhint: mend it"
    assert found[1][2] == "the lock is missing\nand more\nhint: mend it"


def test_everything_of_a_plan_that_a_person_should_see_is_annotated():
    """Degraded versions, warnings by their code, and notices of the publishing."""
    warnings = [
        Warned("unlisted-object", "a"),
        Warned("clock", "c"),
        Warned("unlisted-object", "b"),
    ]
    result = synced(degraded=("bert 3",), warnings=warnings, notices=("no label",))

    found = obeyed("\n".join(annotations([result])))

    assert [(level, told["title"], message) for level, told, message in found] == [
        ("warning", "prod: degraded", "held now, and still served:\nbert 3"),
        ("warning", "prod: clock", "c"),
        ("warning", "prod: unlisted-object", "a\nb"),
        ("notice", "prod", "no label"),
    ]


def test_a_long_message_is_cut():
    """GitHub refuses a log line that never ends."""
    [line] = annotations([failed(StoreError("x" * 100_000))])

    assert len(line) < 5_000
    assert line.endswith("x…")


# --- summary ----------------------------------------------------------------------------


def test_a_summary_has_the_table_and_each_plan():
    """An error is a section too."""
    text = actions.summary(
        [
            synced("dev", commit=COMMIT, changed=True),
            synced("prod", commit=COMMIT, request=REQUEST),
            failed(StoreError("bucket | gone", hint="look"), "staging"),
        ],
        T,
    )

    assert "| `dev` | committed 0123456789ab to main |" in text
    assert f"| `prod` | pull request <{URL}> |" in text
    assert "| `staging` | failed, exit code 4 |" in text
    assert "### `dev`: " in text
    assert "### `staging`: failed, exit code 4\n\n- bucket \\| gone\n- hint: look\n" in text


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=9), st.integers(-10, 9000))
def test_a_summary_fits_and_loses_whole_sections(sizes, room):
    """What is there is whole, and what is not is counted."""
    results = [failed(StoreError("é" * size), f"e{number}") for number, size in enumerate(sizes, 1)]
    text = actions.summary(results, T, room)
    everything = actions.summary(results, T)

    assert len(text.encode()) <= max(room, 0)
    left_out = re.search(r"of a job summary: (\d+) of (\d+) sections", text)
    kept = text.partition("_Left out")[0]
    sections = re.findall(r"(?:^###|^\| env).*\n(?:(?!###).*\n)*", everything, re.MULTILINE)
    assert "".join(one for one in sections if one in kept) == kept
    if text:
        lost = int(left_out[1]) if left_out else 0
        assert len(sections) == lost + sum(one in kept for one in sections)


# --- outputs ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        pytest.param(
            [synced(commit=COMMIT)],
            {"changed": "true", "commit": COMMIT, "pull-request": ""},
            id="committed",
        ),
        pytest.param(
            [synced(commit=COMMIT, request=REQUEST)],
            {"changed": "true", "commit": COMMIT, "pull-request": URL},
            id="requested",
        ),
        pytest.param(
            [synced(changed=True, request=REQUEST)],
            {"changed": "false", "commit": "", "pull-request": URL},
            id="requested before",
        ),
        pytest.param(
            [failed(StoreError("x"))],
            {"changed": "false", "commit": "", "pull-request": ""},
            id="failed",
        ),
        pytest.param(
            [synced("dev"), synced("prod", commit=COMMIT)], {"changed": "true"}, id="several"
        ),
    ],
)
def test_outputs(results, expected):
    """`changed` always; `commit` and `pull-request` of one environment alone."""
    found = assigned(actions.outputs(results))

    assert json.loads(found.pop("result")).keys() == {one.environment for one in results}
    assert found == expected


def test_the_result_of_several_says_what_became_of_each():
    """As JSON, by environment."""
    results = [
        synced("dev", commit=COMMIT, held=[hold()]),
        failed(GuardError(Refusal.REMOVALS, "x"), "prod"),
    ]

    found = json.loads(assigned(actions.outputs(results))["result"])

    assert found == {
        "dev": {
            "changed": True,
            "commit": COMMIT,
            "pull-request": None,
            "held": 1,
            "exit-code": 0,
        },
        "prod": {
            "changed": False,
            "commit": None,
            "pull-request": None,
            "held": 0,
            "exit-code": 6,
        },
    }


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])))
@example("a\nchanged<<x\ntrue\nx")
def test_no_value_ends_its_own_output(url):
    """A value of several lines is one value."""
    request = PullRequest(7, url, "title", "body", State.OPEN, "a" * 40, "main")

    text = actions.outputs([synced(request=request)])
    marks = re.findall(r"^[\w-]+<<(end-[0-9a-f]{64})$", text, re.MULTILINE)

    assert assigned(text)["pull-request"] == url
    # Nobody can write the mark of a value into that value.
    assert len(set(marks)) == len(set(assigned(text).values()))


# --- the table --------------------------------------------------------------------------


def test_the_table_says_what_happened_to_each():
    """One line each, in the order of the run."""
    trial = Result(environment="trial", outcome=Outcome(plan(changed=True), {}), is_trial=True)
    declined = Result(environment="shut", outcome=Outcome(plan(), {}, is_declined=True))
    results = [
        synced("dev", commit=COMMIT),
        synced("idle", held=[hold(), hold(2)]),
        synced("review", commit=COMMIT, request=REQUEST),
        synced("waits", request=REQUEST),
        failed(GuardError(Refusal.REMOVALS, "x"), "guarded"),
        failed(StoreError("x"), "dark"),
        trial,
        declined,
    ]

    assert list(table(results)) == [
        "dev      committed 0123456789ab to main",
        "idle     nothing to do, 2 held",
        f"review   pull request {URL}",
        f"waits    pull request {URL}, as it was",
        "guarded  refused, exit code 6",
        "dark     failed, exit code 4",
        "trial    would change",
        "shut     nothing to do: its pull request was closed",
    ]


# --- the commands -----------------------------------------------------------------------


@pytest.fixture
def project(tmp_path, origin, monkeypatch):
    """Return a project in a step of GitHub Actions, with a good model and a hostile index."""
    project = ProjectFolder.create(tmp_path / "fleet", str(origin.path))
    project.environment("dev")
    project.publish("a", 1)
    there = project.put("b/1/saved_model.pb", b"x")
    project.claim("bad", there, ("b", "b/1/##[add-mask]x", "00" * 16))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    return project


def test_a_sync_tells_github(project, origin, tmp_path):
    """On stderr, in the summary, and in the outputs."""
    result = project.run("sync")

    outputs = assigned((tmp_path / "output").read_text())
    assert outputs["changed"] == "true"
    assert outputs["commit"] == str(origin.repo.revparse_single("main").id)
    assert "### `dev`: 1 to add" in (tmp_path / "summary").read_text()
    [(level, told, message)] = obeyed(result.stderr)
    assert (level, told["title"]) == ("warning", "dev: held: missing-object")
    assert "b/1/##[add-mask]x" in message
    assert "add-mask" in result.stdout
    assert not obeyed(result.stdout)


def test_elsewhere_nothing_is_told(project, tmp_path, monkeypatch):
    """The variables of a runner do not make one."""
    monkeypatch.setenv("GITHUB_ACTIONS", "false")
    result = project.run("sync")
    project.run("plan", "dev")
    project.run("check")

    assert result.stderr == ""
    assert "##[add-mask]x" in result.stdout
    assert not (tmp_path / "output").exists()
    assert not (tmp_path / "summary").exists()


@pytest.mark.parametrize("form", ["json", "text", "markdown"])
def test_a_plan_is_data_on_stdout(project, tmp_path, form):
    """What GitHub is told stands beside it, and no key of an index is a command."""
    result = project.run("plan", "dev", "--format", form)

    assert not obeyed(result.stdout)
    assert [level for level, _, _ in obeyed(result.stderr)] == ["warning"]
    assert assigned((tmp_path / "output").read_text())["changed"] == "true"
    if form == "json":
        [found] = json.loads(result.stdout)["held"]
        assert "b/1/##[add-mask]x" in found["problems"][0]


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_command_prints_what_the_runner_obeys(project, form):
    """Also those that tell GitHub nothing."""
    result = project.run("catalog", "dev", "--format", form)

    assert "x" in result.stdout
    assert not obeyed(result.stdout)
    assert "##[" not in result.stdout
    if form == "json":
        assert "b/1/##[add-mask]x" in json.dumps(json.loads(result.stdout))


@pytest.mark.parametrize(
    "words",
    [["plan", "dev", HOSTILE], [f"--{HOSTILE}"], [HOSTILE], ["-C", HOSTILE, "plan"]],
)
@pytest.mark.parametrize("form", ["json", "text"])
def test_a_wrong_call_is_told_without_a_command(project, words, form):
    """What a workflow passes on may come from anybody."""
    result = project.run("--log-format", form, *words)

    assert result.exit_code == 2
    assert "stop-commands" in result.stderr
    assert not obeyed(result.output)


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_bug_is_told_without_a_command(project, form):
    """Its traceback comes from the interpreter, when the program has ended."""
    code = (
        "import sys; import generator.catalog.discover as s; from generator.cli import main\n"
        "def survey(*_, **__): raise ValueError(sys.argv.pop())\n"
        "s.survey = survey; main(sys.argv[1:-1])"
    )
    words = ["-C", project.root, "--log-format", form, "plan", "dev", HOSTILE]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "stop-commands" in done.stderr
    assert not obeyed(done.stderr)


def test_a_plan_that_fails_is_annotated(project, tmp_path):
    """The error is told as ever, and the step has its outputs."""
    project.environment("dev", source={"url": (tmp_path / "gone").as_uri()})
    result = project.run("plan", "dev")

    assert result.exit_code == 4
    assert [level for level, _, _ in obeyed(result.stderr)] == ["error"]
    assert "error: " in result.stderr
    assert assigned((tmp_path / "output").read_text())["changed"] == "false"
    assert "failed, exit code 4" in (tmp_path / "summary").read_text()


def test_a_check_annotates_the_lines_of_files(project, tmp_path):
    """By their path in the repository; and it has no outputs."""
    path = project.root / "environments/dev.yaml"
    path.write_text(path.read_text().replace("  policy:", "  wrong: 1\n  policy:"))
    project.environment("prod")
    result = project.run("check")

    [(level, told, _)] = [one for one in obeyed(result.stderr) if one[0] == "error"]
    assert result.exit_code == 3
    assert level == "error"
    assert told["file"] == "fleet/environments/dev.yaml"
    assert path.read_text().splitlines()[int(told["line"]) - 1] == "  wrong: 1"
    assert "### `prod`: ok" in (tmp_path / "summary").read_text()
    assert not (tmp_path / "output").exists()


def test_several_environments_end_in_a_table_and_json(project, tmp_path):
    """One that fails stops no other, and the worst exit code counts."""
    project.environment("prod", source={"url": (tmp_path / "gone").as_uri()})
    (project.root / "environments/wrong.yaml").write_text("spec: 7\n")
    result = project.run("sync", "prod", "wrong", "dev")

    end = result.stdout.splitlines()[-3:]
    assert result.exit_code == 4
    assert end[:2] == ["prod   failed, exit code 4", "wrong  failed, exit code 3"]
    assert re.fullmatch(r"dev    committed \w{12} to main, 1 held", end[2])
    told = json.loads(assigned((tmp_path / "output").read_text())["result"])
    assert {name: one["exit-code"] for name, one in told.items()} == {
        "dev": 0,
        "prod": 4,
        "wrong": 3,
    }


def test_a_summary_grows_from_command_to_command(project, tmp_path):
    """A step may run several; together they keep to the limit."""
    summary = tmp_path / "summary"
    project.run("plan", "dev")
    once = summary.stat().st_size
    project.run("plan", "dev")
    twice = summary.stat().st_size
    summary.write_bytes(b"x" * (actions.SUMMARY_BYTES - 150))
    project.run("plan", "dev")

    assert 0 < once < twice
    assert summary.stat().st_size <= actions.SUMMARY_BYTES
    assert "Left out" in summary.read_text()


def test_what_cannot_be_written_fails_no_sync(project, origin, monkeypatch):
    """The commit is made; only its report is not."""
    monkeypatch.setenv("GITHUB_OUTPUT", "/nowhere/output")
    result = project.run("sync")

    assert result.exit_code == 0
    assert len(origin.log()) == 2
    assert "warning: /nowhere/output: cannot be written" in result.stderr


def test_a_dry_run_says_what_would_change(project, tmp_path):
    """And has no commit."""
    project.run("sync", "--dry-run")
    outputs = assigned(Path(tmp_path / "output").read_text())

    assert (outputs["changed"], outputs["commit"]) == ("true", "")
