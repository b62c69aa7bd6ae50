"""`freeze.yaml`: who stops the changes of which environments, until when and why."""

from datetime import UTC, datetime

import pytest

from generator.environment import freeze, load
from generator.environment.project_folder import texts
from generator.errors import InvalidInputError
from tests.kit.project import ProjectFolder

HEAD = "apiVersion: tfs-gitops/v1\nkind: Freeze\nspec:\n  freezes:\n"
SALE = """\
    - environments: [prod, eu-*]
      until: 2026-12-27T08:00:00+01:00
      who: "@acme/ml-leads"
      why: week of the sale
"""
MOVE = """\
    - environments: ["*"]
      until: 2026-12-01T00:00:00Z
      who: the platform team
      why: the cluster moves
"""


@pytest.fixture
def project(tmp_path):
    """Return a project with the environments dev and prod."""
    project = ProjectFolder.create(tmp_path, "fleet.git")
    for name in ("dev", "prod"):
        project.environment(name)
    return project


def problems(text: str) -> tuple[str, ...]:
    """Return the problems of a file that must be refused."""
    with pytest.raises(InvalidInputError) as raised:
        freeze.parse(text, "freeze.yaml")
    return raised.value.problems


def test_each_entry_says_who_why_until_when_and_which():
    """With the line that stops an environment."""
    sale, move = freeze.parse(HEAD + SALE + MOVE, "freeze.yaml")

    assert str(sale) == "frozen by @acme/ml-leads: week of the sale (freeze.yaml:5)"
    assert sale.until == datetime(2026, 12, 27, 7, tzinfo=UTC)
    assert [sale.is_of(name) for name in ("prod", "eu-1", "dev")] == [True, True, False]
    assert move.is_of("dev")


def test_an_environment_knows_its_own_freezes(project):
    """And a project without the file has none."""
    assert load.load(texts(project.root), "dev").freezes == ()
    (project.root / "freeze.yaml").write_text(HEAD + SALE + MOVE)

    places = [it.place for it in load.load(texts(project.root), "prod").freezes]

    assert places == ["freeze.yaml:5", "freeze.yaml:9"]
    assert [it.who for it in load.load(texts(project.root), "dev").freezes] == ["the platform team"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a", "expected a mapping"),
        (HEAD + SALE.replace("until", "untill"), "'until'"),
        (HEAD + SALE.replace('      who: "@acme/ml-leads"\n', ""), "'who' is missing"),
        (HEAD + SALE.replace("+01:00", ""), "2026-12-27T08:00:00"),
        (HEAD + SALE.replace("12-27", "13-27"), "it is no time"),
        (HEAD + SALE.replace("2026-", "9999-"), "nobody waits for that year"),
        (HEAD + SALE.replace("2026-", "0001-"), "nobody waits for that year"),
        (HEAD + SALE.replace("12-27T08:00:00+01:00", "12-27"), "a time with its offset"),
        (HEAD + SALE.replace("[prod, eu-*]", "[]"), "at least 1 entry"),
        (HEAD + SALE.replace("week of the sale", "w" * 201), "at most 200 characters"),
        (HEAD.replace("Freeze", "Freezes") + SALE, "'Freeze'"),
    ],
)
def test_what_is_wrong_in_the_file_is_told_with_its_place(text, words):
    """Also what a key was meant as."""
    assert any(words in problem for problem in problems(text)), problems(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [("freeze.yaml", "freezes: ["), ("freeze.yml", HEAD + SALE), ("Freeze.yaml", HEAD + SALE)],
)
def test_a_freeze_that_nobody_can_read_stops_everything(project, name, text):
    """That no freeze was read is no evidence that there is none."""
    (project.root / name).write_text(text)

    for command in ("plan", "sync", "explain"):
        done = project.run(command, *(["a"] if command == "explain" else []))
        assert done.exit_code == 3
        assert name in done.stderr


def test_check_tells_of_globs_that_stop_nothing_and_of_what_is_over(project):
    """A name with a slip would leave running what should stand still."""
    over = SALE.replace("[prod, eu-*]", "[prd, '*']").replace("2026-", "2020-")
    (project.root / "freeze.yaml").write_text(HEAD + over)

    done = project.run("check")

    assert done.exit_code == 0
    assert "freeze.yaml: ok" in done.stdout
    assert "freeze.yaml:5:" in done.stderr
    assert "'prd' is no environment here; did you mean 'prod'?" in done.stderr
    assert "over since 2020-12-27T07:00:00Z" in done.stderr


def test_check_tells_once_what_is_wrong_in_the_file_and_checks_the_rest(project):
    """The environments are none the worse for it."""
    (project.root / "freeze.yaml").write_text(HEAD + SALE.replace("until", "untill"))

    for words in ([], ["freeze.yaml"]):
        done = project.run("check", *words)
        assert done.exit_code == 3
        assert done.stderr.count("unknown key 'untill'") == 1
    assert "environments/prod.yaml: ok" in project.run("check").stdout
